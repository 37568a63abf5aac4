// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/traffic.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"
#include "tests/support/ip_packets.h"

namespace softwire::fuzz {
namespace {

using testing::Icmp;
using testing::Ipv4Packet;
using testing::Ipv6Packet;

const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
const Ipv6Address kOtherBr = *parse_ipv6("2001:db8:ff::2");

// Who can send and receive: an IPv4 address, and for subscribers their end of the softwire.
struct Party {
  std::uint32_t ipv4 = 0;
  Ipv6Address ipv6;
  Ipv6Address br;
  Port port = 1024;  // one that it owns
  bool translates = false;
};

const std::vector<Party>& subscribers() {
  static const std::vector<Party> all = [] {
    std::vector<Party> result;
    for (const Binding& one : world().bindings) {
      result.push_back({one.ipv4.host(), one.b4, one.br, one.ports.range(0).first});
    }
    const auto add = [&](const Rule& rule, std::uint32_t ipv4, Psid psid, Port port) {
      result.push_back({ipv4, ce_address(rule, ipv4, psid), rule.br, port, rule.kind == RuleKind::kMapT});
    };
    const auto& rules = world().rules;
    add(rules[0], 0xc0000212, 0x34, 1232);
    add(rules[0], 0xc0000212, 0x35, 1236);
    add(rules[1], 0xc0000281, 0, 1024);
    add(rules[2], 0xc6120212, 0x34, 1232);
    add(rules[2], 0xc6120213, 0x01, 1028);
    add(rules[3], 0xc6120305, 0, 1024);
    return result;
  }();
  return all;
}

constexpr std::array<std::uint32_t, 8> kHosts = {0xcb007107, 0xcb007108, 0x08080808, 0xc6336401,
                                                 0xffffffff, 0x7f000001, 0xa9fe0101, 0xc63364fe};
constexpr std::array<std::uint8_t, 8> kProtocols = {
    ip_protocol::kUdp,  ip_protocol::kTcp,  ip_protocol::kUdp,  ip_protocol::kTcp,
    ip_protocol::kIcmp, ip_protocol::kSctp, ip_protocol::kDccp, 47};

const Party& subscriber(Input& input) {
  return subscribers()[input.choose(static_cast<unsigned>(subscribers().size()))];
}
std::uint32_t host(Input& input) {
  const unsigned chosen = input.octet();
  if (chosen == 255) return static_cast<std::uint32_t>(input.number(4));
  return kHosts[(chosen < 0x80 ? chosen & 1 : chosen) % kHosts.size()];
}
// A port that the party owns, or any.
Port port(Input& input, Port own) {
  const unsigned chosen = input.octet();
  if (chosen < 0xc0) return static_cast<Port>(own + (chosen & 3));
  return chosen < 0xe0 ? static_cast<Port>(chosen & 1 ? 67 : 68) : input.two_octets();
}

// Fields of an IPv4 packet that have nothing to do with its way.
struct Form {
  std::uint8_t ttl = 64;
  std::uint8_t type_of_service = 0;
  std::uint16_t flags = 0;
  unsigned options = 0;
  unsigned octets = 40;
};
Form form(Input& input) {
  Form result;
  const unsigned chosen = input.octet();
  if ((chosen & 1) != 0) result.ttl = input.octet();
  if ((chosen & 2) != 0) result.type_of_service = input.octet();
  if ((chosen & 4) != 0) result.flags = Ipv4Header::kDontFragment;
  if ((chosen & 8) != 0) result.options = 4 * input.choose(11);
  result.octets = (chosen & 16) != 0 ? 1300U + 8U * input.octet() : 8U + (chosen >> 5) * 8U;
  return result;
}

struct Flow {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  Port source_port = 0;
  Port destination_port = 0;
};

Octets ipv4_packet(const Flow& flow, std::uint8_t protocol, const Form& form, std::uint16_t fragment = 0,
                   std::uint16_t identification = 0) {
  Ipv4Packet packet{.source = Ipv4Address::from_host(flow.source),
                    .destination = Ipv4Address::from_host(flow.destination),
                    .protocol = protocol,
                    .ttl = form.ttl,
                    .type_of_service = form.type_of_service,
                    .identification = identification,
                    .fragment = static_cast<std::uint16_t>(form.flags | fragment),
                    .option_octets = form.options};
  if (protocol == ip_protocol::kIcmp) {
    packet.payload = Icmp{.type = IcmpEcho::kRequest,
                          .rest = std::uint32_t{flow.source_port} << 16,
                          .body = Octets(form.octets)}
                         .octets(0);
  } else {
    packet.payload =
        testing::transport(protocol, flow.source_port, flow.destination_port, std::max(form.octets, 20U),
                           pseudo_header_sum(packet.source, packet.destination, protocol,
                                             static_cast<std::uint16_t>(std::max(form.octets, 20U))));
  }
  return packet.octets();
}

Octets in_ipv6(const Ipv6Address& source, const Ipv6Address& destination, std::uint8_t next, Octets payload,
               std::uint8_t traffic_class = 0) {
  Ipv6Packet packet{.source = source,
                    .destination = destination,
                    .next_header = next,
                    .traffic_class = traffic_class,
                    .payload = std::move(payload)};
  return packet.octets();
}

Frame framed(Side side, const Octets& packet, const MacAddress& to = kHubMac) {
  return {side, testing::ethernet_frame({to, kGatewayMac},
                                        side == Side::kIpv4 ? ether_type::kIpv4 : ether_type::kIpv6, packet)};
}

Octets first(const Octets& octets, std::size_t count) {
  return {octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(std::min(count, octets.size()))};
}

// The address in which a MAP-T rule embeds a host (RFC 6052 section 2.2, for a prefix of 64 bits).
Ipv6Address embedded(std::uint32_t ipv4) {
  const Ipv6Address dmr = world().rules[2].dmr.address;
  return Ipv6Address::from_host(dmr.high(), std::uint64_t{ipv4} << 24);
}

// --- one kind of frame each ---

Octets to_subscriber(Input& input) {
  const Party& to = subscriber(input);
  const std::uint8_t protocol = kProtocols[input.choose(kProtocols.size())];
  const Flow flow{host(input), to.ipv4, 443, port(input, to.port)};
  return ipv4_packet(
      {flow.source, flow.destination,
       protocol == ip_protocol::kIcmp ? flow.destination_port : flow.source_port, flow.destination_port},
      protocol, form(input));
}

// From a subscriber, to a host or to another subscriber, perhaps through another's softwire.
Octets from_subscriber(Input& input) {
  const Party& from = subscriber(input);
  const unsigned chosen = input.octet();
  const Party& outer = (chosen & 0xe0) == 0xe0 ? subscriber(input) : from;
  const Party* to = (chosen & 1) != 0 ? &subscriber(input) : nullptr;
  const std::uint8_t protocol = kProtocols[chosen >> 1 & 7];
  Flow flow{from.ipv4, to != nullptr ? to->ipv4 : host(input), port(input, from.port),
            to != nullptr ? port(input, to->port) : Port{443}};
  const Form shape = form(input);
  if (from.translates) {
    const Ipv6Address destination = embedded(flow.destination);
    const std::uint8_t next = protocol == ip_protocol::kIcmp ? ip_protocol::kIcmpv6 : protocol;
    const unsigned octets = std::max(shape.octets, 20U);
    const std::uint64_t pseudo =
        pseudo_header_sum(outer.ipv6, destination, next, static_cast<std::uint16_t>(octets));
    Octets payload;
    if (next == ip_protocol::kIcmpv6) {
      payload = Icmp{.type = Icmpv6Header::kEchoRequest,
                     .rest = std::uint32_t{flow.source_port} << 16,
                     .body = Octets(octets - 8)}
                    .octets(pseudo);
    } else {
      payload = testing::transport(next, flow.source_port, flow.destination_port, octets, pseudo);
    }
    Octets packet = in_ipv6(outer.ipv6, destination, next, std::move(payload), shape.type_of_service);
    packet[offsetof(Ipv6Header, hop_limit)] = shape.ttl;
    return packet;
  }
  return in_ipv6(outer.ipv6, (chosen & 0x10) != 0 ? kOtherBr : from.br, ip_protocol::kIpv4,
                 ipv4_packet(flow, protocol, shape), input.octet());
}

// An ICMPv4 error about a packet of the subscriber, or of the subscriber about a packet to it.
Frame icmpv4_error(Input& input) {
  static constexpr std::array<std::uint8_t, 6> kTypes = {3, 11, 12, 4, 3, 5};
  const Party& party = subscriber(input);
  const unsigned chosen = input.octet();
  const bool from_internet = (chosen & 1) != 0;
  const std::uint32_t other = host(input);
  const Port own = port(input, party.port);
  const std::uint8_t protocol = kProtocols[chosen >> 1 & 7];
  const Flow quoted = from_internet ? Flow{party.ipv4, other, own, 443} : Flow{other, party.ipv4, 443, own};
  Icmp icmp{.type = kTypes[(chosen >> 4) % kTypes.size()],
            .code = static_cast<std::uint8_t>(input.octet() & 7),
            .rest = input.two_octets(),
            .body = first(ipv4_packet(quoted, protocol, form(input)), 20U + input.choose(64))};
  const std::uint32_t from = (input.octet() & 1) != 0 ? host(input) : other;
  Ipv4Packet packet{.source = Ipv4Address::from_host(from_internet ? from : party.ipv4),
                    .destination = Ipv4Address::from_host(from_internet ? party.ipv4 : from),
                    .protocol = ip_protocol::kIcmp,
                    .payload = icmp.octets(0)};
  if (from_internet) return framed(Side::kIpv4, packet.octets());
  return framed(Side::kIpv6, in_ipv6(party.ipv6, party.br, ip_protocol::kIpv4, packet.octets()));
}

// An ICMPv6 error about a softwire packet or a translated packet of the hub.
Frame icmpv6_error(Input& input) {
  const Party& party = subscriber(input);
  const Octets inner = to_subscriber(input);
  const unsigned chosen = input.octet();
  const Ipv6Address hub_end = party.translates ? embedded(host(input)) : party.br;
  const Octets quoted = party.translates
                            ? in_ipv6(hub_end, party.ipv6, ip_protocol::kUdp,
                                      testing::transport(ip_protocol::kUdp, 443, party.port, 20, 0))
                            : in_ipv6(hub_end, party.ipv6, ip_protocol::kIpv4, inner);
  const Icmp icmp{.type = static_cast<std::uint8_t>(1 + (chosen & 3)),
                  .code = static_cast<std::uint8_t>(chosen >> 2 & 7),
                  .rest = input.two_octets(),
                  .body = first(quoted, 40U + input.octet())};
  const Ipv6Address router = *parse_ipv6("2001:db8:77::1");
  const Ipv6Address from = (chosen & 0x80) != 0 ? party.ipv6 : router;
  const auto length = static_cast<std::uint16_t>(8 + icmp.body.size());
  return framed(Side::kIpv6,
                in_ipv6(from, hub_end, ip_protocol::kIcmpv6,
                        icmp.octets(pseudo_header_sum(from, hub_end, ip_protocol::kIcmpv6, length))));
}

// Cuts an IPv4 packet into two fragments.
std::array<Octets, 2> cut_ipv4(Input& input, const Octets& packet) {
  Ipv4Header header;
  std::memcpy(static_cast<void*>(&header), packet.data(), sizeof header);
  const std::size_t header_bytes = header.header_bytes();
  const std::size_t body = packet.size() - header_bytes;
  const std::size_t at = std::min(body, std::size_t{8} * (1 + input.choose(8)));
  const auto identification = be16(input.octet() & 3);
  std::array<Octets, 2> result;
  for (unsigned i = 0; i < 2; ++i) {
    const std::size_t begin = i == 0 ? 0 : at;
    const std::size_t end = i == 0 ? at : body;
    Octets fragment(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(header_bytes));
    fragment.insert(fragment.end(), packet.begin() + static_cast<std::ptrdiff_t>(header_bytes + begin),
                    packet.begin() + static_cast<std::ptrdiff_t>(header_bytes + end));
    Ipv4Header own = header;
    own.total_length = be16(static_cast<std::uint16_t>(fragment.size()));
    own.identification = identification;
    own.fragment = be16(static_cast<std::uint16_t>((i == 0 ? Ipv4Header::kMoreFragments : 0) | begin / 8));
    own.checksum = be16();
    std::memcpy(fragment.data(), static_cast<const void*>(&own), sizeof own);
    const be16 sum = checksum(std::span(fragment).first(header_bytes));
    std::memcpy(&fragment[offsetof(Ipv4Header, checksum)], static_cast<const void*>(&sum), sizeof sum);
    result[i] = std::move(fragment);
  }
  return result;
}

std::array<Octets, 2> cut_ipv6(Input& input, const Octets& packet) {
  Ipv6Header header;
  std::memcpy(static_cast<void*>(&header), packet.data(), sizeof header);
  const std::size_t body = packet.size() - sizeof header;
  const std::size_t at = std::min(body, std::size_t{8} * (1 + input.choose(8)));
  const std::uint32_t identification = input.octet() & 3;
  std::array<Octets, 2> result;
  for (unsigned i = 0; i < 2; ++i) {
    Ipv6Packet fragment{.source = header.source,
                        .destination = header.destination,
                        .next_header = header.next_header,
                        .traffic_class = header.traffic_class()};
    fragment.fragment = {true, static_cast<std::uint16_t>(i == 0 ? 0 : at), i == 0, identification};
    const auto begin = packet.begin() + sizeof header;
    fragment.payload.assign(begin + static_cast<std::ptrdiff_t>(i == 0 ? 0 : at),
                            begin + static_cast<std::ptrdiff_t>(i == 0 ? at : body));
    result[i] = fragment.octets();
  }
  return result;
}

std::vector<Frame> fragments(Input& input) {
  const unsigned chosen = input.octet();
  std::array<Octets, 2> parts;
  Side side = Side::kIpv6;
  if ((chosen & 3) == 0) {
    parts = cut_ipv4(input, to_subscriber(input));
    side = Side::kIpv4;
  } else if ((chosen & 3) == 1) {
    const Party& from = subscriber(input);
    const Flow flow{from.ipv4, host(input), port(input, from.port), 443};
    parts = cut_ipv4(input, ipv4_packet(flow, kProtocols[chosen >> 5], form(input)));
    for (Octets& part : parts) {
      // The second may come through another softwire: it must not complete the packet of the first.
      const Party& outer = &part == &parts[1] && (chosen & 0x10) != 0 ? subscriber(input) : from;
      part = in_ipv6(outer.ipv6, outer.br, ip_protocol::kIpv4, std::move(part));
    }
  } else {
    parts = cut_ipv6(input, from_subscriber(input));
  }
  std::vector<Frame> result;
  const unsigned order = chosen >> 2 & 3;
  if (order != 3) result.push_back(framed(side, parts[order == 1 ? 1 : 0]));
  if (order != 2) result.push_back(framed(side, parts[order == 1 ? 0 : 1]));
  return result;
}

Frame to_hub(Input& input) {
  const unsigned chosen = input.octet();
  if ((chosen & 1) == 0) {
    const Flow flow{host(input), kHubIpv4.host(), 7, 0};
    return framed(Side::kIpv4, ipv4_packet(flow, ip_protocol::kIcmp, form(input)));
  }
  const Ipv6Address source = (chosen & 2) != 0 ? subscriber(input).ipv6 : gateway_ipv6();
  const Ipv6Address destination = (chosen & 4) != 0 ? kBr : hub_ipv6();
  const Icmp icmp{.type = Icmpv6Header::kEchoRequest, .body = Octets(input.octet())};
  const auto length = static_cast<std::uint16_t>(8 + icmp.body.size());
  return framed(Side::kIpv6,
                in_ipv6(source, destination, ip_protocol::kIcmpv6,
                        icmp.octets(pseudo_header_sum(source, destination, ip_protocol::kIcmpv6, length))));
}

Frame arp(Input& input) {
  static constexpr std::array<Ipv4Address, 4> kAddresses = {kGatewayIpv4, kHubIpv4, Ipv4Address(192, 0, 2, 9),
                                                            Ipv4Address(198, 51, 100, 7)};
  const unsigned chosen = input.octet();
  const MacAddress sender({2, 0, 0, 0, static_cast<std::uint8_t>(1 + (chosen >> 6)), 4});
  ArpPacket packet;
  packet.hardware_type = be16(ArpPacket::kEthernet);
  packet.protocol_type = be16(ether_type::kIpv4);
  packet.operation = be16((chosen & 1) != 0 ? ArpPacket::kReply : ArpPacket::kRequest);
  packet.sender_mac = sender;
  packet.sender = kAddresses[chosen >> 1 & 3];
  packet.target_mac = kHubMac;
  packet.target = kAddresses[chosen >> 3 & 3];
  Octets octets(sizeof packet);
  std::memcpy(octets.data(), static_cast<const void*>(&packet), sizeof packet);
  return {Side::kIpv4,
          testing::ethernet_frame({(chosen & 0x20) != 0 ? MacAddress::broadcast() : kHubMac, sender},
                                  ether_type::kArp, octets)};
}

Frame neighbor_discovery(Input& input) {
  const unsigned chosen = input.octet();
  const bool asks = (chosen & 1) == 0;
  const MacAddress sender({2, 0, 0, 0, static_cast<std::uint8_t>(1 + (chosen >> 6)), 4});
  const Ipv6Address target = asks ? hub_ipv6() : gateway_ipv6();
  const bool to_group = (chosen & 2) != 0;
  const Ipv6Address destination = to_group ? solicited_node_group(hub_ipv6()) : hub_ipv6();
  Octets message(sizeof(NeighborMessage) + sizeof(LinkAddressOption));
  NeighborMessage nd;
  nd.type = asks ? NeighborMessage::kSolicitation : NeighborMessage::kAdvertisement;
  nd.flags = be32(asks ? 0U : (chosen & 0x38U) << 26);
  nd.target = target;
  const LinkAddressOption option{asks ? LinkAddressOption::kSource : LinkAddressOption::kTarget, 1, sender};
  std::memcpy(message.data(), static_cast<const void*>(&nd), sizeof nd);
  std::memcpy(&message[sizeof nd], static_cast<const void*>(&option), sizeof option);
  const be16 sum = checksum(message, pseudo_header_sum(gateway_ipv6(), destination, ip_protocol::kIcmpv6,
                                                       static_cast<std::uint16_t>(message.size())));
  std::memcpy(&message[2], static_cast<const void*>(&sum), sizeof sum);
  Octets packet = in_ipv6(gateway_ipv6(), destination, ip_protocol::kIcmpv6, message);
  packet[offsetof(Ipv6Header, hop_limit)] = 255;
  return {Side::kIpv6, testing::ethernet_frame({to_group ? multicast_mac(destination) : kHubMac, sender},
                                               ether_type::kIpv6, packet)};
}

Frame any_octets(Input& input) {
  const unsigned chosen = input.octet();
  const Side side = (chosen & 1) != 0 ? Side::kIpv6 : Side::kIpv4;
  const auto octets = input.octets(input.two_octets() % 600);
  const Octets copy(octets.begin(), octets.end());
  if ((chosen & 2) != 0) return {side, copy};
  return framed(side, copy);
}

}  // namespace

std::vector<Frame> next_frames(Input& input) {
  const unsigned kind = input.octet();
  std::vector<Frame> frames;
  switch (kind & 15) {
    case 0:
    case 1:
      frames = {framed(Side::kIpv4, to_subscriber(input))};
      break;
    case 2:
    case 3:
    case 4:
      frames = {framed(Side::kIpv6, from_subscriber(input))};
      break;
    case 5:
    case 6:
      frames = fragments(input);
      break;
    case 7:
      frames = {icmpv4_error(input)};
      break;
    case 8:
      frames = {icmpv6_error(input)};
      break;
    case 9:
      frames = {to_hub(input)};
      break;
    case 10:
      frames = {arp(input)};
      break;
    case 11:
      frames = {neighbor_discovery(input)};
      break;
    default:
      frames = {any_octets(input)};
  }
  // Changes single octets of the last frame.
  Octets& octets = frames.back().octets;
  for (unsigned changes = kind >> 6; changes != 0 && !octets.empty(); --changes) {
    const std::size_t place = input.octet() % octets.size();
    octets[place] = input.octet();
  }
  return frames;
}

}  // namespace softwire::fuzz
