// SPDX-License-Identifier: BSD-3-Clause
// ARP and Neighbor Discovery. Any octets are parsed as RFC 826 and RFC 4861 allow. An engine that resolves
// its gateways survives any conversation, loses no buffer, and sends each station at most one request per
// second. Input: steps of one frame each. Octet 0: bit 0 is the side; bit 1: the octets are a message that
// gets headers and a correct checksum; bit 2: the message is sent to a group. Octet 1: tenths of a second
// that pass. Octet 2: length of the message, which follows.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "dataplane/neighbor/neighbor_message.h"
#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "softwire/derived_address.h"
#include "tests/fuzz/require.h"
#include "tests/support/engine_harness.h"

namespace softwire {
namespace {

using fuzz::require;
using testing::Octets;

const MacAddress kMac({2, 0, 0, 0, 0, 4});
const MacAddress kTheirs({2, 0, 0, 0, 1, 4});
const Ipv6Address kOwn = *parse_ipv6("2001:db8:6::1");
const Ipv6Address kRouter = *parse_ipv6("2001:db8:6::fe");
const Ipv4Address kWhole(192, 0, 2, 9);
const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
const Ipv6Address kB4 = *parse_ipv6("2001:db8:1::9");

dataplane::Policy policy() {
  dataplane::Policy result;
  result.ipv4.mac = result.ipv6.mac = kMac;
  result.ipv4_address = Ipv4Address(198, 51, 100, 1);
  result.ipv4_gateway = Ipv4Address(198, 51, 100, 254);
  result.ipv6_address = kOwn;
  result.ipv6_gateway = kRouter;
  result.proxy_arp = true;
  result.ipv4.reassembly.datagrams = result.ipv6.reassembly.datagrams = 4;
  return result;
}

bool is_station(const MacAddress& mac) {
  return mac.is_set() && !mac.is_multicast();
}

void check_arp(std::span<const std::uint8_t> octets) {
  const auto arp = dataplane::read_arp(octets);
  if (!arp) return;
  require(octets.size() >= sizeof(ArpPacket) && is_station(arp->sender_mac));
  const ArpPacket again = dataplane::make_arp(arp->is_request ? ArpPacket::kRequest : ArpPacket::kReply,
                                              arp->sender_mac, arp->sender, {}, arp->target);
  require(std::memcmp(&again, octets.data(), offsetof(ArpPacket, target_mac)) == 0);
}

void check_nd(const Ipv6Header& ipv6, std::span<const std::uint8_t> octets) {
  const auto nd = dataplane::read_nd(ipv6, octets);
  if (!nd) return;
  require(octets.size() >= sizeof(NeighborMessage) && octets[1] == 0 && ipv6.hop_limit == 255);
  require(!nd->target.is_multicast() && !ipv6.source.is_multicast());
  require(!nd->mac || is_station(*nd->mac));
  require(!nd->mac || !nd->is_solicitation || !ipv6.source.is_unspecified());
}

// Makes an ICMPv6 message to the hub from the octets, with a correct checksum.
Octets nd_packet(Octets message, bool to_group) {
  const Ipv6Address source = message.size() % 8 == 1 ? Ipv6Address() : kRouter;
  const Ipv6Address destination = to_group ? solicited_node_group(kOwn) : kOwn;
  if (message.size() >= 4) {
    message[2] = message[3] = 0;
    const be16 sum = checksum(message, pseudo_header_sum(source, destination, ip_protocol::kIcmpv6,
                                                         static_cast<std::uint16_t>(message.size())));
    std::memcpy(&message[2], static_cast<const void*>(&sum), sizeof sum);
  }
  testing::Ipv6Fields fields{.source = source, .destination = destination, .hop_limit = 255};
  fields.next_header = ip_protocol::kIcmpv6;
  return testing::ipv6_packet(fields, message);
}

Octets frame_of(Side side, unsigned options, const Octets& message) {
  if ((options & 2) == 0) return message;
  const bool to_group = (options & 4) != 0;
  if (side == Side::kIpv4) {
    return testing::ethernet_frame({to_group ? MacAddress::broadcast() : kMac, kTheirs}, ether_type::kArp,
                                   message);
  }
  const Octets packet = nd_packet(message, to_group);
  check_nd(*reinterpret_cast<const Ipv6Header*>(packet.data()),
           std::span(packet).subspan(sizeof(Ipv6Header)));
  return testing::ethernet_frame({to_group ? multicast_mac(solicited_node_group(kOwn)) : kMac, kTheirs},
                                 ether_type::kIpv6, packet);
}

// Packets in both directions, so that some wait.
const Octets& data_of(Side side) {
  static const Octets down = testing::ethernet_frame(
      {kMac, kTheirs}, ether_type::kIpv4,
      testing::ipv4_packet({.source = Ipv4Address(203, 0, 113, 7), .destination = kWhole}));
  static const Octets up = testing::ethernet_frame(
      {kMac, kTheirs}, ether_type::kIpv6,
      testing::ipv6_packet(
          {.source = kB4, .destination = kBr},
          testing::ipv4_packet({.source = kWhole, .destination = Ipv4Address(203, 0, 113, 7)})));
  return side == Side::kIpv4 ? down : up;
}

}  // namespace
}  // namespace softwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire;
  static testing::EngineHarness hub(policy(), {{kWhole, {}, kB4, kBr}});
  // Resets the state of earlier inputs: the gateways become unknown, and no packet waits.
  using dataplane::Gateway;
  for (const auto& later : {Gateway::kReachable, Gateway::kRetransmit, Gateway::kRetransmit,
                            Gateway::kRetransmit, Gateway::kRound, Gateway::kRound}) {
    hub.now += later;
    hub.poll();
  }
  require(hub.engine().counters().held == 0);
  const Instant start = hub.now;
  std::uint64_t frames = 0;
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;
  const auto count = [&](const testing::EngineHarness::Run& result) {
    asked += result.outcomes[Outcome::kArpRequest] + result.outcomes[Outcome::kNdSolicitation];
    answered += result.outcomes[Outcome::kArpReply] + result.outcomes[Outcome::kNdAdvertisement];
    for (const auto* sent : {&result.ipv4, &result.ipv6}) {
      for (const Octets& frame : *sent) {
        require(
            std::any_of(frame.begin(), frame.begin() + sizeof(MacAddress), [](auto o) { return o != 0; }));
      }
    }
  };
  while (size >= 3) {
    const unsigned options = data[0];
    hub.now += std::chrono::milliseconds(100) * data[1];
    const std::size_t length = std::min<std::size_t>(data[2], size - 3);
    const Octets message(data + 3, data + 3 + length);
    data += 3 + length;
    size -= 3 + length;
    check_arp(message);
    const Side side = (options & 1) != 0 ? Side::kIpv6 : Side::kIpv4;
    const std::vector<Octets> burst{data_of(side), frame_of(side, options, message), data_of(side)};
    count(hub.run(side, burst, 3));
    frames += burst.size();
  }
  count(hub.poll());
  require(answered <= frames);
  // On each side the gateway, the one that it replaces, and a candidate.
  require(asked <= 6 * static_cast<std::uint64_t>((hub.now - start) / Gateway::kRetransmit + 1));
  require(hub.engine().counters().held <= std::size_t{2} * dataplane::WaitingQueue::kPackets);
  return 0;
}
