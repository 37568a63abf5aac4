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
using OverDhcpv6 = dhcp6::Dhcpv4Query;  // its message is not looked at any more
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
  // A DHCPv4 message; its octets are the datagram's.
  struct Message {
    Octets octets;
    bool unicast = false;  // it would have been in IPv4
    ReturnPath path;
  };
  // What a datagram from a client or its relay comes to: the answer, or a DHCPv4 message; or why neither.
  // `station`: the MAC address that it came from. What comes from a link-local address is answered there.
  [[nodiscard]] Result<std::variant<Packet, Message>, Outcome> receive(const Udp6Datagram& datagram,
                                                                       const MacAddress& station) const;

  // The answer to a message that came by this path: over UDP or DHCPv6. An ACK says where the softwire ends
  // if the client did (RFC 8539).
  [[nodiscard]] Result<Packet, Outcome> answer(const ReturnPath& path, const Subscriber& subscriber,
                                               Octets message) const;

 private:
  [[nodiscard]] bool is_relay(const Ipv6Address& source) const;
  [[nodiscard]] Result<Message, Outcome> from_udp(const Udp6Datagram& datagram) const;
  [[nodiscard]] Result<Message, Outcome> from_query(Octets payload, const dhcp6::Endpoint& source) const;
  [[nodiscard]] Packet packet_to(const dhcp6::Endpoint& to, Port from, Octets payload) const;

  Options options_;
  dhcp6::InformationServer information_;
  dhcp6::InformationServer::Lookup lookup_;
  std::function<bool(const dhcp6::Requester&)> may_ask_;
};

}  // namespace softwire::controlplane::dhcp
