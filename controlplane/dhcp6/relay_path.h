// SPDX-License-Identifier: BSD-3-Clause
// Records the relays that a DHCPv6 message came through, and wraps the answer for them (RFC 8415 sections 9
// and 19, RFC 8357).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controlplane/dhcp6/message.h"

namespace softwire::controlplane::dhcp6 {

// Source or destination of a datagram. Port in host order.
struct Endpoint {
  Ipv6Address address;
  std::uint16_t port = 0;
  MacAddress station = {};  // MAC address, if the node is on our link; else not set
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// The fields of a RELAY-FORW that its RELAY-REPL repeats (RFC 8415 section 19.3), and the Remote-Id.
struct RelayLevel {
  std::uint8_t hop_count = 0;
  Ipv6Address link_address;
  Ipv6Address peer_address;
  std::optional<Bytes> interface_id;       // option 18
  std::optional<Bytes> relay_source_port;  // option 135, 2 octets
  // A hash of option 37, which tells clients apart. Limits need no more of it, and the path is kept until the
  // answer comes.
  std::optional<std::uint64_t> remote_id = {};
};

// Owns its octets. Has no levels for a message that came directly from the client.
class RelayPath {
 public:
  // A relay forwards messages with a hop-count below 8, and adds one (RFC 8415 sections 7.6 and 19.1.2).
  static constexpr std::uint8_t kHopCountLimit = 8;
  static constexpr std::size_t kMaxLevels = kHopCountLimit + 1U;
  // Limit of the octets of option 18 of all relays together, because the path is kept until the answer comes.
  static constexpr std::size_t kMaxInterfaceIdBytes = 512;

  RelayPath() = default;
  RelayPath(const Endpoint& source, std::vector<RelayLevel> levels)
      : source_(source), levels_(std::move(levels)) {}

  [[nodiscard]] const std::vector<RelayLevel>& levels() const { return levels_; }  // outermost first
  [[nodiscard]] bool relayed() const { return !levels_.empty(); }
  // Returns the innermost peer-address, or the source of a direct message.
  [[nodiscard]] Ipv6Address client_address() const;
  // Returns the innermost link-address that names a link, or :: when there is none. Skips :: and link-local
  // addresses, with which a relay leaves the name to the next relay (RFC 8415 section 13.1, RFC 6221).
  [[nodiscard]] Ipv6Address link_address() const;
  // Returns the destination of the answer: the source of the message, at port 546 for a client or 547 for a
  // relay. When the outermost message has option 135, the port is the one that the relay sent from (RFC 8357
  // section 5.2).
  [[nodiscard]] Endpoint destination() const;
  // Wraps the answer into a RELAY-REPL for every relay. Returns the answer itself for a direct message. Error
  // kDhcp6TooBig: the result exceeds kMaxMessageBytes.
  [[nodiscard]] Result<Bytes, Outcome> wrap(Bytes answer) const;

 private:
  Endpoint source_;
  std::vector<RelayLevel> levels_;
};

struct Unwrapped {
  MessageView message;  // the client's message; a view of the octets
  RelayPath path;
};

// Takes a message out of the RELAY-FORW messages around it. `octets`: the UDP payload. `source`: the source
// of the datagram. Errors: kDhcp6Malformed, also when a RELAY-FORW does not have exactly one option 9,
// repeats option 18 or 135, or has an option 135 that is not 2 octets long; kDhcp6Hops; kDhcp6TooBig above
// kMaxInterfaceIdBytes; kDhcp6MessageType for a RELAY-REPL.
Result<Unwrapped, Outcome> unwrap(Octets octets, const Endpoint& source);

}  // namespace softwire::controlplane::dhcp6
