// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes ARP packets (RFC 826) and Neighbor Discovery messages (RFC 4861). The read functions take
// octets that nobody has checked yet.
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

// Reads an ARP packet at the start of `octets`; octets after it are ignored. Returns nullopt when the packet
// is truncated, is not for IPv4 over Ethernet, is neither a request nor a reply, or when its sender address
// cannot belong to one station.
[[nodiscard]] std::optional<ArpMessage> read_arp(std::span<const std::uint8_t> octets);

[[nodiscard]] ArpPacket make_arp(std::uint16_t operation, const MacAddress& sender_mac, Ipv4Address sender,
                                 const MacAddress& target_mac, Ipv4Address target);

struct NdMessage {
  bool is_solicitation = false;  // else an advertisement
  std::uint32_t flags = 0;       // of an advertisement: NeighborMessage::kRouter...
  Ipv6Address target;            // not multicast
  std::optional<MacAddress>
      mac;  // from the option: of the sender (solicitation) or the target (advertisement)
};

// Reads a neighbor solicitation or advertisement. `octets`: the whole ICMPv6 message. Returns nullopt when
// the message does not pass the checks of RFC 4861 section 7.1, or when the MAC address in its option is not
// that of one station.
[[nodiscard]] std::optional<NdMessage> read_nd(const Ipv6Header& ipv6, std::span<const std::uint8_t> octets);

// A whole IPv6 packet.
struct NdPacket {
  Ipv6Header ipv6;
  NeighborMessage message;
  LinkAddressOption option;
};
static_assert(sizeof(NdPacket) == 72);

// Make a message of the hub. `mac`: the hub's MAC address, which the option contains. `flags`:
// NeighborMessage::kRouter and so on.
[[nodiscard]] NdPacket make_solicitation(const Ipv6Address& source, const Ipv6Address& destination,
                                         const Ipv6Address& target, const MacAddress& mac);
[[nodiscard]] NdPacket make_advertisement(const Ipv6Address& destination, const Ipv6Address& target,
                                          std::uint32_t flags, const MacAddress& mac);

}  // namespace softwire::dataplane
