#include "tools/ctl/save.h"

#include <algorithm>
#include <array>

#include "controlplane/config/rule_statement.h"
#include "controlplane/config/softwires_file.h"
#include "tools/ctl/format.h"
#include "tools/ctl/pages.h"

namespace softwire::ctl {

Answer<std::string> statement_of(const Json& softwire) {
  constexpr std::array kWords = {"ipv4", "ipv6", "ea-len", "psid-offset", "psid-len",
                                 "psid", "b4",   "br",     "dmr"};
  const bool is_rule = softwire.contains("rule");
  std::string words = is_rule ? "rule " + text_of(softwire, "rule") : "binding";
  for (const char* word : kWords) {
    if (softwire.contains(word)) words += std::string(" ") + word + " " + text_of(softwire, word);
  }
  // Read and written again: as short as people write it.
  constexpr auto kPort68 = controlplane::Port68::kExclude;
  const auto failed = [&words](const Error& error) {
    return Failure{ExitStatus::kRefused, "softwired lists '" + words + "': " + error.text};
  };
  if (is_rule) {
    const auto rule = controlplane::parse_rule(words, kPort68);
    return rule ? Answer<std::string>(controlplane::to_statement(*rule)) : failed(rule.error());
  }
  const auto binding = controlplane::parse_binding(words, kPort68);
  return binding ? Answer<std::string>(controlplane::to_statement(*binding)) : failed(binding.error());
}

Answer<std::uint64_t> save(Client& client, const std::string& origin, std::ostream& out) {
  std::uint64_t count = 0;
  const auto write = [&](const Json& softwires) -> Answer<Done> {
    for (const Json& softwire : softwires) {
      if (origin != "all" && softwire.value("origin", "") != origin) continue;
      const auto statement = statement_of(softwire);
      if (!statement) return statement.error();
      out << *statement << '\n';
      ++count;
    }
    return out ? Answer<Done>(Done{}) : unusable("cannot be written");
  };
  const auto rules = client.call("rules.list");
  if (!rules) return rules.error();
  if (const auto written = write(list_of(*rules, "rules")); !written) return written.error();
  Json params = Json::object();
  if (origin != "all") params["origin"] = origin;
  const auto written =
      for_each_page(client, "bindings.list", "bindings", std::move(params), UINT64_MAX, write);
  if (!written) return written.error();
  return count;
}

}  // namespace softwire::ctl
