// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/formats/settings.h"

#include <algorithm>

namespace softwire::ctl {

bool Settings::set(const std::string& section, const std::string& key, const std::string& value,
                   const std::string& comment) {
  const auto [at, is_new] = sections_[section].try_emplace(key, Value{value, comment});
  return is_new || at->second.text == value;
}

bool Settings::has(const std::string& section, const std::string& key) const {
  const auto found = sections_.find(section);
  return found != sections_.end() && found->second.contains(key);
}

std::string Settings::text() const {
  std::string result;
  for (const auto& [section, values] : sections_) {
    if (!section.empty()) result += "\n[" + section + "]\n";
    for (const auto& [key, value] : values) {
      result += key + " = " + value.text;
      if (!value.comment.empty()) result += "  # " + value.comment;
      result += '\n';
    }
  }
  return result;
}

void finish(Imported& imported, Settings& settings, const std::string& name) {
  const auto holds_port_68 = [](const Binding& b) {
    return !b.ports.parameters.is_whole() && b.ports.contains_dhcp_client_port();
  };
  const auto bindings = std::ranges::count_if(imported.bindings, holds_port_68);
  const auto rules = std::ranges::count_if(
      imported.rules, [](const Rule& r) { return r.is_shared() && r.contains_dhcp_client_port(); });
  if (bindings + rules != 0) {
    settings.set("", "port-68", "exclude");
    imported.notes.push_back(name + ": UDP port 68 is not carried over: it is the DHCPv4 client port, in " +
                             std::to_string(bindings) + " bindings and " + std::to_string(rules) +
                             " rules; port-68 = exclude accepts them without that port");
  }
  if (settings.empty()) return;
  imported.configuration = "# From " + name + "\n";
  for (const std::string& note : imported.notes) imported.configuration += "# " + note + '\n';
  imported.configuration += settings.text();
}

}  // namespace softwire::ctl
