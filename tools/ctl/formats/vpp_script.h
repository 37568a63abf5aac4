// SPDX-License-Identifier: BSD-3-Clause
// Parses a VPP startup script as the map plugin does: domains, their rules, and the direction of translation
// or encapsulation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "softwire/address.h"
#include "softwire/result.h"
#include "tools/ctl/formats/settings.h"

namespace softwire::ctl {

// A `map add rule`: the IPv6 address of a PSID.
struct VppRule {
  std::uint32_t psid = 0;
  std::uint32_t line = 0;
  Ipv6Address destination;
};

// A `map add domain`, with VPP's defaults.
struct VppDomain {
  std::uint32_t line = 0;
  std::uint32_t ea_bits = 0;
  std::uint32_t psid_offset = 0;
  std::uint32_t psid_len = 0;
  Ipv4Prefix ipv4;
  Ipv6Prefix ipv6;
  Ipv6Prefix source;     // ip6-src; a bare address is a /128
  bool map_t = false;    // older versions set it here
  bool deleted = false;  // the next domain may use its index
  std::vector<VppRule> rules;

  // Returns how many bits of the IPv4 address VPP puts into the IPv6 address.
  [[nodiscard]] std::uint32_t suffix_bits() const {
    const std::uint32_t rest = 32U - ipv4.length;
    return ea_bits < rest ? ea_bits : rest;
  }
};

class VppScript {
 public:
  VppScript(const std::string& name, Settings& settings, std::vector<std::string>& notes)
      : name_(name), settings_(settings), notes_(notes) {}

  std::optional<Error> read(std::string_view text);

  [[nodiscard]] std::vector<VppDomain>& domains() { return domains_; }
  // Returns whether VPP translates (MAP-T) the packets of the domain.
  [[nodiscard]] bool translates(const VppDomain& domain) const;

 private:
  std::optional<Error> read_line(std::string_view line);
  // The words of a domain while they are read.
  struct DomainWords {
    VppDomain domain;
    bool has_ipv4 = false;
    bool has_ipv6 = false;
    bool has_source = false;
  };
  std::optional<Error> add_domain(std::string_view words);
  std::optional<Error> domain_word(DomainWords& read, std::string_view word, std::string_view text);
  std::optional<Error> add_rule(std::string_view words);
  std::optional<Error> delete_domain(std::string_view words);
  std::optional<Error> set_parameter(std::string_view words);
  std::optional<Error> pre_resolve(std::string_view words);
  std::optional<Error> read_mtu(std::string_view text);
  void use_interface(std::string_view words);
  void note(const std::string& key, const std::string& reason);
  [[nodiscard]] Error error(const std::string& what) const { return error_at(name_, line_, what); }
  Result<std::uint32_t> number(std::string_view word, std::string_view text, std::uint32_t max) const;

  const std::string& name_;
  Settings& settings_;
  std::vector<std::string>& notes_;
  std::vector<VppDomain> domains_;   // by index
  std::vector<std::uint32_t> free_;  // free indices, used from the end as in VPP's pools
  std::uint32_t line_ = 0;
  bool encapsulating_interface_ = false;
  bool translating_interface_ = false;
};

}  // namespace softwire::ctl
