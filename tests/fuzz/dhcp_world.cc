// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/dhcp_world.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "controlplane/dhcp/codec/datagram.h"
#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/udp6_datagram.h"
#include "controlplane/dhcp6/message.h"
#include "softwire/address_text.h"
#include "softwire/derived_address.h"
#include "softwire/wire.h"
#include "tests/fuzz/require.h"

namespace softwire::fuzz {
namespace {

namespace dhcp = controlplane::dhcp;
namespace dhcp6 = controlplane::dhcp6;
using Octets = std::vector<std::uint8_t>;

const Ipv6Address kRelay = *parse_ipv6("2001:db8:77::1");
const Ipv6Address kServer6 = *parse_ipv6("2001:db8:67::1");
const Ipv6Address kAllServers = *parse_ipv6("ff02::1:2");

// Who sends: its end of the softwire, and the hub's end. The first ones are those of the bindings.
struct Client {
  Ipv6Address address;
  Ipv6Address br;
  Ipv4Address ipv4;
  bool translates = false;
};

const std::vector<Client>& clients() {
  static const std::vector<Client> all = [] {
    std::vector<Client> result;
    const Ipv6Address br = world().bindings[0].br;
    for (const Binding& one : world().bindings) result.push_back({one.b4, one.br, one.ipv4});
    const auto& rules = world().rules;
    result.push_back({ce_address(rules[0], 0xc0000212, 0x34), br, Ipv4Address::from_host(0xc0000212)});
    result.push_back({ce_address(rules[2], 0xc6120212, 0x34), br, Ipv4Address::from_host(0xc6120212), true});
    result.push_back({ce_address(rules[3], 0xc6120305, 0), br, Ipv4Address::from_host(0xc6120305), true});
    // Clients without a softwire yet.
    for (const char* text : {"2001:db8:a1::1", "2001:db8:a2::1", "2001:db8:a2::2", "fe80::99"}) {
      result.push_back({*parse_ipv6(text), br, {}});
    }
    return result;
  }();
  return all;
}

void add_option(Octets& message, std::uint8_t code, std::span<const std::uint8_t> value) {
  message.push_back(code);
  message.push_back(static_cast<std::uint8_t>(value.size()));
  message.insert(message.end(), value.begin(), value.end());
}
void add_option(Octets& message, std::uint8_t code, Ipv4Address address) {
  const be32 wire = address.wire();
  std::array<std::uint8_t, 4> octets{};
  std::memcpy(octets.data(), static_cast<const void*>(&wire), sizeof wire);
  add_option(message, code, octets);
}
void add_option(Octets& message, std::uint8_t code, std::uint8_t value) {
  add_option(message, code, std::span(&value, 1));
}

// The start of a message, up to its options.
Octets message_of(const dhcp::Header& header) {
  Octets message(dhcp::kOptionsOffset);
  std::memcpy(message.data(), static_cast<const void*>(&header), sizeof header);
  std::memcpy(message.data() + sizeof header, dhcp::kCookie.data(), dhcp::kCookie.size());
  return message;
}

Octets datagram(const dhcp::UdpEndpoints& endpoints, const Octets& message) {
  Octets packet(dhcp::kDatagramHeaderBytes + message.size());
  dhcp::write_datagram(endpoints, message, packet);
  return packet;
}
Octets datagram6(const dhcp::Udp6Endpoints& endpoints, const Octets& message) {
  Octets packet(dhcp::kUdp6HeaderBytes + message.size());
  dhcp::write_udp6(endpoints, message, packet);
  return packet;
}

Frame framed6(const Octets& packet, const Ipv6Address& destination) {
  const MacAddress to = destination.is_multicast() ? multicast_mac(destination) : kHubMac;
  return {Side::kIpv6, testing::ethernet_frame({to, kGatewayMac}, ether_type::kIpv6, packet)};
}

// A DHCPv6 message of the client: an information request, or the DHCPv4 message in a query.
Octets dhcp6_message(Input& input, const Octets& dhcpv4, bool is_query) {
  const unsigned chosen = input.octet();
  dhcp6::Builder message(
      is_query ? dhcp6::MessageType::kDhcpv4Query : dhcp6::MessageType::kInformationRequest,
      is_query && (chosen & 1) != 0 ? dhcp6::kUnicastFlag : chosen);
  const Octets client_id = {0, 3, 0, 1, 2, 0, 0, 0, 0, static_cast<std::uint8_t>(chosen)};
  if ((chosen & 2) == 0) message.add(dhcp6::option::kClientId, client_id);
  if (is_query) message.add(dhcp6::option::kDhcpv4Message, dhcpv4);
  if ((chosen & 4) == 0) {
    message.add(dhcp6::option::kRequest, Octets{0, 90, 0, 94, 0, 95, 0, 96, 0, 88, 0, 137, 0, 23, 0, 32});
  }
  if ((chosen & 8) != 0) message.add(input.two_octets(), input.octets(input.octet() & 31));
  return message.octets();
}

Octets in_relay(Input& input, const Octets& message, const Ipv6Address& peer) {
  const unsigned chosen = input.octet();
  const Ipv6Address link = (chosen & 1) != 0 ? peer : kRelay;
  dhcp6::Builder forward(dhcp6::MessageType::kRelayForward, static_cast<std::uint8_t>(chosen >> 4), link,
                         peer);
  if ((chosen & 2) != 0) forward.add(dhcp6::option::kInterfaceId, input.octets(input.octet() & 15));
  if ((chosen & 4) != 0) forward.add(dhcp6::option::kRelaySourcePort, Octets{0x12, 0x34});
  forward.add(dhcp6::option::kRelayMessage, message);
  return forward.octets();
}

Ipv6Address embedded(Ipv4Address ipv4) {
  return Ipv6Address::from_host(world().rules[2].dmr.address.high(), std::uint64_t{ipv4.host()} << 24);
}

}  // namespace

Octets DhcpWorld::client_message(Input& input, Ipv4Address own) const {
  const unsigned chosen = input.octet();
  const unsigned more = input.octet();
  dhcp::Header header;
  header.op = (chosen & 0x80) != 0 ? input.octet() : dhcp::Header::kBootRequest;
  header.htype = 1;
  header.hlen = 6;
  header.xid = be32(more);
  header.flags = be16((chosen & 8) != 0 ? dhcp::Header::kBroadcast : 0);
  header.chaddr = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(more & 3)};
  if ((chosen & 0x10) != 0) header.ciaddr = (chosen & 0x20) != 0 ? offered_ : own;
  Octets message = message_of(header);
  add_option(message, dhcp::option::kMessageType, static_cast<std::uint8_t>((chosen & 7) + 1));
  if ((more & 4) != 0) add_option(message, dhcp::option::kRequestedAddress, offered_);
  if ((more & 8) != 0) add_option(message, dhcp::option::kServerIdentifier, identifier_);
  if ((more & 0x10) != 0) add_option(message, dhcp::option::kClientIdentifier, Octets{255, 1, 2, 3, 4, 5, 6});
  if ((more & 0x20) != 0) {
    add_option(message, dhcp::option::kParameterRequestList,
               Octets{1, 3, 6, 15, 42, dhcp::option::kPortParameters});
  }
  if ((more & 0x40) != 0) {
    const Octets port_parameters = {6, 4, input.octet(), 0};
    add_option(message, dhcp::option::kPortParameters, port_parameters);
  }
  if ((more & 0x80) != 0) {
    const auto any = input.octets(input.octet() & 63);
    message.insert(message.end(), any.begin(), any.end());
  }
  message.push_back(dhcp::option::kEnd);
  if ((chosen & 0x40) == 0) message.resize(std::max<std::size_t>(message.size(), dhcp::kMinMessageBytes));
  return message;
}

Frame DhcpWorld::from_client(Input& input) {
  const Client& client = clients()[input.choose(static_cast<unsigned>(clients().size()))];
  const unsigned transport = input.octet();
  const Ipv4Address own = (transport & 0x80) != 0 ? client.ipv4 : Ipv4Address();
  const Octets message = client_message(input, client.ipv4);
  const Ipv4Address to = (transport & 0x40) != 0 ? kHubIpv4 : Ipv4Address(255, 255, 255, 255);
  const Ipv4Address destination = (transport & 0x60) == 0x60 ? kServer : to;
  const Ipv6Address hub = (transport & 0x10) != 0 ? kAllServers : hub_ipv6();
  switch (transport & 7) {
    case 0:
      return framed6(datagram6({client.address, Port{68}, hub_ipv6(), Port{67}}, message), hub_ipv6());
    case 1:
    case 2:
      return framed6(datagram6({client.address, dhcp6::kClientPort, hub, dhcp6::kServerPort},
                               dhcp6_message(input, message, (transport & 1) != 0)),
                     hub);
    case 3:
    case 4:
      return framed6(
          datagram6({kRelay, dhcp6::kServerPort, hub_ipv6(), dhcp6::kServerPort},
                    in_relay(input, dhcp6_message(input, message, (transport & 1) != 0), client.address)),
          hub_ipv6());
    default:
      break;
  }
  if (client.translates) {
    const Ipv6Address dmr = embedded(destination);
    return framed6(datagram6({client.address, Port{68}, dmr, Port{67}}, message), dmr);
  }
  const Octets inner = datagram({own, Port{68}, destination, Port{67}}, message);
  return framed6(testing::ipv6_packet({.source = client.address, .destination = client.br}, inner),
                 client.br);
}

Octets DhcpWorld::server_message(Input& input, std::span<const std::uint8_t> request) const {
  static constexpr std::array<std::uint8_t, 4> kTypes = {2, 5, 5, 6};
  const auto view = dhcp::MessageView::parse(request);
  require(view.ok());
  const unsigned chosen = input.octet();
  const unsigned place = input.octet();
  dhcp::Header header = view->header();
  header.op = dhcp::Header::kBootReply;
  header.yiaddr = Ipv4Address::from_host(kPool.host() + (place & 63));
  if ((chosen & 0x40) != 0) header.yiaddr = header.ciaddr;
  Octets message = message_of(header);
  add_option(message, dhcp::option::kMessageType, kTypes[chosen & 3]);
  add_option(message, dhcp::option::kServerIdentifier, (chosen & 4) != 0 ? kHubIpv4 : kServer);
  const std::uint8_t seconds = input.octet();
  const Octets time = {0, 0, 0, seconds};
  const Octets for_ever(4, 255);
  add_option(message, dhcp::option::kLeaseTime, seconds == 255 ? for_ever : time);
  if ((chosen & 8) != 0) {
    add_option(message, dhcp::option::kPortParameters,
               Octets{6, 4, static_cast<std::uint8_t>(place >> 6 << 4), 0});
  }
  if ((chosen & 0x10) != 0) {
    const auto any = input.octets(input.octet() & 31);
    message.insert(message.end(), any.begin(), any.end());
  }
  if (const auto option82 = view->sole(dhcp::option::kRelayAgentInformation)) {
    Octets value(option82->begin(), option82->end());
    if ((chosen & 0x20) != 0) value[input.octet() % value.size()] = input.octet();
    add_option(message, dhcp::option::kRelayAgentInformation, value);
  }
  message.push_back(dhcp::option::kEnd);
  message.resize(std::max<std::size_t>(message.size(), dhcp::kMinMessageBytes));
  return message;
}

std::optional<Frame> DhcpWorld::from_server(Input& input) {
  const unsigned chosen = input.octet();
  if (!relayed_6_.empty() && (chosen & 1) != 0) {
    const auto request = dhcp6::MessageView::parse(relayed_6_);
    require(request.ok() && request->is_relay());
    const auto query = dhcp6::MessageView::parse(*request->options().sole(dhcp6::option::kRelayMessage));
    require(query.ok());
    dhcp6::Builder response(dhcp6::MessageType::kDhcpv4Response, 0);
    response.add(dhcp6::option::kDhcpv4Message,
                 server_message(input, *query->options().sole(dhcp6::option::kDhcpv4Message)));
    const Ipv6Address peer = (chosen & 2) != 0 ? clients()[0].address : request->peer_address();
    dhcp6::Builder reply(dhcp6::MessageType::kRelayReply, request->hop_count(), request->link_address(),
                         peer);
    if (const auto interface_id = request->options().sole(dhcp6::option::kInterfaceId)) {
      reply.add(dhcp6::option::kInterfaceId, *interface_id);
    }
    reply.add(dhcp6::option::kRelayMessage, response.octets());
    return framed6(datagram6({kServer6, dhcp6::kServerPort, hub_ipv6(), dhcp6::kServerPort}, reply.octets()),
                   hub_ipv6());
  }
  if (relayed_.empty()) return std::nullopt;
  const Ipv4Address from = (chosen & 2) != 0 ? Ipv4Address(203, 0, 113, 7) : kServer;
  const Octets packet = datagram({from, Port{67}, kHubIpv4, Port{67}}, server_message(input, relayed_));
  return Frame{Side::kIpv4, testing::ethernet_frame({kHubMac, kGatewayMac}, ether_type::kIpv4, packet)};
}

// Returns the DHCPv4 message that the hub sent, after reading it.
static dhcp::MessageView read_message(std::span<const std::uint8_t> octets, std::uint8_t op) {
  const auto message = dhcp::MessageView::parse(octets);
  require(message.ok() && message->header().op == op && message->message_type().has_value());
  return *message;
}

void DhcpWorld::take_from_softwire(const Ipv6View& packet) {
  if (packet.protocol == ip_protocol::kIpv4) {
    const auto inner = dhcp::parse_datagram(packet.payload);
    if (!inner || inner->endpoints.destination_port != 68) return;
    const auto message = read_message(inner->payload, dhcp::Header::kBootReply);
    require(message.count(dhcp::option::kRelayAgentInformation) == 0);
    offered_ = message.header().yiaddr;
    identifier_ = inner->endpoints.source;
  }
}

void DhcpWorld::take(Side side, std::span<const std::uint8_t> frame) {
  const auto packet = packet_of(frame);
  if (side == Side::kIpv4) {
    const auto sent = dhcp::parse_datagram(packet);
    if (!sent || !(sent->endpoints.source == kHubIpv4) || sent->endpoints.destination_port != 67) return;
    const auto message = read_message(sent->payload, dhcp::Header::kBootRequest);
    require(message.header().giaddr == kHubIpv4 && message.count(dhcp::option::kRelayAgentInformation) == 1);
    relayed_.assign(sent->payload.begin(), sent->payload.end());
    return;
  }
  const auto view = read_ipv6(packet);
  require(view.has_value());
  take_from_softwire(*view);
  const auto sent = dhcp::parse_udp6(packet);
  if (!sent || !(sent->endpoints.source == hub_ipv6())) return;
  if (sent->endpoints.source_port == 67) {
    offered_ = read_message(sent->payload, dhcp::Header::kBootReply).header().yiaddr;
  } else if (sent->endpoints.source_port == dhcp6::kServerPort) {
    const auto message = dhcp6::MessageView::parse(sent->payload);
    require(message.ok());
    if (sent->endpoints.destination == kServer6)
      relayed_6_.assign(sent->payload.begin(), sent->payload.end());
  }
}

}  // namespace softwire::fuzz
