// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/neighbor/neighbor_message.h"

#include <cstddef>

#include "softwire/checksum.h"
#include "softwire/derived_address.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint8_t kHopLimit =
    255;  // proves that no router forwarded the message (RFC 4861 section 11.2)

template <typename Header>
const Header& header_at(const std::uint8_t* octets) {
  return *reinterpret_cast<const Header*>(octets);
}

bool is_station(const MacAddress& mac) {
  return mac.is_set() && !mac.is_multicast();
}

// Reads the options of a message, and sets `mac` from the first one of type `wanted`. Returns false when they
// are malformed.
bool read_options(std::span<const std::uint8_t> options, std::uint8_t wanted,
                  std::optional<MacAddress>& mac) {
  while (!options.empty()) {
    if (options.size() < 2) return false;
    const std::size_t bytes = std::size_t{options[1]} * 8;
    if (bytes == 0 || bytes > options.size()) return false;
    if (options[0] == wanted && !mac) {
      if (bytes != sizeof(LinkAddressOption)) return false;
      mac = header_at<LinkAddressOption>(options.data()).mac;
      if (!is_station(*mac)) return false;
    }
    options = options.subspan(bytes);
  }
  return true;
}

NdPacket make_nd(const Ipv6Address& source, const Ipv6Address& destination, const NeighborMessage& message,
                 const LinkAddressOption& option) {
  constexpr std::uint16_t kBytes = sizeof message + sizeof option;
  NdPacket packet{{be32(0x60000000), be16(kBytes), ip_protocol::kIcmpv6, kHopLimit, source, destination},
                  message,
                  option};
  const auto* octets = reinterpret_cast<const std::uint8_t*>(&packet.message);
  packet.message.checksum =
      checksum({octets, kBytes}, pseudo_header_sum(source, destination, ip_protocol::kIcmpv6, kBytes));
  return packet;
}

}  // namespace

std::optional<ArpMessage> read_arp(std::span<const std::uint8_t> octets) {
  if (octets.size() < sizeof(ArpPacket)) return std::nullopt;
  const auto& arp = header_at<ArpPacket>(octets.data());
  if (!(arp.hardware_type == be16(ArpPacket::kEthernet)) || !(arp.protocol_type == be16(ether_type::kIpv4)) ||
      arp.hardware_bytes != sizeof(MacAddress) || arp.protocol_bytes != sizeof(Ipv4Address)) {
    return std::nullopt;
  }
  const std::uint16_t operation = arp.operation.value();
  if (operation != ArpPacket::kRequest && operation != ArpPacket::kReply) return std::nullopt;
  // A group address is not the address of a station (RFC 1812 section 3.3.2).
  if (!is_station(arp.sender_mac) || arp.sender.is_multicast() || arp.sender.is_broadcast() ||
      arp.sender.is_loopback()) {
    return std::nullopt;
  }
  return ArpMessage{operation == ArpPacket::kRequest, arp.sender_mac, arp.sender, arp.target};
}

ArpPacket make_arp(std::uint16_t operation, const MacAddress& sender_mac, Ipv4Address sender,
                   const MacAddress& target_mac, Ipv4Address target) {
  ArpPacket arp;
  arp.hardware_type = be16(ArpPacket::kEthernet);
  arp.protocol_type = be16(ether_type::kIpv4);
  arp.operation = be16(operation);
  arp.sender_mac = sender_mac;
  arp.sender = sender;
  arp.target_mac = target_mac;
  arp.target = target;
  return arp;
}

std::optional<NdMessage> read_nd(const Ipv6Header& ipv6, std::span<const std::uint8_t> octets) {
  if (octets.size() < sizeof(NeighborMessage) || ipv6.hop_limit != kHopLimit) return std::nullopt;
  const auto& message = header_at<NeighborMessage>(octets.data());
  NdMessage nd{message.type == NeighborMessage::kSolicitation, message.flags.value(), message.target, {}};
  const std::uint64_t pseudo = pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kIcmpv6,
                                                 static_cast<std::uint16_t>(octets.size()));
  if (checksum_fold(checksum_add(pseudo, octets)) != 0xffff || message.code != 0 ||
      nd.target.is_multicast() || ipv6.source.is_multicast()) {
    return std::nullopt;
  }
  const std::uint8_t wanted = nd.is_solicitation ? LinkAddressOption::kSource : LinkAddressOption::kTarget;
  if (!read_options(octets.subspan(sizeof message), wanted, nd.mac)) return std::nullopt;
  if (nd.is_solicitation) {
    // A sender without an address solicits the group, and gives no MAC address.
    if (ipv6.source.is_unspecified() &&
        (nd.mac || !(ipv6.destination == solicited_node_group(ipv6.destination)))) {
      return std::nullopt;
    }
  } else if (ipv6.source.is_unspecified() ||
             (ipv6.destination.is_multicast() && (nd.flags & NeighborMessage::kSolicited) != 0)) {
    return std::nullopt;
  }
  return nd;
}

NdPacket make_solicitation(const Ipv6Address& source, const Ipv6Address& destination,
                           const Ipv6Address& target, const MacAddress& mac) {
  return make_nd(source, destination, {NeighborMessage::kSolicitation, 0, be16(), be32(), target},
                 {LinkAddressOption::kSource, 1, mac});
}

NdPacket make_advertisement(const Ipv6Address& destination, const Ipv6Address& target, std::uint32_t flags,
                            const MacAddress& mac) {
  return make_nd(target, destination, {NeighborMessage::kAdvertisement, 0, be16(), be32(flags), target},
                 {LinkAddressOption::kTarget, 1, mac});
}

}  // namespace softwire::dataplane
