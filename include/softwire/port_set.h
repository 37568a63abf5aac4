// SPDX-License-Identifier: BSD-3-Clause
// Port sets: the 16-bit ports (or ICMP identifiers) of a shared IPv4 address that a subscriber owns. See RFC
// 7597 section 5.1 and appendix B; RFC 7596 section 5 uses the same algorithm with offset 0.
//
//   port = A (offset bits) | PSID (psid_len bits) | j (the rest);   with offset > 0, A >= 1
#pragma once

#include <cstdint>
#include <optional>

namespace softwire {

using Port = std::uint16_t;  // host byte order
using Psid = std::uint16_t;  // right-justified, as in configuration files and RFC 8676

inline constexpr Port kDhcpServerPort = 67;  // RFC 2131 section 4.1; relays use it too
inline constexpr Port kDhcpClientPort = 68;

// How the ports of an address are divided among subscribers. It is the same for all subscribers of one
// address (RFC 7597 section 5.1).
struct PortParameters {
  std::uint8_t psid_offset = 0;  // bits of A, "a"
  std::uint8_t psid_len = 0;     // bits of the PSID, "k"; 0: the address is not shared

  [[nodiscard]] constexpr bool is_valid() const { return psid_offset + psid_len <= 16; }
  [[nodiscard]] constexpr bool is_whole() const { return psid_len == 0; }
  // Returns the number of bits of j, "m".
  [[nodiscard]] constexpr unsigned suffix_bits() const { return 16U - psid_offset - psid_len; }
  [[nodiscard]] constexpr Psid psid_mask() const { return static_cast<Psid>((1U << psid_len) - 1); }
  // Returns the PSID in the middle bits of the port. It has a meaning only when !excludes(port).
  [[nodiscard]] constexpr Psid psid_of(Port port) const {
    return static_cast<Psid>((unsigned{port} >> suffix_bits()) & psid_mask());
  }
  // Returns whether no subscriber owns the port. With an offset these are the ports with A = 0 (RFC 7597
  // section 5.1).
  [[nodiscard]] constexpr bool excludes(Port port) const {
    return psid_offset != 0 && (unsigned{port} >> (16 - psid_offset)) == 0;
  }

  friend constexpr bool operator==(const PortParameters&, const PortParameters&) = default;
};

// A run of contiguous ports. Both ends are inclusive.
struct PortRange {
  Port first = 0;
  Port last = 0;
  friend constexpr bool operator==(const PortRange&, const PortRange&) = default;
};

// The ports of one subscriber. Valid when parameters.is_valid() and psid <= parameters.psid_mask(); make()
// checks both.
struct PortSet {
  PortParameters parameters;
  Psid psid = 0;

  // Returns nullopt when the values do not make a valid port set.
  static constexpr std::optional<PortSet> make(unsigned psid_offset, unsigned psid_len, unsigned psid) {
    if (psid_offset > 16 || psid_len > 16 || psid_offset + psid_len > 16) return std::nullopt;
    const PortParameters parameters{static_cast<std::uint8_t>(psid_offset),
                                    static_cast<std::uint8_t>(psid_len)};
    if (psid > parameters.psid_mask()) return std::nullopt;
    return PortSet{parameters, static_cast<Psid>(psid)};
  }

  [[nodiscard]] constexpr bool contains(Port port) const {
    return parameters.psid_of(port) == psid && !parameters.excludes(port);
  }
  // Returns the number of contiguous runs: 2^a - 1, or 1 when there is no offset.
  [[nodiscard]] constexpr unsigned range_count() const {
    return parameters.psid_offset == 0 ? 1 : (1U << parameters.psid_offset) - 1;
  }
  // Returns a run of ports; runs are in ascending order. Requires: index < range_count().
  [[nodiscard]] constexpr PortRange range(unsigned index) const {
    const unsigned m = parameters.suffix_bits();
    const unsigned a = parameters.psid_offset == 0 ? 0 : index + 1;
    const unsigned first = (a << (16 - parameters.psid_offset)) | (unsigned{psid} << m);
    return {static_cast<Port>(first), static_cast<Port>(first + (1U << m) - 1)};
  }
  // Returns the number of ports. It is never 0.
  [[nodiscard]] constexpr unsigned size() const { return range_count() << parameters.suffix_bits(); }
  // Returns whether the set contains port 68, which no shared set may contain
  // (draft-ietf-dhc-v4configuration-06 section 5.1 item 3). With 1 to 9 bits of offset no set contains it;
  // else the set with PSID parameters.psid_of(kDhcpClientPort) does.
  [[nodiscard]] constexpr bool contains_dhcp_client_port() const { return contains(kDhcpClientPort); }
  // Returns whether the set contains a port below 1024. Such PSIDs should not be assigned (RFC 7596 section
  // 5.1).
  [[nodiscard]] constexpr bool contains_system_ports() const { return range(0).first < 1024; }
  // Returns the 16-bit PSID field of DHCPv6 option 93 and DHCPv4 option 159: left-justified, in host byte
  // order (RFC 7598 section 4.5).
  [[nodiscard]] constexpr std::uint16_t option_field() const {
    return static_cast<std::uint16_t>(unsigned{psid} << (16 - parameters.psid_len));
  }

  friend constexpr bool operator==(const PortSet&, const PortSet&) = default;
};

}  // namespace softwire
