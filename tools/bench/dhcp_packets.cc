// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/dhcp_packets.h"

#include <algorithm>

#include "controlplane/dhcp/codec/datagram.h"
#include "controlplane/dhcp/codec/endpoints.h"
#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/option82.h"

namespace softwire::bench {

namespace {

namespace dhcp = controlplane::dhcp;

constexpr Ipv4Address kLeased(192, 0, 2, 10);

// Makes a message of a client or server: header, cookie, type, and the options.
Bytes message(bool is_answer, const Bytes& options) {
  dhcp::Header header;
  header.op = is_answer ? dhcp::Header::kBootReply : dhcp::Header::kBootRequest;
  header.htype = 1;
  header.hlen = 6;
  header.xid = be32(0x12345678);
  if (is_answer) {
    header.giaddr = kDhcpRelay;
    header.yiaddr = kLeased;
  }
  Bytes octets;
  octets.reserve(dhcp::kMinMessageBytes);
  const auto* first = reinterpret_cast<const std::uint8_t*>(&header);
  octets.insert(octets.end(), first, first + sizeof(header));
  octets.insert(octets.end(), dhcp::kCookie.begin(), dhcp::kCookie.end());
  octets.insert(octets.end(), {dhcp::option::kMessageType, 1, static_cast<std::uint8_t>(is_answer ? 2 : 1)});
  octets.insert(octets.end(), options.begin(), options.end());
  octets.push_back(dhcp::option::kEnd);
  octets.resize(std::max(octets.size(), dhcp::kMinMessageBytes));
  return octets;
}

Bytes packet_of(const dhcp::UdpEndpoints& endpoints, const Bytes& payload) {
  Bytes packet(dhcp::kDatagramHeaderBytes + payload.size());
  dhcp::write_datagram(endpoints, payload, packet);
  return packet;
}

}  // namespace

Bytes discover_packet() {
  // The options of common clients: a client identifier, and a parameter request list.
  const Bytes options = {61, 7, 1, 2, 0, 0, 0, 0, 1, 55, 6, 1, 3, 6, 15, 26, 28};
  return packet_of({{}, kDhcpClientPort, Ipv4Address(255, 255, 255, 255), kDhcpServerPort},
                   message(false, options));
}

Bytes offer_packet(const Ipv6Address& subscriber) {
  dhcp::Option82Builder option82;
  option82.add(dhcp::suboption::kRemoteId, subscriber.octets());
  Bytes options = {54, 4, 198, 51, 100, 1, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0};
  const auto octets = option82.octets();
  options.insert(options.end(), octets.begin(), octets.end());
  return packet_of({kDhcpServer, kDhcpServerPort, kDhcpRelay, kDhcpServerPort}, message(true, options));
}

}  // namespace softwire::bench
