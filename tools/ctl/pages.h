// SPDX-License-Identifier: BSD-3-Clause
// Reads lists that softwired returns page by page.
#pragma once

#include <cstdint>
#include <functional>

#include "tools/ctl/client.h"

namespace softwire::ctl {

// Calls `visit` with the array `list` of every page, up to `most` members in all. Ends with the first
// failure, of a page or of `visit`.
CommandResult<Done> for_each_page(Client& client, std::string_view method, const char* list, Json params,
                                  std::uint64_t most,
                                  const std::function<CommandResult<Done>(const Json& page)>& visit);

}  // namespace softwire::ctl
