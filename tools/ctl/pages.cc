// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/pages.h"

#include <algorithm>

#include "tools/ctl/format.h"

namespace softwire::ctl {

CommandResult<Done> for_each_page(Client& client, std::string_view method, const char* list, Json params,
                                  std::uint64_t most,
                                  const std::function<CommandResult<Done>(const Json& page)>& visit) {
  constexpr std::uint64_t kPage = 1000;
  for (;;) {
    params["limit"] = std::min(kPage, most);
    const auto result = client.call(method, params);
    if (!result) return result.error();
    const Json& page = list_of(*result, list);
    if (const auto visited = visit(page); !visited) return visited.error();
    most -= std::min<std::uint64_t>(most, page.size());
    const auto next = result->find("next");
    if (most == 0 || page.empty() || next == result->end() || next->is_null()) return Done{};
    if (params.value("after", Json()) == *next) {
      return Failure{ExitStatus::kUnreachable, "softwired sends the same page of " + std::string(list) +
                                                   " again and again; use the softwirectl of its version"};
    }
    params["after"] = *next;
  }
}

}  // namespace softwire::ctl
