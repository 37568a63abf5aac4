// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/packet_text.h"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "softwire/address_text.h"
#include "softwire/wire.h"

namespace softwire::ctl {

namespace {

using Octets = std::span<const std::uint8_t>;

// Removes a header from the front of the octets and returns it. Returns nullopt when they are too short.
template <typename Header>
std::optional<Header> take(Octets& octets) {
  if (octets.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(static_cast<void*>(&header), octets.data(), sizeof header);
  octets = octets.subspan(sizeof header);
  return header;
}

template <typename Header>
std::optional<Header> peek(Octets octets) {
  return take<Header>(octets);
}

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string cut_short(std::string_view what) {
  return std::string(what) + " (cut short)";
}

struct TypeName {
  std::uint8_t type;
  std::string_view name;
};
constexpr std::array<TypeName, 6> kIcmpTypes = {{{0, "echo reply"},
                                                 {3, "unreachable"},
                                                 {5, "redirect"},
                                                 {8, "echo"},
                                                 {11, "time exceeded"},
                                                 {12, "parameter problem"}}};
constexpr std::array<TypeName, 10> kIcmpv6Types = {{{1, "unreachable"},
                                                    {2, "packet too big"},
                                                    {3, "time exceeded"},
                                                    {4, "parameter problem"},
                                                    {128, "echo"},
                                                    {129, "echo reply"},
                                                    {133, "router solicitation"},
                                                    {134, "router advertisement"},
                                                    {135, "neighbor solicitation"},
                                                    {136, "neighbor advertisement"}}};

template <std::size_t Size>
std::string name_of(const std::array<TypeName, Size>& names, std::uint8_t type) {
  for (const TypeName& known : names) {
    if (known.type == type) return std::string(known.name);
  }
  return "type " + number(type);
}

std::string text_of_icmp(Octets octets) {
  const auto header = peek<IcmpError>(octets);
  if (!header) return cut_short("ICMP");
  std::string text = "ICMP " + name_of(kIcmpTypes, header->type);
  if (header->type == IcmpEcho::kRequest || header->type == IcmpEcho::kReply) {
    const auto echo = *peek<IcmpEcho>(octets);
    return text + " id " + number(echo.identifier.value()) + " sequence " + number(echo.sequence.value());
  }
  if (header->code != 0) text += " code " + number(header->code);
  if (header->type == IcmpError::kUnreachable && header->code == IcmpError::kFragmentationNeeded) {
    text += " (fragmentation needed, MTU " + number(header->next_hop_mtu.value()) + ")";
  }
  return text;
}

std::string text_of_icmpv6(Octets octets) {
  const auto header = peek<Icmpv6Header>(octets);
  if (!header) return cut_short("ICMPv6");
  std::string text = "ICMPv6 " + name_of(kIcmpv6Types, header->type);
  if (header->type == Icmpv6Header::kEchoRequest || header->type == Icmpv6Header::kEchoReply) {
    const auto echo = *peek<IcmpEcho>(octets);
    return text + " id " + number(echo.identifier.value()) + " sequence " + number(echo.sequence.value());
  }
  if (header->code != 0) text += " code " + number(header->code);
  if (header->type == Icmpv6Header::kPacketTooBig) text += " MTU " + number(header->parameter.value());
  if (header->type == NeighborMessage::kSolicitation || header->type == NeighborMessage::kAdvertisement) {
    const auto message = peek<NeighborMessage>(octets);
    if (message) text += " of " + to_string(message->target);
  }
  return text;
}

std::string text_of_tcp(Octets octets) {
  const auto header = peek<TcpHeader>(octets);
  if (!header) return cut_short("TCP");
  std::string text =
      "TCP " + number(header->source_port.value()) + " > " + number(header->destination_port.value());
  constexpr std::array<std::string_view, 6> kFlags = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
  for (std::size_t bit = 0; bit < kFlags.size(); ++bit) {
    if ((header->offset_flags.value() >> bit & 1) != 0) text += " " + std::string(kFlags[bit]);
  }
  return text;
}

// A packet may contain IPv4 packets within each other, as often as they fit.
constexpr unsigned kMostNested = 8;

// `nested`: the number of headers before this one.
std::string text_of_ipv4(Octets octets, unsigned nested);

std::string text_of_payload(std::uint8_t protocol, Octets octets, unsigned nested) {
  switch (protocol) {
    case ip_protocol::kIcmp:
      return text_of_icmp(octets);
    case ip_protocol::kIcmpv6:
      return text_of_icmpv6(octets);
    case ip_protocol::kTcp:
      return text_of_tcp(octets);
    case ip_protocol::kUdp: {
      const auto header = peek<UdpHeader>(octets);
      if (!header) return cut_short("UDP");
      return "UDP " + number(header->source_port.value()) + " > " + number(header->destination_port.value()) +
             (header->checksum.raw() == 0 ? " without checksum" : "");
    }
    case ip_protocol::kIpv4:
      return nested < kMostNested ? text_of_ipv4(octets, nested + 1) : "IPv4, and so on";
    default:
      return "protocol " + number(protocol);
  }
}

std::string text_of_ipv4(Octets octets, unsigned nested) {
  const auto header = peek<Ipv4Header>(octets);
  if (!header || header->version() != 4 || header->header_bytes() < sizeof(Ipv4Header) ||
      octets.size() < header->header_bytes()) {
    return cut_short("IPv4");
  }
  std::string text = "IPv4 " + to_string(header->source) + " > " + to_string(header->destination) + " ttl " +
                     number(header->time_to_live);
  if (header->type_of_service != 0) text += " tos " + number(header->type_of_service);
  if (header->dont_fragment()) text += " df";
  text += " length " + number(header->total_length.value());
  if (!header->is_fragment()) {
    return text + ", " + text_of_payload(header->protocol, octets.subspan(header->header_bytes()), nested);
  }
  const unsigned offset = (header->fragment.value() & Ipv4Header::kOffsetMask) * 8U;
  text += ", fragment at " + number(offset);
  if (!header->is_first_fragment()) return text;
  return text + ", " + text_of_payload(header->protocol, octets.subspan(header->header_bytes()), nested);
}

std::string text_of_ipv6(Octets octets) {
  const auto header = take<Ipv6Header>(octets);
  if (!header || header->version() != 6) return cut_short("IPv6");
  std::string text = "IPv6 " + to_string(header->source) + " > " + to_string(header->destination) +
                     " hop-limit " + number(header->hop_limit);
  if (header->traffic_class() != 0) text += " class " + number(header->traffic_class());
  text += " length " + number(sizeof(Ipv6Header) + header->payload_length.value());
  if (header->next_header != ip_protocol::kFragment) {
    return text + ", " + text_of_payload(header->next_header, octets, 0);
  }
  const auto fragment = take<Ipv6FragmentHeader>(octets);
  if (!fragment) return text + ", " + cut_short("fragment");
  text +=
      ", fragment at " + number(fragment->offset_bytes()) + (fragment->more_fragments() ? "" : ", the last");
  return fragment->offset_bytes() == 0 ? text + ", " + text_of_payload(fragment->next_header, octets, 0)
                                       : text;
}

std::string text_of_arp(Octets octets) {
  const auto packet = peek<ArpPacket>(octets);
  if (!packet) return cut_short("ARP");
  if (packet->operation.value() == ArpPacket::kRequest) {
    return "ARP who has " + to_string(packet->target) + ", asks " + to_string(packet->sender);
  }
  return "ARP " + to_string(packet->sender) + " is at " + to_string(packet->sender_mac);
}

std::string text_of_type(std::uint16_t type, Octets octets) {
  switch (type) {
    case ether_type::kIpv4:
      return text_of_ipv4(octets, 0);
    case ether_type::kIpv6:
      return text_of_ipv6(octets);
    case ether_type::kArp:
      return text_of_arp(octets);
    default:
      return "Ethernet type " + number(type);
  }
}

}  // namespace

std::string text_of_frame(Octets frame) {
  const std::size_t length = frame.size();
  const auto header = take<EthernetHeader>(frame);
  if (!header) return number(length) + " octets\n" + cut_short("Ethernet");
  std::string text = to_string(header->source) + " > " + to_string(header->destination);
  std::uint16_t type = header->type.value();
  if (type == ether_type::kVlan) {
    const auto tag = take<VlanTag>(frame);
    if (!tag) return text + ", " + number(length) + " octets\n" + cut_short("VLAN tag");
    text += ", VLAN " + number(tag->vlan_id());
    type = tag->type.value();
  }
  return text + ", " + number(length) + " octets\n" + text_of_type(type, frame);
}

}  // namespace softwire::ctl
