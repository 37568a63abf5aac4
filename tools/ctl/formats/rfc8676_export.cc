// SPDX-License-Identifier: BSD-3-Clause
// Writes instance data of module ietf-softwire-br@2019-11-16 (RFC 8676 section 7) in JSON (RFC 7951), one
// entry per line.
#include <algorithm>
#include <cstdint>
#include <ostream>
#include <unordered_map>

#include "softwire/address_text.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {
namespace {

constexpr unsigned kMaxPsidLen = 15;  // highest value of leaf psid-len

// Leaf binding-ipv6info is the key of a list. So each further binding of a subscriber goes to another
// instance. Returns the number of the instance of each binding, from 0.
std::vector<std::uint32_t> instance_of_each(std::span<const Binding> bindings) {
  std::vector<std::uint32_t> result(bindings.size());
  std::unordered_map<Ipv6Address, std::uint32_t> seen;
  seen.reserve(bindings.size());
  std::ranges::transform(bindings, result.begin(), [&](const Binding& b) { return seen[b.b4]++; });
  return result;
}

void write_port_set(std::ostream& out, const PortParameters& parameters, Psid psid) {
  out << R"("port-set": {"psid-offset": )" << unsigned{parameters.psid_offset} << R"(, "psid-len": )"
      << unsigned{parameters.psid_len} << R"(, "psid": )" << psid << '}';
}

// softwire-payload-mtu and softwire-path-mru are mandatory. Their values are those of softwired's default
// ipv6.mtu.
void write_instance(std::ostream& out, std::span<const Binding> bindings,
                    const std::vector<std::uint32_t>& instances, std::uint32_t number) {
  out << R"(        {"name": "softwires)" << (number == 0 ? "" : "-" + std::to_string(number + 1))
      << R"(", "softwire-num-max": )" << std::ranges::count(instances, number)
      << R"(, "softwire-payload-mtu": 1460, "softwire-path-mru": 1500,)" << '\n'
      << R"(         "binding-table": {"binding-entry": [)";
  const char* separator = "\n";
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    if (instances[i] != number) continue;
    const Binding& binding = bindings[i];
    out << separator << R"(           {"binding-ipv6info": ")" << to_string(binding.b4)
        << R"(", "binding-ipv4-addr": ")" << to_string(binding.ipv4) << R"(", )";
    write_port_set(out, binding.ports.parameters, binding.ports.psid);
    out << R"(, "br-ipv6-addr": ")" << to_string(binding.br) << R"("})";
    separator = ",\n";
  }
  out << "]}}";
}

void write_rule(std::ostream& out, const Rule& rule, std::size_t number) {
  out << R"(        {"name": "rule-)" << number << R"(", "enable": true, )";
  if (rule.kind == RuleKind::kMapE) {
    out << R"("br-ipv6-addr": ")" << to_string(rule.br);
  } else {
    out << R"("dmr-ipv6-prefix": ")" << to_string(rule.dmr);
  }
  out << R"(", "ea-len": )" << unsigned{rule.ea_len} << R"(, "rule-ipv6-prefix": ")" << to_string(rule.ipv6)
      << R"(", "rule-ipv4-prefix": ")" << to_string(rule.ipv4) << R"(", "forwarding": true, )";
  write_port_set(out, rule.port_parameters(), rule.psid);
  out << '}';
}

}  // namespace

std::vector<std::string> export_rfc8676(std::ostream& out, std::span<const Binding> bindings,
                                        std::span<const Rule> rules) {
  std::vector<std::string> notes;
  out << "{\n  \"ietf-softwire-br:br-instances\": {";
  if (!bindings.empty()) {
    const std::vector<std::uint32_t> instances = instance_of_each(bindings);
    const std::uint32_t last = *std::ranges::max_element(instances);
    out << "\n    \"binding\": {\n      \"bind-instance\": [\n";
    for (std::uint32_t number = 0; number <= last; ++number) {
      if (number != 0) out << ",\n";
      write_instance(out, bindings, instances, number);
    }
    out << "]}";
    if (last != 0) {
      notes.push_back(
          "a subscriber's end has several bindings, but RFC 8676 allows one for each binding-ipv6info: " +
          std::to_string(last + 1) + " instances are written");
    }
  }
  if (!rules.empty()) {
    out << (bindings.empty() ? "\n" : ",\n") << "    \"algorithm\": {\n      \"algo-instance\": [\n";
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (i != 0) out << ",\n";
      write_rule(out, rules[i], i + 1);
    }
    out << "]}";
    if (!bindings.empty()) {
      notes.emplace_back(
          "br-type of RFC 8676 allows either bindings or rules: a validating reader accepts one of them; "
          "export them separately with --only bindings and --only rules");
    }
  }
  out << "}\n}\n";
  const bool is_long =
      std::ranges::any_of(bindings,
                          [](const Binding& b) { return b.ports.parameters.psid_len > kMaxPsidLen; }) ||
      std::ranges::any_of(rules, [](const Rule& r) { return r.port_parameters().psid_len > kMaxPsidLen; });
  if (is_long) {
    notes.emplace_back(
        "psid-len 16 is written, but RFC 8676 allows at most 15: a validating reader refuses it");
  }
  return notes;
}

}  // namespace softwire::ctl
