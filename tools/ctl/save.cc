// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/save.h"

#include <array>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "tools/ctl/format.h"
#include "tools/ctl/pages.h"

namespace softwire::ctl {

CommandResult<Softwire> softwire_of(const Json& listed) {
  constexpr std::array kWords = {"ipv4", "ipv6", "ea-len", "psid-offset", "psid-len",
                                 "psid", "b4",   "br",     "dmr"};
  const bool is_rule = listed.contains("rule");
  std::string words = is_rule ? "rule " + text_of(listed, "rule") : "binding";
  for (const char* word : kWords) {
    if (listed.contains(word)) words += std::string(" ") + word + " " + text_of(listed, word);
  }
  const auto failed = [&words](const Error& error) {
    return Failure{ExitStatus::kRefused, "softwired lists '" + words + "': " + error.text};
  };
  if (is_rule) {
    const auto rule = controlplane::parse_stored_rule(words);
    return rule ? CommandResult<Softwire>(*rule) : failed(rule.error());
  }
  const auto binding = controlplane::parse_stored_binding(words);
  return binding ? CommandResult<Softwire>(*binding) : failed(binding.error());
}

CommandResult<Done> for_each_softwire(Client& client, const std::string& origin,
                                      const std::function<CommandResult<Done>(const Softwire&)>& visit) {
  const auto visit_all = [&](const Json& list) -> CommandResult<Done> {
    for (const Json& listed : list) {
      if (origin != "all" && listed.value("origin", "") != origin) continue;
      const auto softwire = softwire_of(listed);
      if (!softwire) return softwire.error();
      if (const auto visited = visit(*softwire); !visited) return visited.error();
    }
    return Done{};
  };
  const auto rules = client.call("rules.list");
  if (!rules) return rules.error();
  if (const auto visited = visit_all(list_of(*rules, "rules")); !visited) return visited.error();
  Json params = Json::object();
  if (origin != "all") params["origin"] = origin;
  return for_each_page(client, "bindings.list", "bindings", std::move(params), UINT64_MAX, visit_all);
}

CommandResult<Done> save(Client& client, const std::string& origin, std::ostream& out) {
  return for_each_softwire(client, origin, [&out](const Softwire& softwire) -> CommandResult<Done> {
    out << std::visit([](const auto& one) { return controlplane::to_statement(one); }, softwire) << '\n';
    return out ? CommandResult<Done>(Done{}) : unusable("standard output: cannot be written");
  });
}

}  // namespace softwire::ctl
