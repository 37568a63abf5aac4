// SPDX-License-Identifier: BSD-3-Clause
// Writes the options of RFC 7598 for kea-dhcp6. A softwire identifies a subscriber only by its IPv6 address,
// which the server assigns. So the options of a subscriber are at the pool that contains its prefix or
// address. Whoever leases from the pool gets the options.
//
//   binding alone in its /64    pd-pool of that /64
//   other binding               pool of the one address
//   rule                        pd-pool of the rule's IPv6 prefix; it delegates the CEs' end-user prefixes
#include <algorithm>
#include <cstdint>
#include <ostream>
#include <unordered_map>
#include <unordered_set>

#include "controlplane/dhcp6/s46.h"
#include "softwire/address_text.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {
namespace {

constexpr std::uint8_t kLinkLength = 64;

// Writes a list of options of a pool, with Kea's names: first the container, then its contents, each in the
// space of its parent.
class Options {
 public:
  explicit Options(std::ostream& out) : out_(out) { out_ << R"("option-data": [)"; }
  void add(const std::string& name, const std::string& space, const std::string& data) {
    out_ << separator_ << R"({"name": ")" << name << '"';
    if (!space.empty()) out_ << R"(, "space": ")" << space << R"(", "data": ")" << data << '"';
    out_ << '}';
    separator_ = ", ";
  }
  void end() { out_ << "]}"; }

 private:
  std::ostream& out_;
  const char* separator_ = "";
};

// Returns the port parameters (RFC 7598 section 4.5).
std::string port_params(const PortParameters& parameters, Psid psid) {
  return std::to_string(parameters.psid_offset) + ", " + std::to_string(psid) + "/" +
         std::to_string(parameters.psid_len);
}

void write_options(std::ostream& out, const Binding& binding) {
  Options options(out);
  options.add("s46-cont-lw", "", "");
  options.add("s46-v4v6bind", "s46-cont-lw-options",
              to_string(binding.ipv4) + ", " + to_string(controlplane::dhcp6::bind_prefix(binding)));
  if (!binding.ports.parameters.is_whole()) {
    options.add("s46-portparams", "s46-v4v6bind-options",
                port_params(binding.ports.parameters, binding.ports.psid));
  }
  options.add("s46-br", "s46-cont-lw-options", to_string(binding.br));
  options.end();
}

// Flags are 0: the rule is not a forwarding mapping rule, and CEs reach each other through the hub (RFC 7598
// section 4.1).
void write_options(std::ostream& out, const Rule& rule) {
  const bool is_map_e = rule.kind == RuleKind::kMapE;
  const std::string container = is_map_e ? "s46-cont-mape" : "s46-cont-mapt";
  Options options(out);
  options.add(container, "", "");
  options.add("s46-rule", container + "-options",
              "0, " + std::to_string(rule.ea_len) + ", " + std::to_string(rule.ipv4.length) + ", " +
                  to_string(rule.ipv4.address) + ", " + to_string(rule.ipv6));
  if (rule.is_shared()) {
    // The rule has no PSID ("0/0"). The EA bits of each CE contain it.
    options.add("s46-portparams", "s46-rule-options",
                port_params({rule.psid_offset, rule.psid_len}, rule.psid));
  }
  if (is_map_e) {
    options.add("s46-br", container + "-options", to_string(rule.br));
  } else {
    options.add("s46-dmr", container + "-options", to_string(rule.dmr));
  }
  options.end();
}

void write_pd_pool(std::ostream& out, const Ipv6Prefix& prefix, unsigned delegated) {
  out << R"({"prefix": ")" << to_string(prefix.address) << R"(", "prefix-len": )" << unsigned{prefix.length}
      << R"(, "delegated-len": )" << delegated << ", ";
}

// The longest prefix that contains all added ones.
class CommonPrefix {
 public:
  void add(const Ipv6Prefix& prefix) {
    if (is_empty_) {
      common_ = prefix;
    } else {
      std::uint8_t length = std::min(common_.length, prefix.length);
      while (length != 0 &&
             Ipv6Prefix::of(common_.address, length) != Ipv6Prefix::of(prefix.address, length)) {
        --length;
      }
      common_ = Ipv6Prefix::of(common_.address, length);
    }
    is_empty_ = false;
  }
  [[nodiscard]] const Ipv6Prefix& get() const { return common_; }

 private:
  Ipv6Prefix common_;
  bool is_empty_ = true;
};

// Returns the rules that Kea can have, because its pools must not overlap.
std::vector<Rule> disjoint(std::span<const Rule> rules, std::vector<std::string>& notes) {
  std::vector<Rule> result;
  for (const Rule& rule : rules) {
    const auto overlapping = std::ranges::find_if(result, [&](const Rule& other) {
      return other.ipv6.contains(rule.ipv6) || rule.ipv6.contains(other.ipv6);
    });
    if (overlapping == result.end()) {
      result.push_back(rule);
    } else {
      notes.push_back("the rule of " + to_string(rule.ipv6) + " is left out: it overlaps that of " +
                      to_string(overlapping->ipv6) + ", but pools must not overlap");
    }
  }
  return result;
}

}  // namespace

std::vector<std::string> export_kea_dhcp6(std::ostream& out, std::span<const Binding> bindings,
                                          std::span<const Rule> all_rules) {
  std::vector<std::string> notes;
  const std::vector<Rule> rules = disjoint(all_rules, notes);
  CommonPrefix common;
  std::unordered_map<std::uint64_t, std::uint32_t>
      on_link;  // number of bindings in each /64, by the upper half of the address
  on_link.reserve(bindings.size());
  for (const Binding& binding : bindings) {
    ++on_link[binding.b4.high()];
    common.add(Ipv6Prefix::of(binding.b4, kLinkLength));
  }
  for (const Rule& rule : rules) common.add(rule.ipv6);
  const auto has_link = [&](const Binding& binding) {
    return on_link[binding.b4.high()] == 1 && std::ranges::none_of(rules, [&](const Rule& rule) {
             const Ipv6Prefix link = Ipv6Prefix::of(binding.b4, kLinkLength);
             return rule.ipv6.contains(link) || link.contains(rule.ipv6);
           });
  };

  out << "{ \"Dhcp6\": {\n  \"interfaces-config\": {\"interfaces\": []},\n  \"subnet6\": [";
  if (!bindings.empty() || !rules.empty()) {
    out << "\n    {\"id\": 1, \"subnet\": \"" << to_string(common.get()) << "\",\n     \"pd-pools\": [";
    const char* separator = "\n       ";
    for (const Rule& rule : rules) {
      out << separator;
      write_pd_pool(out, rule.ipv6, unsigned{rule.ipv6.length} + rule.ea_len);
      write_options(out, rule);
      separator = ",\n       ";
    }
    for (const Binding& binding : bindings) {
      if (!has_link(binding)) continue;
      out << separator;
      write_pd_pool(out, Ipv6Prefix::of(binding.b4, kLinkLength), kLinkLength);
      write_options(out, binding);
      separator = ",\n       ";
    }
    out << "],\n     \"pools\": [";
    separator = "\n       ";
    std::unordered_set<Ipv6Address> written;
    for (const Binding& binding : bindings) {
      if (has_link(binding)) continue;
      if (!written.insert(binding.b4).second) {
        notes.push_back("a further binding of " + to_string(binding.b4) + ", of " + to_string(binding.ipv4) +
                        " and psid " + std::to_string(binding.ports.psid) +
                        ", is left out: a container has one binding (RFC 7598 section 5.3)");
        continue;
      }
      out << separator << R"({"pool": ")" << to_string(binding.b4) << R"(/128", )";
      write_options(out, binding);
      separator = ",\n       ";
    }
    out << "]}";
  }
  out << "]\n} }\n";
  notes.emplace_back("interfaces is empty: add the interfaces on which kea-dhcp6 listens");
  return notes;
}

}  // namespace softwire::ctl
