// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/service/dhcp_over_ipv6.h"

#include <algorithm>
#include <utility>

#include "controlplane/dhcp/codec/endpoints.h"

namespace softwire::controlplane::dhcp {

namespace {

// Returns the message with option 109 inserted at `end_offset`, the offset of its End.
std::vector<std::uint8_t> with_softwire_source(Octets message, std::size_t end_offset,
                                               const Ipv6Address& end) {
  const Octets kept = message.first(end_offset);
  std::vector<std::uint8_t> out(kept.begin(), kept.end());
  out.push_back(option::kSoftwireSource);
  out.push_back(sizeof(end));
  out.insert(out.end(), end.octets().begin(), end.octets().end());
  out.push_back(option::kEnd);
  if (out.size() < kMinMessageBytes) out.resize(kMinMessageBytes, option::kPad);
  return out;
}

}  // namespace

DhcpOverIpv6::DhcpOverIpv6(Options options, dhcp6::InformationServer::Lookup lookup,
                           std::function<bool(const dhcp6::Requester&)> may_ask)
    : options_(std::move(options)),
      information_(options_.information),
      lookup_(std::move(lookup)),
      may_ask_(std::move(may_ask)) {}

Result<std::variant<DhcpOverIpv6::Packet, DhcpOverIpv6::Message>, Outcome> DhcpOverIpv6::receive(
    const Udp6Datagram& datagram, const MacAddress& station) const {
  using Received = std::variant<Packet, Message>;
  if (datagram.endpoints.destination_port == kDhcpServerPort) {
    auto message = from_udp(datagram);
    if (!message) return message.error();
    return Received(std::move(*message));
  }
  const dhcp6::Endpoint source{datagram.endpoints.source, datagram.endpoints.source_port,
                               datagram.endpoints.source.is_link_local() ? station : MacAddress()};
  // A relay names its client and the link, so only configured relays are accepted.
  if (dhcp6::is_relay_forward(datagram.payload) && !is_relay(source.address)) {
    return Outcome::kDhcp6UnknownRelay;
  }
  auto request = dhcp6::unwrap(datagram.payload, source);
  if (!request) return request.error();
  if (request->message.type() == dhcp6::MessageType::kDhcpv4Query) {
    auto message = from_query(std::move(*request));
    if (!message) return message.error();
    return Received(std::move(*message));
  }
  if (request->message.type() == dhcp6::MessageType::kInformationRequest &&
      !may_ask_({request->path.client_address(), request->path.link_address()})) {
    return Outcome::kDhcpUnauthorised;
  }
  const auto reply = information_.answer(*request, lookup_);
  if (!reply) return reply.error();
  return Received(packet_to(request->path.destination(), dhcp6::kServerPort, *reply));
}

bool DhcpOverIpv6::is_relay(const Ipv6Address& source) const {
  return std::ranges::any_of(options_.relays,
                             [&source](const Ipv6Prefix& prefix) { return prefix.contains(source); });
}

Result<DhcpOverIpv6::Message, Outcome> DhcpOverIpv6::from_udp(const Udp6Datagram& datagram) const {
  const auto message = MessageView::parse(datagram.payload);
  if (!message) return message.error();
  const Ipv6Address client = datagram.endpoints.source;
  const Port port = options_.reply_port == ReplyPort::kSource   ? datagram.endpoints.source_port
                    : options_.reply_port == ReplyPort::kServer ? kDhcpServerPort
                                                                : kDhcpClientPort;
  return Message{*message, false, OverUdp{client, port}};
}

Result<DhcpOverIpv6::Message, Outcome> DhcpOverIpv6::from_query(dhcp6::Unwrapped request) {
  auto query = dhcp6::open_query(std::move(request));
  if (!query) return query.error();
  const auto message = MessageView::parse(query->dhcpv4);
  if (!message) return message.error();
  const bool has_softwire_source = message->count(option::kSoftwireSource) != 0;
  return Message{*message, query->unicast, OverDhcpv6{std::move(query->origin), has_softwire_source}};
}

Result<DhcpOverIpv6::Packet, Outcome> DhcpOverIpv6::answer(
    const ReturnPath& path, const Subscriber& subscriber, Octets message,
    std::optional<std::size_t> softwire_source_offset) const {
  if (const auto* udp = std::get_if<OverUdp>(&path)) {
    return packet_to({udp->client, udp->port}, kDhcpServerPort, message);
  }
  const auto& [query, has_softwire_source] = std::get<OverDhcpv6>(path);
  std::vector<std::uint8_t> confirming;
  if (has_softwire_source && softwire_source_offset) {
    message = confirming = with_softwire_source(message, *softwire_source_offset, subscriber.address);
  }
  const auto wrapped =
      dhcp6::answer_query(query, message, subscriber.br, Ipv6Prefix{subscriber.address, 128});
  if (!wrapped) return wrapped.error();
  return packet_to(query.path.destination(), dhcp6::kServerPort, *wrapped);
}

DhcpOverIpv6::Packet DhcpOverIpv6::packet_to(const dhcp6::Endpoint& to, Port from, Octets payload) const {
  Packet packet{std::vector<std::uint8_t>(kUdp6HeaderBytes + payload.size()), to.station};
  write_udp6({options_.address, from, to.address, to.port}, payload, packet.octets);
  return packet;
}

}  // namespace softwire::controlplane::dhcp
