// SPDX-License-Identifier: BSD-3-Clause
#include "tools/b4/packet.h"

#include "dataplane/neighbor/neighbor_message.h"
#include "dataplane/packet/ecn.h"
#include "softwire/checksum.h"

namespace softwire::b4 {

std::span<std::uint8_t> ipv4_packet(std::span<std::uint8_t> octets) {
  if (octets.size() < sizeof(Ipv4Header)) return {};
  const Ipv4Header& ipv4 = ipv4_header(octets);
  const std::size_t bytes = ipv4.total_length.value();
  if (ipv4.version() != 4 || ipv4.header_bytes() < sizeof(Ipv4Header) || bytes < ipv4.header_bytes() ||
      bytes > octets.size()) {
    return {};
  }
  return octets.first(bytes);
}

bool take_traffic_class(std::span<std::uint8_t> packet, std::uint8_t traffic_class) {
  using dataplane::kEcnMask;
  auto& ipv4 = *reinterpret_cast<Ipv4Header*>(packet.data());
  const auto ecn = dataplane::decapsulated_ecn(ipv4.type_of_service & kEcnMask, traffic_class & kEcnMask);
  if (ecn.drop) return false;
  const auto type_of_service = static_cast<std::uint8_t>((traffic_class & ~kEcnMask) | ecn.ecn);
  ipv4.checksum = checksum_update(ipv4.checksum, be16(ipv4.type_of_service), be16(type_of_service));
  ipv4.type_of_service = type_of_service;
  return true;
}

EthernetHeader header_for(const Ipv4Header& ipv4, const MacAddress& station) {
  const bool is_for_all = ipv4.destination.is_broadcast() || ipv4.destination.is_multicast();
  return {is_for_all ? MacAddress::broadcast() : station, kOtherEnd, be16(ether_type::kIpv4)};
}

std::optional<ArpFrame> answer_arp(std::span<const std::uint8_t> frame) {
  if (frame.size() < sizeof(EthernetHeader)) return std::nullopt;
  const auto request = dataplane::read_arp(frame.subspan(sizeof(EthernetHeader)));
  if (!request || !request->is_request || request->sender.is_unspecified() ||
      request->sender == request->target) {
    return std::nullopt;
  }
  return ArpFrame{{request->sender_mac, kOtherEnd, be16(ether_type::kArp)},
                  dataplane::make_arp(ArpPacket::kReply, kOtherEnd, request->target, request->sender_mac,
                                      request->sender)};
}

}  // namespace softwire::b4
