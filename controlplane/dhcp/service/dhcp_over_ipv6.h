// SPDX-License-Identifier: BSD-3-Clause
// DHCP that comes to the hub's own IPv6 address: DHCPv4 in UDP (draft-ietf-dhc-v4configuration-06 section
// 1.2), DHCPv4 over DHCPv6 (RFC 7341), and DHCPv6 information requests (RFC 7598). Only how it travels, and
// what needs no DHCPv4 server.
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

// How an answer gets to its client.
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
  Ipv6Address hub;  // the address that clients see, embedded in the client's DMR
};
using ReturnPath = std::variant<IntoSoftwire, OverUdp, OverDhcpv6, ByTranslation>;

class DhcpOverIpv6 {
 public:
  struct Options {
    Ipv6Address address;  // ours
    Ipv6Address br;       // of a softwire whose client does not name one
    ReplyPort reply_port = ReplyPort::kSource;
    std::vector<Ipv6Prefix> relays;  // whose RELAY-FORW are taken
    dhcp6::InformationServer::Options information;
  };
  // `may_ask`: who is answered what needs no DHCPv4 server.
  DhcpOverIpv6(Options options, dhcp6::InformationServer::Lookup lookup,
               std::function<bool(const dhcp6::Requester&)> may_ask);

  // An IPv6 packet that is ready to be sent.
  struct Packet {
    std::vector<std::uint8_t> octets;
    MacAddress station;  // whom it is for on our link; not set: the gateway
  };
  // A DHCPv4 message. Its octets are the datagram's.
  struct Message {
    MessageView message;
    bool unicast = false;  // in IPv4 its destination would not be 255.255.255.255
    ReturnPath path;
  };
  // Reads a datagram from a client or its relay. Returns the answer, or the DHCPv4 message in it. `station`:
  // the MAC address that the datagram came from; the answer to a link-local address goes there. Errors: those
  // of dhcp6::unwrap(), dhcp6::open_query(), MessageView::parse() and InformationServer::answer();
  // kDhcp6UnknownRelay; kDhcpUnauthorised.
  [[nodiscard]] Result<std::variant<Packet, Message>, Outcome> receive(const Udp6Datagram& datagram,
                                                                       const MacAddress& station) const;

  // Makes the answer to a message that came by this path: over UDP or DHCPv6. An ACK names the subscriber's
  // end of the softwire in option 109 when the client did (RFC 8539), if `softwire_source_offset` says where
  // it goes.
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
