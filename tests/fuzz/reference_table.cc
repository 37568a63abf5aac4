// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/reference_table.h"

#include <algorithm>
#include <array>
#include <bitset>

namespace softwire::fuzz {
namespace {

// The bits of an IPv6 address, the most significant first.
using Bits = std::array<bool, 128>;

Bits bits_of(const Ipv6Address& address) {
  Bits bits{};
  for (unsigned i = 0; i < 128; ++i) bits[i] = (address.octets()[i / 8] >> (7 - i % 8) & 1) != 0;
  return bits;
}

Ipv6Address address_of(const Bits& bits) {
  Ipv6Address::Octets octets{};
  for (unsigned i = 0; i < 128; ++i) {
    if (bits[i]) octets[i / 8] |= static_cast<std::uint8_t>(0x80U >> i % 8);
  }
  return Ipv6Address(octets);
}

bool bit_of_ipv4(std::uint32_t ipv4, unsigned i) {
  return (ipv4 >> (31 - i) & 1) != 0;
}

bool same_ipv4_prefix(std::uint32_t a, std::uint32_t b, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    if (bit_of_ipv4(a, i) != bit_of_ipv4(b, i)) return false;
  }
  return true;
}

// The EA bits of a rule: the suffix of the IPv4 address, and then the PSID (RFC 7597 section 5.2).
struct EaBits {
  unsigned suffix = 0;
  unsigned psid = 0;
};
EaBits ea_bits(const Rule& rule) {
  EaBits result;
  for (unsigned bit = 0; bit < rule.ea_len; ++bit) {
    ++(rule.ipv4.length + result.suffix < 32 ? result.suffix : result.psid);
  }
  return result;
}

unsigned psid_bits(const Rule& rule) {
  return rule.psid_len != 0 ? rule.psid_len : ea_bits(rule).psid;
}

// Returns the PSID of the set that contains the port; nobody owns the excluded ones.
std::optional<Psid> psid_of(unsigned offset, unsigned length, Port port) {
  // The port consists of the bits of A, the PSID and j.
  unsigned a = 0;
  unsigned psid = 0;
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned bit = port >> (15 - i) & 1;
    if (i < offset) {
      a = a * 2 + bit;
    } else if (i < offset + length) {
      psid = psid * 2 + bit;
    }
  }
  if (offset != 0 && a == 0) return std::nullopt;
  return static_cast<Psid>(psid);
}

}  // namespace

bool is_in_set(const PortSet& ports, Port port) {
  const unsigned offset = ports.parameters.psid_offset;
  const unsigned length = ports.parameters.psid_len;
  const unsigned rest = 16 - offset - length;
  for (unsigned a = offset == 0 ? 0 : 1; a < 1U << offset; ++a) {
    const unsigned first = a << (16 - offset) | unsigned{ports.psid} << rest;
    if (first <= port && port < first + (1U << rest)) return true;
  }
  return false;
}

Ipv6Address ce_address(const Rule& rule, std::uint32_t ipv4, Psid psid) {
  const EaBits ea = ea_bits(rule);
  const unsigned own = rule.ipv4.length + ea.suffix;  // bits of the IPv4 address or prefix of the CE
  Bits bits{};
  // The interface identifier: 16 zero bits, the IPv4 address or prefix, the PSID (RFC 7597 section 6).
  for (unsigned i = 0; i < own; ++i) bits[80 + i] = bit_of_ipv4(ipv4, i);
  if (psid_bits(rule) != 0) {
    for (unsigned i = 0; i < 16; ++i) bits[112 + i] = (psid >> (15 - i) & 1) != 0;
  }
  // The end-user prefix lies over it.
  const Bits prefix = bits_of(rule.ipv6.address);
  unsigned at = 0;
  for (; at < rule.ipv6.length; ++at) bits[at] = prefix[at];
  for (unsigned i = 0; i < ea.suffix; ++i) bits[at++] = bit_of_ipv4(ipv4, rule.ipv4.length + i);
  for (unsigned i = 0; i < ea.psid; ++i) bits[at++] = (psid >> (ea.psid - 1 - i) & 1) != 0;
  return address_of(bits);
}

bool same_prefix(const Ipv6Address& a, const Ipv6Address& b, unsigned bits) {
  const Bits of_a = bits_of(a);
  const Bits of_b = bits_of(b);
  return std::equal(of_a.begin(), of_a.begin() + bits, of_b.begin());
}

bool ReferenceTable::is_bound(std::uint32_t ipv4) const {
  return std::ranges::any_of(bindings, [ipv4](const Binding& one) { return one.ipv4.host() == ipv4; });
}

const Rule* ReferenceTable::rule_of(std::uint32_t ipv4) const {
  const Rule* longest = nullptr;
  for (const Rule& rule : rules) {
    if (!same_ipv4_prefix(rule.ipv4.address.host(), ipv4, rule.ipv4.length)) continue;
    if (longest == nullptr || rule.ipv4.length > longest->ipv4.length) longest = &rule;
  }
  return longest;
}

const Rule* ReferenceTable::rule_around(const Ipv6Address& address) const {
  const Rule* longest = nullptr;
  for (const Rule& rule : rules) {
    if (!same_prefix(rule.ipv6.address, address, rule.ipv6.length)) continue;
    if (longest == nullptr || rule.ipv6.length > longest->ipv6.length) longest = &rule;
  }
  return longest;
}

bool ReferenceTable::is_b4(const Ipv6Address& address) const {
  return std::ranges::any_of(bindings, [&](const Binding& one) { return one.b4 == address; });
}

bool ReferenceTable::is_br(const Ipv6Address& address) const {
  return std::ranges::any_of(bindings, [&](const Binding& one) { return one.br == address; }) ||
         std::ranges::any_of(
             rules, [&](const Rule& one) { return one.kind == RuleKind::kMapE && one.br == address; });
}

std::optional<ReferenceTable::Owner> ReferenceTable::owner(std::uint32_t ipv4,
                                                           std::optional<Port> port) const {
  bool bound = false;
  for (const Binding& binding : bindings) {
    if (binding.ipv4.host() != ipv4) continue;
    bound = true;
    if (binding.ports.parameters.psid_len == 0) return Owner{binding.b4, binding.br};
    if (port && *port != kDhcpClientPort && is_in_set(binding.ports, *port)) {
      return Owner{binding.b4, binding.br};
    }
  }
  if (bound) return std::nullopt;
  const Rule* const rule = rule_of(ipv4);
  if (rule == nullptr) return std::nullopt;
  Psid psid = 0;
  if (const unsigned length = psid_bits(*rule); length != 0) {
    if (!port || *port == kDhcpClientPort) return std::nullopt;
    const auto found = psid_of(rule->psid_offset, length, *port);
    if (!found || (rule->psid_len != 0 && *found != rule->psid)) return std::nullopt;
    psid = *found;
  }
  const Ipv6Address ce = ce_address(*rule, ipv4, psid);
  if (rule_around(ce) != rule) return std::nullopt;  // a rule with a longer IPv6 prefix has taken it
  return Owner{ce, rule->br, rule};
}

}  // namespace softwire::fuzz
