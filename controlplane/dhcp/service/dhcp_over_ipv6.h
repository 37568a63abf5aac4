// SPDX-License-Identifier: BSD-3-Clause
// Receives DHCP at the hub's own IPv6 address: DHCPv4 in UDP (draft-ietf-dhc-v4configuration-06 section 1.2),
// DHCPv4 over DHCPv6 (RFC 7341), and DHCPv6 information requests (RFC 7598). It unpacks and packs messages,
// and answers information requests; it does not handle the DHCPv4 messages. The control thread owns it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/subscriber.h"
#include "controlplane/dhcp/codec/udp6_datagram.h"
#include "controlplane/dhcp/settings/reply_port.h"
#include "controlplane/dhcp6/dhcpv4_over_dhcpv6.h"
#include "controlplane/dhcp6/information_server.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane::dhcp {

// The way of an answer to its client.
struct IntoSoftwire {};
struct OverUdp {
  Ipv6Address client;
  Port port = 0;
};
struct OverDhcpv6 {
  dhcp6::QueryOrigin query;
  bool has_softwire_source = false;  // the client's message has option 109
};
struct ByTranslation {
  Ipv6Address hub;  // our IPv4 address that clients see, embedded in the client's DMR
};
using ReturnPath = std::variant<IntoSoftwire, OverUdp, OverDhcpv6, ByTranslation>;

class DhcpOverIpv6 {
 public:
  struct Options {
    Ipv6Address address;  // ours
    Ipv6Address br;       // for a client that does not name the BR of its softwire
    ReplyPort reply_port = ReplyPort::kSource;
    std::vector<Ipv6Prefix> relays;  // only RELAY-FORW from these are accepted
    dhcp6::InformationServer::Options information;
  };
  // `may_ask`: returns whether an information request of this client is answered.
  DhcpOverIpv6(Options options, dhcp6::InformationServer::Lookup lookup,
               std::function<bool(const dhcp6::Requester&)> may_ask);

  // An IPv6 packet that is ready to be sent.
  struct Packet {
    std::vector<std::uint8_t> octets;
    MacAddress station;  // the destination on our link; not set: the gateway
  };
  // A DHCPv4 message, as a view of the datagram.
  struct Message {
    MessageView message;
    bool unicast = false;  // over IPv4, the destination would not be 255.255.255.255
    ReturnPath path;
  };
  // Reads a datagram from a client or its relay. Returns the answer, or the DHCPv4 message in it. `station`:
  // the source MAC address of the datagram; an answer to a link-local address goes to it. Errors: those of
  // dhcp6::unwrap(), dhcp6::open_query(), MessageView::parse() and InformationServer::answer();
  // kDhcp6UnknownRelay; kDhcpUnauthorised.
  [[nodiscard]] Result<std::variant<Packet, Message>, Outcome> receive(const Udp6Datagram& datagram,
                                                                       const MacAddress& station) const;

  // Makes the packet with an answer. If the client's message has option 109, and `softwire_source_offset` is
  // set, inserts option 109 with the subscriber's end of the softwire there (RFC 8539). Requires: `path` is
  // OverUdp or OverDhcpv6.
  [[nodiscard]] Result<Packet, Outcome> answer(const ReturnPath& path, const Subscriber& subscriber,
                                               Octets message,
                                               std::optional<std::size_t> softwire_source_offset) const;

 private:
  [[nodiscard]] bool is_relay(const Ipv6Address& source) const;
  [[nodiscard]] Result<Message, Outcome> from_udp(const Udp6Datagram& datagram) const;
  [[nodiscard]] static Result<Message, Outcome> from_query(dhcp6::Unwrapped request);
  [[nodiscard]] Packet packet_to(const dhcp6::Endpoint& to, Port from, Octets payload) const;

  Options options_;
  dhcp6::InformationServer information_;
  dhcp6::InformationServer::Lookup lookup_;
  std::function<bool(const dhcp6::Requester&)> may_ask_;
};

}  // namespace softwire::controlplane::dhcp
