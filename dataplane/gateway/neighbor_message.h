// SPDX-License-Identifier: BSD-3-Clause
// What ARP packets (RFC 826) and Neighbor Discovery messages (RFC 4861) say: read from octets that nobody has
// checked yet, and written.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "softwire/address.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

struct ArpMessage {
  bool is_request = false;  // else a reply
  MacAddress sender_mac;    // of one station
  Ipv4Address sender;       // unicast, or 0.0.0.0: a probe (RFC 5227 section 2.1.1)
  Ipv4Address target;
};

// `octets`: from the ARP packet on; what follows it does not matter. Nothing when it is truncated, not of
// IPv4 over Ethernet, neither request nor reply, or when no station can have sent it.
[[nodiscard]] std::optional<ArpMessage> read_arp(std::span<const std::uint8_t> octets);

[[nodiscard]] ArpPacket make_arp(std::uint16_t operation, const MacAddress& sender_mac, Ipv4Address sender,
                                 const MacAddress& target_mac, Ipv4Address target);

struct NdMessage {
  bool is_solicitation = false;   // else an advertisement
  std::uint32_t flags = 0;        // of an advertisement: NeighborMessage::kRouter...
  Ipv6Address target;             // not multicast
  std::optional<MacAddress> mac;  // of the sender (solicitation) or of the target, as its option says
};

// `octets`: the message, all of it, which is a neighbor solicitation or advertisement. Nothing when it does
// not pass RFC 4861 section 7.1, or when its option names no single station.
[[nodiscard]] std::optional<NdMessage> read_nd(const Ipv6Header& ipv6, std::span<const std::uint8_t> octets);

// A whole IPv6 packet.
struct NdPacket {
  Ipv6Header ipv6;
  NeighborMessage message;
  LinkAddressOption option;
};
static_assert(sizeof(NdPacket) == 72);

// `mac` is ours, which the option states.
[[nodiscard]] NdPacket make_solicitation(const Ipv6Address& source, const Ipv6Address& destination,
                                         const Ipv6Address& target, const MacAddress& mac);
[[nodiscard]] NdPacket make_advertisement(const Ipv6Address& destination, const Ipv6Address& target,
                                          std::uint32_t flags, const MacAddress& mac);

}  // namespace softwire::dataplane
