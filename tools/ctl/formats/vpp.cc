// SPDX-License-Identifier: BSD-3-Clause
// Imports VPP's map plugin (src/plugins/map): makes bindings and rules from its domains and rules.
#include <algorithm>
#include <utility>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "tools/ctl/formats/formats.h"
#include "tools/ctl/formats/settings.h"
#include "tools/ctl/formats/vpp_script.h"

namespace softwire::ctl {
namespace {

class VppImport {
 public:
  explicit VppImport(const std::string& name) : name_(name) {}

  Result<Imported> run(std::string_view text) {
    VppScript script(name_, settings_, imported_.notes);
    if (auto bad = script.read(text)) return *bad;
    for (VppDomain& domain : script.domains()) {
      if (domain.deleted) continue;
      if (auto bad = convert(domain, script.translates(domain))) return *bad;
    }
    finish(imported_, settings_, name_);
    return std::move(imported_);
  }

 private:
  void note(const VppDomain& domain, const std::string& reason) {
    imported_.notes.push_back(not_carried(name_, domain.line, "map add domain", reason));
  }

  std::optional<Error> convert(VppDomain& domain, bool translates) {
    if (translates && domain.source.length == 128) {
      return error_at(name_, domain.line,
                      "ip6-src is an address, but the interface is map-t; give the prefix of the DMR, a /64");
    }
    if (domain.source.length == 96) {
      note(domain,
           "with an ip6-src of 96 bits VPP ends CE addresses in the IPv4 address, not as RFC 7597 section 6");
      return std::nullopt;
    }
    if (translates && domain.source.length != 64) {
      note(domain, "MAP-T of VPP needs an ip6-src of 64 or 96 bits");
      return std::nullopt;
    }
    if (!domain.rules.empty()) return convert_rules(domain, translates);
    if (domain.ea_bits == 0 && domain.psid_len != 0) {
      note(domain, "it shares an address but has no rules; add map add rule for each psid");
      return std::nullopt;
    }
    if (!translates && domain.ipv6.length == 128 && domain.ipv4.length == 32) {
      if (auto bad = check_ends(domain)) return bad;
      if (!controlplane::parse_softwire_address(to_string(domain.ipv6.address))) {
        return error_at(name_, domain.line,
                        "ip6-pfx: " + to_string(domain.ipv6.address) + " is not " +
                            std::string(controlplane::kSoftwireAddressWords));
      }
      return add_binding(domain, {}, domain.ipv6.address, domain.line);
    }
    add_rule(domain, translates);
    return std::nullopt;
  }

  // Converts the rules of a domain (`map add rule`) to bindings. Their address is independent of the IPv6
  // address: lw4o6.
  std::optional<Error> convert_rules(VppDomain& domain, bool translates) {
    if (translates) {
      note(domain, "softwired has no translated softwires with a rule for each psid");
      return std::nullopt;
    }
    if (domain.ipv4.length != 32) {
      note(domain, "its rules apply to every address of ip4-pfx; give each address its own domain");
      return std::nullopt;
    }
    if (auto bad = check_ends(domain)) return bad;
    // VPP keeps the last rule of each PSID.
    std::ranges::stable_sort(domain.rules, {}, &VppRule::psid);
    for (auto rule = domain.rules.begin(); rule != domain.rules.end(); ++rule) {
      const auto after = std::next(rule);
      if (after != domain.rules.end() && after->psid == rule->psid) continue;
      const auto ports = PortSet::make(domain.psid_offset, domain.psid_len, rule->psid);
      if (auto bad = add_binding(domain, *ports, rule->destination, rule->line)) return bad;
    }
    return std::nullopt;
  }

  std::optional<Error> add_binding(const VppDomain& domain, const PortSet& ports, const Ipv6Address& b4,
                                   std::uint32_t line) {
    const Ipv6Address& br = domain.source.address;
    if (br == b4)
      return error_at(name_, line, "ip6-src and ip6-dst are the same address; give each end its own address");
    imported_.bindings.push_back({domain.ipv4.address, ports, b4, br});
    return std::nullopt;
  }

  // Checks the addresses that all bindings of the domain share.
  std::optional<Error> check_ends(const VppDomain& domain) {
    if (!controlplane::parse_ipv4_subscriber(to_string(domain.ipv4.address))) {
      return error_at(name_, domain.line,
                      "ip4-pfx: " + to_string(domain.ipv4) + " is not " +
                          std::string(controlplane::kIpv4SubscriberWords));
    }
    if (!controlplane::parse_softwire_address(to_string(domain.source.address))) {
      return error_at(name_, domain.line,
                      "ip6-src: " + to_string(domain.source.address) + " is not " +
                          std::string(controlplane::kSoftwireAddressWords));
    }
    return std::nullopt;
  }

  void add_rule(const VppDomain& domain, bool translates) {
    Rule rule;
    rule.kind = translates ? RuleKind::kMapT : RuleKind::kMapE;
    rule.ipv4 = domain.ipv4;
    rule.ipv6 = domain.ipv6;
    // VPP uses psid-len bits for the PSID, even if ea-bits-len leaves another number.
    rule.ea_len =
        static_cast<std::uint8_t>(domain.suffix_bits() + (domain.ea_bits != 0 ? domain.psid_len : 0));
    rule.psid_offset = static_cast<std::uint8_t>(domain.psid_offset);
    (translates ? rule.dmr.address : rule.br) = domain.source.address;
    if (translates) rule.dmr.length = domain.source.length;
    if (domain.ipv4.length + domain.ea_bits < 32 && domain.psid_len != 0) {
      note(domain, "its CEs have IPv4 prefixes and a psid-len, but a prefix cannot be shared");
      return;
    }
    const auto checked =
        controlplane::parse_rule(controlplane::to_statement(rule), controlplane::Port68::kExclude);
    if (!checked) {
      note(domain, checked.error().text);
      return;
    }
    if (rule.ea_len != domain.ea_bits) {
      imported_.notes.push_back(
          not_carried(name_, domain.line, "ea-bits-len " + std::to_string(domain.ea_bits),
                      "VPP uses ip4-pfx and psid-len, which give ea-len " + std::to_string(rule.ea_len)));
    }
    imported_.rules.push_back(rule);
  }

  const std::string& name_;
  Imported imported_;
  Settings settings_;
};

}  // namespace

Result<Imported> import_vpp(std::string_view text, const std::string& name) {
  return VppImport(name).run(text);
}

}  // namespace softwire::ctl
