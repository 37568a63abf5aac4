// SPDX-License-Identifier: BSD-3-Clause
// A MAP rule: a domain's IPv4 prefix, its IPv6 prefix, and how the IPv6 address of a CE follows from its IPv4
// address and PSID (RFC 7597 sections 5 and 6; RFC 8676 algo-instance).
//
//   Rule IPv6 prefix (n) | EA bits (o) = IPv4 suffix, PSID | zero | interface identifier
//   interface identifier = 0 (16) | IPv4 address (32) | PSID (16)
//
// EA bits shorter than the IPv4 suffix give each CE an IPv4 prefix; as long, an address; longer, a part of
// its ports.
#pragma once

#include <cstdint>
#include <optional>

#include "softwire/address.h"
#include "softwire/ipv4_embedded.h"
#include "softwire/port_set.h"

namespace softwire {

enum class RuleKind : std::uint8_t {
  kMapE,  // encapsulation, RFC 7597
  kMapT,  // translation, RFC 7599
};

// Valid when is_valid(): every other function is for valid rules only.
struct Rule {
  static constexpr unsigned kMaxEaLen = 48;  // RFC 7597 section 5
  static constexpr std::uint8_t kDefaultPsidOffset = 6;

  RuleKind kind = RuleKind::kMapE;
  Ipv4Prefix ipv4;
  Ipv6Prefix ipv6;
  std::uint8_t ea_len = 0;  // bits, "o"
  std::uint8_t psid_offset = kDefaultPsidOffset;
  std::uint8_t psid_len = 0;  // bits; given explicitly, for the one CE of a rule without EA bits
  Psid psid = 0;              // with psid_len
  Ipv6Address br;             // MAP-E: our end
  Ipv6Prefix dmr;  // MAP-T: where IPv4 addresses outside the domain are embedded (RFC 7599 section 5.1)

  // A CE: the first of its IPv4 addresses, and its PSID, 0 when it has whole ones.
  struct Ce {
    Ipv4Address ipv4;
    Psid psid = 0;
    friend constexpr bool operator==(const Ce&, const Ce&) = default;
  };

  // Bits of the IPv4 address that the EA bits hold, and of the PSID.
  [[nodiscard]] constexpr unsigned suffix_bits() const {
    const unsigned p = 32U - ipv4.length;
    return ea_len < p ? ea_len : p;
  }
  [[nodiscard]] constexpr unsigned ea_psid_bits() const { return ea_len - suffix_bits(); }
  // What a CE has: an address, or a prefix when it is less than 32 bits long.
  [[nodiscard]] constexpr unsigned ce_ipv4_length() const { return ipv4.length + suffix_bits(); }
  [[nodiscard]] constexpr std::uint32_t ce_ipv4_mask() const {
    return Ipv4Prefix{{}, static_cast<std::uint8_t>(ce_ipv4_length())}.mask();
  }
  [[nodiscard]] constexpr PortParameters port_parameters() const {
    const unsigned k = psid_len != 0 ? psid_len : ea_psid_bits();
    return {psid_offset, static_cast<std::uint8_t>(k)};
  }
  [[nodiscard]] constexpr bool is_shared() const { return !port_parameters().is_whole(); }
  // Some port set of the rule holds the DHCPv4 client port
  // (draft-ietf-dhc-v4configuration-06 section 5.1 item 3).
  [[nodiscard]] constexpr bool contains_dhcp_client_port() const {
    const PortParameters ports = port_parameters();
    const Psid holder = ports.psid_of(kDhcpClientPort);
    return !ports.excludes(kDhcpClientPort) && (psid_len == 0 || psid == holder);
  }

  // No address of the prefix is one that no host may have (RFC 1122 section 3.2.1.3).
  [[nodiscard]] constexpr bool has_host_addresses() const {
    const std::uint32_t first = ipv4.address.host();
    const std::uint32_t last = first | ~ipv4.mask();
    return first >> 24 != 0 && last >> 28 < 14 && (last >> 24 < 127 || first >> 24 > 127);
  }
  // The explicit PSID is for one CE that has one address.
  [[nodiscard]] constexpr bool has_valid_psid() const {
    return psid_len == 0
               ? psid == 0
               : ea_len == 0 && ipv4.length == 32 && psid_len <= 16 && psid <= port_parameters().psid_mask();
  }
  [[nodiscard]] constexpr bool is_valid() const {
    return ipv4.length <= 32 && ipv4.is_canonical() && has_host_addresses() && ipv6.length <= 128 &&
           ipv6.is_canonical() && ipv6.address.high() != 0 && ea_len <= kMaxEaLen &&
           ipv6.length + ea_len <= 128 && ea_psid_bits() <= 16 && has_valid_psid() &&
           port_parameters().is_valid() && (kind == RuleKind::kMapE ? has_valid_br() : has_valid_dmr());
  }
  [[nodiscard]] constexpr bool has_valid_br() const {
    return br.high() != 0 && !ce_of(br) && dmr == Ipv6Prefix();
  }
  // Each CE has an IPv4 address at least: the address of a packet of a CE that has a prefix could not be told
  // from its IPv6 address.
  [[nodiscard]] constexpr bool has_valid_dmr() const {
    return is_embedding_prefix(dmr) && dmr.address.high() != 0 && !dmr.contains(ipv6) &&
           !ipv6.contains(dmr) && ce_ipv4_length() == 32 && br.is_unspecified();
  }

  // What the operator delegates to the CE of this address and PSID (RFC 7597 section 5.2): n + o bits.
  [[nodiscard]] constexpr Ipv6Prefix end_user_prefix(Ipv4Address address, Psid of_psid) const {
    const std::uint32_t suffix = (address.host() & ~ipv4.mask()) >> (32 - ce_ipv4_length());
    const unsigned q = ea_psid_bits();
    const std::uint64_t ea = std::uint64_t{suffix} << q | (of_psid & ((1U << q) - 1));
    const Wide bits = wide(ipv6.address) | Wide{ea} << (128 - ea_end());
    return {narrow(bits), static_cast<std::uint8_t>(ea_end())};
  }

  // The softwire end of the CE (RFC 7597 sections 5.2 and 6). An end-user prefix longer than 64 bits
  // overwrites the top of the interface identifier.
  [[nodiscard]] constexpr Ipv6Address ce_address(Ipv4Address address, Psid of_psid) const {
    const Ipv6Prefix prefix = end_user_prefix(address, of_psid);
    const std::uint64_t identifier =
        std::uint64_t{address.host() & ce_ipv4_mask()} << 16 | (is_shared() ? of_psid : 0U);
    return narrow(wide(prefix.address) | (identifier & low_bits(128U - prefix.length)));
  }

  // The CE whose end-user prefix the address lies in; none when that is no CE's of the rule.
  [[nodiscard]] constexpr std::optional<Ce> ce_around(const Ipv6Address& address) const {
    if (!ipv6.contains(address)) return std::nullopt;
    const unsigned q = ea_psid_bits();
    const Wide shifted = wide(address) >> (128 - ea_end());
    const std::uint64_t ea = ea_len == 0 ? 0 : static_cast<std::uint64_t>(shifted) & ((1ULL << ea_len) - 1);
    const auto suffix = static_cast<std::uint32_t>((ea >> q) << (32 - ce_ipv4_length()));
    return Ce{Ipv4Address::from_host(ipv4.address.host() | suffix),
              psid_len != 0 ? psid : static_cast<Psid>(ea & ((1U << q) - 1))};
  }
  // The CE whose softwire end this is; none when no CE of the rule has exactly this address.
  [[nodiscard]] constexpr std::optional<Ce> ce_of(const Ipv6Address& address) const {
    const std::optional<Ce> ce = ce_around(address);
    return ce && ce_address(ce->ipv4, ce->psid) == address ? ce : std::nullopt;
  }

  friend constexpr bool operator==(const Rule&, const Rule&) = default;

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr Wide low_bits(unsigned count) { return count == 128 ? ~Wide{0} : (Wide{1} << count) - 1; }
  static constexpr Wide wide(const Ipv6Address& a) { return Wide{a.high()} << 64 | a.low(); }
  static constexpr Ipv6Address narrow(Wide bits) {
    return Ipv6Address::from_host(static_cast<std::uint64_t>(bits >> 64), static_cast<std::uint64_t>(bits));
  }
  [[nodiscard]] constexpr unsigned ea_end() const { return unsigned{ipv6.length} + ea_len; }
};

}  // namespace softwire
