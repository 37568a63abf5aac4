// SPDX-License-Identifier: BSD-3-Clause
// A MAP rule: the IPv4 prefix and the IPv6 prefix of a domain, and how the IPv6 address of a CE derives from
// its IPv4 address and PSID (RFC 7597 sections 5 and 6; algo-instance in RFC 8676).
//
//   Rule IPv6 prefix (n) | EA bits (o) = IPv4 suffix, PSID | zero | interface identifier
//   interface identifier = 0 (16) | IPv4 address (32) | PSID (16)
//
// When the EA bits are shorter than the IPv4 suffix, each CE has an IPv4 prefix. When they are as long, each
// CE has an IPv4 address. When they are longer, each CE has a part of the ports of an address.
#pragma once

#include <cstdint>
#include <optional>

#include "softwire/address.h"
#include "softwire/ipv4_embedded.h"
#include "softwire/martian.h"
#include "softwire/port_set.h"

namespace softwire {

enum class RuleKind : std::uint8_t {
  kMapE,  // encapsulation, RFC 7597
  kMapT,  // translation, RFC 7599
};

// Valid when is_valid(). All other functions require a valid rule.
struct Rule {
  static constexpr unsigned kMaxEaLen = 48;  // RFC 7597 section 5
  static constexpr std::uint8_t kDefaultPsidOffset = 6;

  RuleKind kind = RuleKind::kMapE;
  Ipv4Prefix ipv4;
  Ipv6Prefix ipv6;
  std::uint8_t ea_len = 0;  // bits, "o"
  std::uint8_t psid_offset = kDefaultPsidOffset;
  std::uint8_t psid_len = 0;  // bits; set only in a rule without EA bits, which has one CE
  Psid psid = 0;              // used when psid_len is not 0
  Ipv6Address br;             // MAP-E: the BR address, which is the hub's end
  Ipv6Prefix dmr;  // MAP-T: IPv4 addresses outside the domain are embedded in it (RFC 7599 section 5.1)

  // A CE: its IPv4 address (the first one when it has a prefix), and its PSID (0 when it has whole
  // addresses).
  struct Ce {
    Ipv4Address ipv4;
    Psid psid = 0;
    friend constexpr bool operator==(const Ce&, const Ce&) = default;
  };

  // Return how many EA bits belong to the IPv4 address, and how many to the PSID.
  [[nodiscard]] constexpr unsigned suffix_bits() const {
    const unsigned p = 32U - ipv4.length;
    return ea_len < p ? ea_len : p;
  }
  [[nodiscard]] constexpr unsigned ea_psid_bits() const { return ea_len - suffix_bits(); }
  // Returns the length of the IPv4 prefix of a CE: 32 when it has one address.
  [[nodiscard]] constexpr unsigned ce_ipv4_length() const { return ipv4.length + suffix_bits(); }
  [[nodiscard]] constexpr std::uint32_t ce_ipv4_mask() const {
    return Ipv4Prefix{{}, static_cast<std::uint8_t>(ce_ipv4_length())}.mask();
  }
  [[nodiscard]] constexpr PortParameters port_parameters() const {
    const unsigned k = psid_len != 0 ? psid_len : ea_psid_bits();
    return {psid_offset, static_cast<std::uint8_t>(k)};
  }
  [[nodiscard]] constexpr bool is_shared() const { return !port_parameters().is_whole(); }
  // Returns whether a port set of the rule contains the DHCPv4 client port (draft-ietf-dhc-v4configuration-06
  // section 5.1 item 3).
  [[nodiscard]] constexpr bool contains_dhcp_client_port() const {
    const PortParameters ports = port_parameters();
    const Psid holder = ports.psid_of(kDhcpClientPort);
    return !ports.excludes(kDhcpClientPort) && (psid_len == 0 || psid == holder);
  }

  // Returns whether all addresses of the prefix may be addresses of hosts (RFC 1122 section 3.2.1.3).
  [[nodiscard]] constexpr bool has_host_addresses() const {
    const std::uint32_t first = ipv4.address.host();
    const std::uint32_t last = first | ~ipv4.mask();
    return first >> 24 != 0 && last >> 28 < 14 && (last >> 24 < 127 || first >> 24 > 127);
  }
  // Returns whether the IPv4 prefix contains link-local addresses. A valid rule may, because the store may
  // have it from an earlier release; a new one must not.
  [[nodiscard]] constexpr bool has_link_local_addresses() const {
    return contains_link_local(ipv4.address.host(), ipv4.address.host() | ~ipv4.mask());
  }
  // Returns whether the explicit PSID is valid: it needs a rule without EA bits, for one CE with one address.
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
  // Returns whether the DMR is valid. Each CE must have an IPv4 address or a part of one: when a CE has a
  // prefix, the IPv6 address of a packet does not tell which IPv4 address of the prefix it belongs to.
  [[nodiscard]] constexpr bool has_valid_dmr() const {
    return is_embedding_prefix(dmr) && dmr.address.high() != 0 && !dmr.contains(ipv6) &&
           !ipv6.contains(dmr) && ce_ipv4_length() == 32 && br.is_unspecified();
  }

  // Returns the end-user prefix of the CE with this address and PSID, of n + o bits (RFC 7597 section 5.2).
  // The operator delegates it to the CE.
  [[nodiscard]] constexpr Ipv6Prefix end_user_prefix(Ipv4Address address, Psid of_psid) const {
    const std::uint32_t suffix = (address.host() & ~ipv4.mask()) >> (32 - ce_ipv4_length());
    const unsigned q = ea_psid_bits();
    const std::uint64_t ea = std::uint64_t{suffix} << q | (of_psid & ((1U << q) - 1));
    const Wide bits = wide(ipv6.address) | Wide{ea} << (128 - ea_end());
    return {narrow(bits), static_cast<std::uint8_t>(ea_end())};
  }

  // Returns the IPv6 address of the CE, which is its end of the softwire (RFC 7597 sections 5.2 and 6). An
  // end-user prefix longer than 64 bits overwrites the top of the interface identifier.
  [[nodiscard]] constexpr Ipv6Address ce_address(Ipv4Address address, Psid of_psid) const {
    const Ipv6Prefix prefix = end_user_prefix(address, of_psid);
    const std::uint64_t identifier =
        std::uint64_t{address.host() & ce_ipv4_mask()} << 16 | (is_shared() ? of_psid : 0U);
    return narrow(wide(prefix.address) | (identifier & low_bits(128U - prefix.length)));
  }

  // Returns the CE whose end-user prefix contains the address. Returns nullopt when the rule has no such CE.
  [[nodiscard]] constexpr std::optional<Ce> ce_around(const Ipv6Address& address) const {
    if (!ipv6.contains(address)) return std::nullopt;
    const unsigned q = ea_psid_bits();
    const Wide shifted = wide(address) >> (128 - ea_end());
    const std::uint64_t ea = ea_len == 0 ? 0 : static_cast<std::uint64_t>(shifted) & ((1ULL << ea_len) - 1);
    const auto suffix = static_cast<std::uint32_t>((ea >> q) << (32 - ce_ipv4_length()));
    return Ce{Ipv4Address::from_host(ipv4.address.host() | suffix),
              psid_len != 0 ? psid : static_cast<Psid>(ea & ((1U << q) - 1))};
  }
  // Returns the CE that has exactly this IPv6 address. Returns nullopt when the rule has no such CE.
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
