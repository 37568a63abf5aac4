// SPDX-License-Identifier: BSD-3-Clause
// The relays that a DHCPv6 message came through, and the way back (RFC 8415 sections 9 and 19, RFC 8357).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controlplane/dhcp6/message.h"

namespace softwire::controlplane::dhcp6 {

// Where a datagram came from, or goes to. Port in host order.
struct Endpoint {
  Ipv6Address address;
  std::uint16_t port = 0;
  MacAddress station = {};  // on our link: that of the address; not set: elsewhere
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// The fields of a RELAY-FORW that its RELAY-REPL repeats (RFC 8415 section 19.3).
struct RelayLevel {
  std::uint8_t hop_count = 0;
  Ipv6Address link_address;
  Ipv6Address peer_address;
  std::optional<Bytes> interface_id;       // option 18
  std::optional<Bytes> relay_source_port;  // option 135, 2 octets
};

// Owns its octets. Empty for a message that came without a relay.
class RelayPath {
 public:
  // A relay sends on what it got with a hop-count below 8, as one more (RFC 8415 sections 7.6 and 19.1.2).
  static constexpr std::uint8_t kHopCountLimit = 8;
  static constexpr std::size_t kMaxLevels = kHopCountLimit + 1U;
  // Octets of option 18 of all relays together: they are kept until the answer comes.
  static constexpr std::size_t kMaxInterfaceIdBytes = 512;

  RelayPath() = default;
  RelayPath(const Endpoint& source, std::vector<RelayLevel> levels)
      : source_(source), levels_(std::move(levels)) {}

  [[nodiscard]] const std::vector<RelayLevel>& levels() const { return levels_; }  // outermost first
  [[nodiscard]] bool relayed() const { return !levels_.empty(); }
  // The innermost peer-address, or the source of a direct message.
  [[nodiscard]] Ipv6Address client_address() const;
  // The innermost link-address that names a link: neither :: nor link-local, which say no more than that the
  // next relay is to name it (RFC 8415 section 13.1, RFC 6221); :: when there is none.
  [[nodiscard]] Ipv6Address link_address() const;
  // The source, at port 546 (client), 547 (relay), or the port the relay sent from when the outermost message
  // has option 135 (RFC 8357 section 5.2).
  [[nodiscard]] Endpoint destination() const;
  // The answer inside a RELAY-REPL for every relay; the answer itself for a direct message.
  // Error kDhcp6TooBig: above kMaxMessageBytes.
  [[nodiscard]] Result<Bytes, Outcome> wrap(Bytes answer) const;

 private:
  Endpoint source_;
  std::vector<RelayLevel> levels_;
};

struct Unwrapped {
  MessageView message;  // of the client; a view of the octets given
  RelayPath path;
};

// `octets`: the UDP payload; `source`: of the datagram. Errors: kDhcp6Malformed, also when a RELAY-FORW has
// not exactly one option 9, has option 18 or 135 twice, or 135 not of 2 octets; kDhcp6Hops;
// kDhcp6TooBig for more than kMaxInterfaceIdBytes; kDhcp6MessageType for a RELAY-REPL.
Result<Unwrapped, Outcome> unwrap(Octets octets, const Endpoint& source);

}  // namespace softwire::controlplane::dhcp6
