// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/statements/rule_statement.h"

#include <algorithm>
#include <optional>

#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

struct Words {
  std::optional<Ipv4Prefix> ipv4;
  std::optional<Ipv6Prefix> ipv6;
  std::optional<std::uint32_t> ea_len;
  std::optional<std::uint32_t> psid_offset;
  std::optional<std::uint32_t> psid_len;
  std::optional<std::uint32_t> psid;
  std::optional<Ipv6Address> br;
  std::optional<Ipv6Prefix> dmr;
};

std::string_view name_of(RuleKind kind) {
  return kind == RuleKind::kMapE ? "map-e" : "map-t";
}

std::optional<Error> read_pair(Words& words, RuleKind kind, std::string_view word, std::string_view text) {
  const auto ea_bits = [](std::string_view digits) { return parse_number(digits, Rule::kMaxEaLen); };
  if (word == "ipv4") {
    return read_value(words.ipv4, word, text, parse_ipv4_prefix,
                      "an IPv4 prefix such as 192.0.2.0/24, with no bit set beyond its length");
  }
  if (word == "ipv6") {
    return read_value(words.ipv6, word, text, parse_ipv6_prefix,
                      "an IPv6 prefix such as 2001:db8::/40, with no bit set beyond its length");
  }
  if (word == "ea-len") {
    return read_value(words.ea_len, word, text, ea_bits, "a number of bits from 0 to 48");
  }
  if (word == "psid-offset") return read_value(words.psid_offset, word, text, parse_bits, kBitsWords);
  if (word == "psid-len") return read_value(words.psid_len, word, text, parse_bits, kBitsWords);
  if (word == "psid") return read_value(words.psid, word, text, parse_psid, kPsidWords);
  if (word == "br" && kind == RuleKind::kMapE) {
    return read_value(words.br, word, text, parse_softwire_address, kSoftwireAddressWords);
  }
  if (word == "dmr" && kind == RuleKind::kMapT) {
    return read_value(words.dmr, word, text, parse_ipv6_prefix,
                      "an IPv6 prefix such as 2001:db8:ffff::/64, with no bit set beyond its length");
  }
  return Error{"unknown word " + in_quotes(word) + "; a rule " + std::string(name_of(kind)) +
               " has ipv4, ipv6, ea-len, psid-offset, psid-len, psid and " +
               (kind == RuleKind::kMapE ? "br" : "dmr")};
}

std::optional<Error> missing(const Words& words, RuleKind kind) {
  if (!words.ipv4) return Error{"the rule has no ipv4; add ipv4 and the rule's IPv4 prefix"};
  if (!words.ipv6) return Error{"the rule has no ipv6; add ipv6 and the rule's IPv6 prefix"};
  if (!words.ea_len) return Error{"the rule has no ea-len; add ea-len and the number of EA bits"};
  if (kind == RuleKind::kMapT && !words.dmr) {
    return Error{"the rule has no dmr; add dmr and the prefix that IPv4 addresses are embedded in"};
  }
  if (kind == RuleKind::kMapE && !words.br)
    return Error{"the rule has no br; add br and the IPv6 address of the BR"};
  if (words.psid.has_value() != (words.psid_len.value_or(0) != 0)) {
    return Error{"psid and a psid-len above 0 belong together; give both, or neither"};
  }
  return std::nullopt;
}

// Returns what is wrong with the dmr of a MAP-T rule, or nullopt. Requires: the rest of the rule is valid.
std::optional<Error> invalid_dmr(const Rule& rule) {
  const std::string dmr = "dmr: " + to_string(rule.dmr);
  if (!is_embedding_prefix(rule.dmr)) {
    return Error{dmr +
                 " cannot embed IPv4 addresses; its length must be 64 or 96 (or 32, 40, 48 or 56), and bits "
                 "64 to 71 must be zero"};
  }
  if (rule.dmr.address.high() == 0 || rule.dmr.address.is_multicast() || rule.dmr.address.is_link_local()) {
    return Error{dmr + " is not a prefix of unicast addresses; give one that is not link-local"};
  }
  if (rule.ipv6.contains(rule.dmr) || rule.dmr.contains(rule.ipv6)) {
    return Error{dmr + " and " + to_string(rule.ipv6) +
                 " overlap; give the Internet and the CEs separate prefixes"};
  }
  if (rule.ce_ipv4_length() != 32) {
    return Error{"ea-len " + std::to_string(rule.ea_len) +
                 " gives each CE an IPv4 prefix, which map-t cannot translate; it must be " +
                 std::to_string(32 - rule.ipv4.length) + " at least"};
  }
  return std::nullopt;
}

Error has_other_addresses(const Rule& rule) {
  return Error{"ipv4: " + to_string(rule.ipv4) +
               " contains addresses that subscribers must not have; leave out 0.0.0.0/8, 127.0.0.0/8, "
               "169.254.0.0/16 and 224.0.0.0/3"};
}

// Returns what is wrong with the rule and the remedy, or nullopt when the rule is valid.
std::optional<Error> invalid(const Rule& rule) {
  if (!rule.has_host_addresses()) return has_other_addresses(rule);
  if (rule.ipv6.address.high() == 0 || rule.ipv6.address.is_multicast() ||
      rule.ipv6.address.is_link_local()) {
    return Error{"ipv6: " + to_string(rule.ipv6) +
                 " is not a prefix for subscribers; give one of unicast addresses that is not link-local"};
  }
  if (rule.ipv6.length + rule.ea_len > 128) {
    return Error{"ea-len " + std::to_string(rule.ea_len) + " after an IPv6 prefix of " +
                 std::to_string(rule.ipv6.length) + " bits is longer than an address; it may be " +
                 std::to_string(128 - rule.ipv6.length) + " at most"};
  }
  if (rule.psid_len != 0 && (rule.ea_len != 0 || rule.ipv4.length != 32)) {
    return Error{
        "psid is only for a rule of one CE, with an IPv4 /32 and ea-len 0; leave psid-len and psid out"};
  }
  const unsigned len = rule.port_parameters().psid_len;
  if (rule.ea_psid_bits() > 16 || rule.psid_offset + len > 16) {
    const unsigned k = rule.psid_len != 0 ? rule.psid_len : rule.ea_psid_bits();
    return Error{"psid-offset " + std::to_string(rule.psid_offset) + " and a PSID of " + std::to_string(k) +
                 " bits are " + std::to_string(rule.psid_offset + k) + " bits; a port has 16"};
  }
  if (rule.psid_len != 0 && rule.psid > rule.port_parameters().psid_mask()) {
    return Error{"psid " + std::to_string(rule.psid) + " does not fit in psid-len " +
                 std::to_string(rule.psid_len) + "; it may be " +
                 std::to_string(rule.port_parameters().psid_mask()) + " at most"};
  }
  if (rule.kind == RuleKind::kMapT) return invalid_dmr(rule);
  if (!rule.is_valid()) {
    return Error{"br: " + to_string(rule.br) +
                 " is the address of a CE of the rule; give the BR another address"};
  }
  return std::nullopt;
}

Error contains_port_68(const Rule& rule) {
  std::string text = "a port set of the rule contains UDP port 68, the DHCPv4 client port; ";
  const int longest_offset = std::min(9, 16 - rule.port_parameters().psid_len);
  if (longest_offset >= 1) text += "use a psid-offset from 1 to " + std::to_string(longest_offset) + ", or ";
  return Error{text + "set port-68 = exclude"};
}

}  // namespace

Result<Rule> parse_rule(std::string_view statement, Port68 port_68) {
  auto rule = parse_stored_rule(statement);
  if (!rule) return rule;
  // No packet from or to a link-local address is forwarded (RFC 3927 section 7).
  if (rule->has_link_local_addresses()) return has_other_addresses(*rule);
  if (port_68 == Port68::kRefuse && rule->is_shared() && rule->contains_dhcp_client_port()) {
    return contains_port_68(*rule);
  }
  return rule;
}

Result<Rule> parse_stored_rule(std::string_view statement) {
  if (const std::string_view first = next_word(statement); first != "rule") {
    return Error{in_quotes(first) + " is not a rule; a rule begins with 'rule map-e' or 'rule map-t'"};
  }
  const std::string_view name = next_word(statement);
  if (name != "map-e" && name != "map-t") {
    return Error{in_quotes(name) + " is not a kind of rule; a rule begins with 'rule map-e' or 'rule map-t'"};
  }
  const RuleKind kind = name == "map-e" ? RuleKind::kMapE : RuleKind::kMapT;
  Words words;
  for (;;) {
    const std::string_view word = next_word(statement);
    if (word.empty()) break;
    if (auto error = read_pair(words, kind, word, next_word(statement))) return *error;
  }
  if (auto error = missing(words, kind)) return *error;
  Rule rule;
  rule.kind = kind;
  rule.ipv4 = *words.ipv4;
  rule.ipv6 = *words.ipv6;
  rule.ea_len = static_cast<std::uint8_t>(*words.ea_len);
  rule.psid_offset = static_cast<std::uint8_t>(words.psid_offset.value_or(Rule::kDefaultPsidOffset));
  rule.psid_len = static_cast<std::uint8_t>(words.psid_len.value_or(0));
  rule.psid = static_cast<Psid>(words.psid.value_or(0));
  rule.br = words.br.value_or(Ipv6Address());
  rule.dmr = words.dmr.value_or(Ipv6Prefix());
  if (auto error = invalid(rule)) return *error;
  return rule;
}

std::string to_statement(const Rule& rule) {
  std::string text = "rule " + std::string(name_of(rule.kind)) + " ipv4 " + to_string(rule.ipv4) + " ipv6 " +
                     to_string(rule.ipv6) + " ea-len " + std::to_string(rule.ea_len) + " psid-offset " +
                     std::to_string(rule.psid_offset);
  if (rule.psid_len != 0) {
    text += " psid-len " + std::to_string(rule.psid_len) + " psid " + std::to_string(rule.psid);
  }
  return text + (rule.kind == RuleKind::kMapE ? " br " + to_string(rule.br) : " dmr " + to_string(rule.dmr));
}

}  // namespace softwire::controlplane
