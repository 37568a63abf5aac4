// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/formats/vpp_script.h"

#include <algorithm>

#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"

namespace softwire::ctl {
namespace {

using controlplane::in_quotes;
using controlplane::next_word;

// Removes words such as "map add domain" from the front of a line. Returns false, and leaves the line
// unchanged, when it has other words.
bool take_words(std::string_view& line, std::string_view words) {
  std::string_view rest = line;
  while (!words.empty()) {
    if (next_word(rest) != next_word(words)) return false;
  }
  line = rest;
  return true;
}

}  // namespace

void VppScript::note(const std::string& key, const std::string& reason) {
  notes_.push_back(not_carried(name_, line_, key, reason));
}

Result<std::uint32_t> VppScript::number(std::string_view word, std::string_view text,
                                        std::uint32_t max) const {
  const auto value = controlplane::parse_psid(text);  // decimal or 0x hexadecimal, as in VPP
  if (value && *value <= max) return *value;
  return error(std::string(word) + ": " + in_quotes(text) + " is not " + controlplane::decimal_words(0, max));
}

bool VppScript::translates(const VppDomain& domain) const {
  if (domain.map_t) return true;
  if (translating_interface_ != encapsulating_interface_) return translating_interface_;
  return domain.source.length != 128;
}

std::optional<Error> VppScript::read(std::string_view text) {
  while (!text.empty()) {
    ++line_;
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto bad = read_line(line)) return bad;
  }
  return std::nullopt;
}

std::optional<Error> VppScript::read_line(std::string_view line) {
  if (take_words(line, "map add rule")) return add_rule(line);
  if (take_words(line, "map add domain")) return add_domain(line);
  if (take_words(line, "map del domain")) return delete_domain(line);
  if (take_words(line, "map params")) return set_parameter(line);
  if (take_words(line, "map interface")) {
    use_interface(line);
    return std::nullopt;
  }
  std::string_view rest = line;
  const std::string_view first = next_word(rest);
  if (first.empty() || first.starts_with('#') || first == "comment") return std::nullopt;
  const std::string_view second = next_word(rest);
  const std::string key = in_quotes(second.empty() ? first : std::string_view(first.begin(), second.end()));
  if (first == "map") {
    note(key, "softwired has no such command");
  } else if (first == "set" || first == "create") {
    note(key, "softwired has one port for each side; set port, address, mac, vlan and mtu of [ipv4], [ipv6]");
  } else if (first == "ip" || first == "ip6") {
    note(key, "softwired has one gateway for each side; set ipv4.gateway and ipv6.gateway");
  } else {
    note(key, "it is not a command of MAP");
  }
  return std::nullopt;
}

std::optional<Error> VppScript::add_domain(std::string_view words) {
  DomainWords read;
  read.domain.line = line_;
  for (std::string_view word = next_word(words); !word.empty(); word = next_word(words)) {
    if (word == "map-t") {
      read.domain.map_t = true;
    } else if (auto bad = domain_word(read, word, next_word(words))) {
      return bad;
    }
  }
  VppDomain& domain = read.domain;
  if (!read.has_ipv4 || !read.has_ipv6 || !read.has_source) {
    return error("the domain lacks ip4-pfx, ip6-pfx or ip6-src; give all three");
  }
  if (domain.psid_offset + domain.psid_len > 16) {
    return error("psid-offset and psid-len are " + std::to_string(domain.psid_offset + domain.psid_len) +
                 " bits; a port has 16");
  }
  // VPP does not make this domain, and gives its index to the next one.
  if (domain.ea_bits > 0 && (domain.ipv6.length + domain.ea_bits > 64 ||
                             domain.ipv6.length + domain.suffix_bits() + domain.psid_len > 64)) {
    note("map add domain",
         "VPP refuses it, because its EA bits end after the first 64 bits of the IPv6 address");
    return std::nullopt;
  }
  if (free_.empty()) {
    domains_.push_back(std::move(domain));
  } else {
    domains_[free_.back()] = std::move(domain);
    free_.pop_back();
  }
  return std::nullopt;
}

std::optional<Error> VppScript::domain_word(DomainWords& read, std::string_view word, std::string_view text) {
  VppDomain& domain = read.domain;
  if (word == "ip4-pfx") {
    const auto prefix = parse_ipv4_prefix(text);
    if (!prefix) return error("ip4-pfx: " + in_quotes(text) + " is not an IPv4 prefix such as 192.0.2.0/24");
    domain.ipv4 = *prefix;
    read.has_ipv4 = true;
  } else if (word == "ip6-pfx") {
    const auto prefix = parse_ipv6_prefix(text);
    if (!prefix) return error("ip6-pfx: " + in_quotes(text) + " is not an IPv6 prefix such as 2001:db8::/40");
    domain.ipv6 = *prefix;
    read.has_ipv6 = true;
  } else if (word == "ip6-src") {
    const auto address = parse_ipv6(text);
    const auto prefix = address ? Ipv6Prefix{*address, 128} : parse_ipv6_prefix(text);
    if (!prefix) return error("ip6-src: " + in_quotes(text) + " is not an IPv6 address or prefix");
    domain.source = *prefix;
    read.has_source = true;
  } else if (word == "tag") {
    note("tag " + in_quotes(text), "softwires have no names");
  } else if (word == "mtu") {
    return read_mtu(text);
  } else if (word == "ea-bits-len" || word == "psid-offset" || word == "psid-len") {
    const auto value = number(word, text, word == "ea-bits-len" ? 48 : 16);
    if (!value) return value.error();
    (word == "ea-bits-len" ? domain.ea_bits
     : word == "psid-len"  ? domain.psid_len
                           : domain.psid_offset) = *value;
  } else {
    return error(in_quotes(word) + " is not known; a domain has ip4-pfx, ip6-pfx, ip6-src, ea-bits-len, " +
                 "psid-offset, psid-len, mtu and tag");
  }
  return std::nullopt;
}

std::optional<Error> VppScript::read_mtu(std::string_view text) {
  const auto value = number("mtu", text, 0xffff);
  if (!value) return value.error();
  if (*value == 0) return std::nullopt;  // not set
  if (*value < 1280 || *value > 9600) {
    note("mtu", "ipv6.mtu is a number from 1280 to 9600");
  } else if (!settings_.set("ipv6", "mtu", std::to_string(*value))) {
    note("mtu", "softwired has one ipv6.mtu for all domains, and another was given before");
  }
  return std::nullopt;
}

std::optional<Error> VppScript::add_rule(std::string_view words) {
  VppRule rule;
  rule.line = line_;
  std::optional<std::uint32_t> index;
  bool has_destination = false;
  for (std::string_view word = next_word(words); !word.empty(); word = next_word(words)) {
    const std::string_view text = next_word(words);
    if (word == "index") {
      index = parse_number(text, UINT32_MAX);
      if (!index) return error("index: " + in_quotes(text) + " is not the number of a domain");
    } else if (word == "psid") {
      const auto value = number(word, text, 0xffff);
      if (!value) return value.error();
      rule.psid = *value;
    } else if (word == "ip6-dst") {
      const auto address = controlplane::parse_softwire_address(text);
      if (!address) {
        return error("ip6-dst: " + in_quotes(text) + " is not " +
                     std::string(controlplane::kSoftwireAddressWords));
      }
      rule.destination = *address;
      has_destination = true;
    } else {
      return error(in_quotes(word) + " is not known; a rule has index, psid and ip6-dst");
    }
  }
  if (!index || !has_destination)
    return error("the rule lacks index or ip6-dst; give index, psid and ip6-dst");
  if (*index >= domains_.size() || domains_[*index].deleted) {
    return error("there is no domain " + std::to_string(*index) + " yet; domains are counted from 0");
  }
  VppDomain& domain = domains_[*index];
  if (domain.ea_bits > 0) return error("a domain with ea-bits-len has no rules; give it ea-bits-len 0");
  if (rule.psid >> domain.psid_len != 0) {
    return error("psid " + std::to_string(rule.psid) + " does not fit in psid-len " +
                 std::to_string(domain.psid_len) + "; it may be " +
                 std::to_string((1U << domain.psid_len) - 1) + " at most");
  }
  domain.rules.push_back(rule);
  return std::nullopt;
}

std::optional<Error> VppScript::delete_domain(std::string_view words) {
  const bool is_index = next_word(words) == "index";
  const auto index = parse_number(next_word(words), UINT32_MAX);
  if (!is_index || !index || *index >= domains_.size() || domains_[*index].deleted) {
    return error("map del domain has no index; give index and a number counted from 0");
  }
  domains_[*index] = VppDomain();
  domains_[*index].deleted = true;
  free_.push_back(*index);
  return std::nullopt;
}

void VppScript::use_interface(std::string_view words) {
  const std::string_view interface = next_word(words);
  const std::string_view how = next_word(words);
  if (how == "del") {
    note("map interface " + in_quotes(interface) + " del", "softwired always has its two sides");
    return;
  }
  (how == "map-t" ? translating_interface_ : encapsulating_interface_) = true;
}

std::optional<Error> VppScript::set_parameter(std::string_view words) {
  const std::string all =
      "map params " + std::string(words.substr(std::min(words.find_first_not_of(" \t"), words.size())));
  const std::string key = in_quotes(all);
  const auto set_or_note = [&](const std::string& section, const std::string& name,
                               const std::string& value) {
    if (!settings_.set(section, name, value)) note(key, "another value was given before");
  };
  if (take_words(words, "pre-resolve")) return pre_resolve(words);
  if (take_words(words, "tcp-mss")) {
    const auto octets = number("tcp-mss", next_word(words), 0xffff);
    if (!octets) return octets.error();
    if (*octets >= 536 && *octets <= 9560) {
      set_or_note("", "tcp-mss", std::to_string(*octets));
    } else if (*octets != 0) {
      note(key, "tcp-mss is a number from 536 to 9560");
    }
  } else if (take_words(words, "icmp source-address")) {
    const std::string address(next_word(words));
    if (!controlplane::parse_ipv4_host(address)) {
      return error("source-address: " + in_quotes(address) + " is not " +
                   std::string(controlplane::kIpv4HostWords));
    }
    set_or_note("ipv4", "address", address);
  } else if (take_words(words, "icmp6 unreachables")) {
    const std::string_view state = next_word(words);
    if (state != "on" && state != "off")
      return error("unreachables: " + in_quotes(state) + " is not on or off");
    set_or_note("ipv6", "generate-icmp-errors", state == "on" ? "true" : "false");
  } else if (take_words(words, "traffic-class copy")) {
    // softwired does this anyway.
  } else if (take_words(words, "traffic-class")) {
    note(key, "softwired copies the traffic class");
  } else if (take_words(words, "security-check")) {
    note(key, "softwired checks the source of every packet, and of fragments after reassembly");
  } else if (take_words(words, "fragment")) {
    note(
        key,
        "softwired fragments the outer packet (RFC 6333 section 5.3), and translated packets as in RFC 7915");
  } else if (take_words(words, "reassembly")) {
    note(key, "set reassembly-datagrams, -fragments and -timeout of [ipv4] and [ipv6]");
  } else {
    note(key, "softwired has no such parameter");
  }
  return std::nullopt;
}

std::optional<Error> VppScript::pre_resolve(std::string_view words) {
  for (std::string_view word = next_word(words); !word.empty(); word = next_word(words)) {
    const std::string text(next_word(words));
    const bool is_ipv4 = word == "ip4-nh";
    if (!is_ipv4 && word != "ip6-nh") return error(in_quotes(word) + " is not known; give ip4-nh or ip6-nh");
    const bool is_address =
        is_ipv4 ? controlplane::parse_ipv4_host(text).has_value() : parse_ipv6(text).has_value();
    if (!is_address)
      return error(std::string(word) + ": " + in_quotes(text) + " is not the address of a next hop");
    if (!settings_.set(is_ipv4 ? "ipv4" : "ipv6", "gateway", text)) {
      note("map params pre-resolve", "another next hop was given before");
    }
  }
  return std::nullopt;
}

}  // namespace softwire::ctl
