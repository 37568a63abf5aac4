// SPDX-License-Identifier: BSD-3-Clause
// Tests ARP and Neighbor Discovery messages, and the packets that wait for a gateway.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "dataplane/gateway/waiting_queue.h"
#include "dataplane/neighbor/neighbor_message.h"
#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "softwire/derived_address.h"
#include "tests/support/engine_harness.h"

namespace softwire::dataplane {
namespace {

using testing::Octets;

const MacAddress kOurs({0x02, 0, 0, 0, 0, 0x06});
const MacAddress kTheirs({0x02, 0, 0, 0, 1, 0x06});
const Ipv6Address kHub = *parse_ipv6("2001:db8:6::1");
const Ipv6Address kRouter = *parse_ipv6("fe80::1234:5678");

template <typename Packet>
Octets octets_of(const Packet& packet) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(&packet);
  return {octets, octets + sizeof packet};
}

TEST(DerivedAddress, SolicitedNodeGroupOfRfc4291Section271) {
  EXPECT_EQ(solicited_node_group(*parse_ipv6("4037::01:800:200e:8c6c")), *parse_ipv6("ff02::1:ff0e:8c6c"));
  EXPECT_EQ(solicited_node_group(kHub), *parse_ipv6("ff02::1:ff00:1"));
}

TEST(DerivedAddress, MulticastMacOfRfc2464Section7) {
  EXPECT_EQ(multicast_mac(*parse_ipv6("ff02::1:ff0e:8c6c")), *parse_mac("33:33:ff:0e:8c:6c"));
  EXPECT_EQ(multicast_mac(kAllNodes), *parse_mac("33:33:00:00:00:01"));
}

TEST(DerivedAddress, LinkLocalOfRfc2464Section4) {
  EXPECT_EQ(link_local_address(*parse_mac("34:56:78:9a:bc:de")), *parse_ipv6("fe80::3656:78ff:fe9a:bcde"));
  EXPECT_EQ(link_local_address(kOurs), *parse_ipv6("fe80::ff:fe00:6"));
}

Octets arp_octets() {
  return octets_of(make_arp(ArpPacket::kRequest, kTheirs, Ipv4Address(198, 51, 100, 254), {},
                            Ipv4Address(198, 51, 100, 1)));
}

TEST(Arp, ReadsWhatItWrites) {
  const auto arp = read_arp(arp_octets());
  ASSERT_TRUE(arp);
  EXPECT_TRUE(arp->is_request);
  EXPECT_EQ(arp->sender_mac, kTheirs);
  EXPECT_EQ(arp->sender, Ipv4Address(198, 51, 100, 254));
  EXPECT_EQ(arp->target, Ipv4Address(198, 51, 100, 1));
}

// RFC 826: hardware type, protocol type, both lengths, operation. RFC 1812 3.3.2: senders.
TEST(Arp, RefusesWhatNoStationSends) {
  const Octets whole = arp_octets();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(read_arp(std::span(whole).first(length))) << length;
  }
  const std::vector<std::pair<std::size_t, std::vector<std::uint8_t>>> damages = {
      {1, {6}},          {3, {0xdd}},
      {4, {8}},          {5, {16}},
      {7, {3}},          {7, {0}},
      {8, {3, 0, 0, 0}}, {8, {0, 0, 0, 0, 0, 0}},
      {14, {224, 0}},    {14, {255, 255, 255, 255}},
      {14, {127, 0}}};
  for (const auto& [at, octets] : damages) {
    Octets arp = arp_octets();
    std::copy(octets.begin(), octets.end(), arp.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_FALSE(read_arp(arp)) << at;
  }
  Octets probe = arp_octets();
  std::fill_n(probe.begin() + 14, 4, std::uint8_t{0});
  ASSERT_TRUE(read_arp(probe));
  EXPECT_TRUE(read_arp(probe)->sender.is_unspecified());
}

std::optional<NdMessage> read(const NdPacket& packet) {
  const Octets octets = octets_of(packet);
  return read_nd(packet.ipv6, std::span(octets).subspan(sizeof packet.ipv6));
}

// Returns the message after a change, with a correct checksum.
std::optional<NdMessage> read_changed(NdPacket packet, const std::function<void(NdPacket&)>& change) {
  change(packet);
  constexpr std::uint16_t kBytes = sizeof packet.message + sizeof packet.option;
  packet.message.checksum = be16();
  packet.message.checksum =
      checksum({reinterpret_cast<const std::uint8_t*>(&packet.message), kBytes},
               pseudo_header_sum(packet.ipv6.source, packet.ipv6.destination, ip_protocol::kIcmpv6, kBytes));
  return read(packet);
}

const NdPacket kSolicitation = make_solicitation(kRouter, solicited_node_group(kHub), kHub, kTheirs);
const NdPacket kAdvertisement =
    make_advertisement(kHub, kRouter, NeighborMessage::kSolicited | NeighborMessage::kOverride, kTheirs);

TEST(NeighborDiscovery, ReadsWhatItWrites) {
  const auto solicitation = read(kSolicitation);
  ASSERT_TRUE(solicitation);
  EXPECT_TRUE(solicitation->is_solicitation);
  EXPECT_EQ(solicitation->target, kHub);
  EXPECT_EQ(solicitation->mac, kTheirs);
  const auto advertisement = read(kAdvertisement);
  ASSERT_TRUE(advertisement);
  EXPECT_FALSE(advertisement->is_solicitation);
  EXPECT_EQ(advertisement->target, kRouter);
  EXPECT_EQ(advertisement->flags, NeighborMessage::kSolicited | NeighborMessage::kOverride);
  EXPECT_EQ(advertisement->mac, kTheirs);
}

// RFC 4861 7.1.1 and 7.1.2.
TEST(NeighborDiscovery, RefusesWhatMustBeDiscarded) {
  for (const NdPacket& packet : {kSolicitation, kAdvertisement}) {
    EXPECT_TRUE(read_changed(packet, [](NdPacket&) {}));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.ipv6.hop_limit = 254; }));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.message.code = 1; }));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.message.target = kAllNodes; }));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.option.length = 0; }));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.option.length = 2; }));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.ipv6.source = kAllNodes; }));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.option.mac = MacAddress(); }));
    EXPECT_FALSE(read_changed(packet, [](NdPacket& p) { p.option.mac = multicast_mac(kAllNodes); }));
    NdPacket damaged = packet;
    damaged.message.checksum = be16(static_cast<std::uint16_t>(packet.message.checksum.value() ^ 1));
    EXPECT_FALSE(read(damaged));
  }
  // From ::, only to the group and without an option.
  EXPECT_FALSE(read_changed(kSolicitation, [](NdPacket& p) { p.ipv6.source = {}; }));
  const auto probe = [](NdPacket& p) {
    p.ipv6.source = {};
    p.option.type = 14;  // a nonce (RFC 3971), which is skipped
  };
  EXPECT_TRUE(read_changed(kSolicitation, probe));
  EXPECT_FALSE(read_changed(kSolicitation, [&](NdPacket& p) {
    probe(p);
    p.ipv6.destination = kHub;
  }));
  EXPECT_FALSE(read_changed(kAdvertisement, [](NdPacket& p) { p.ipv6.destination = kAllNodes; }));
  EXPECT_TRUE(read_changed(kAdvertisement, [](NdPacket& p) {
    p.ipv6.destination = kAllNodes;
    p.message.flags = be32(NeighborMessage::kOverride);
  }));
}

// An option that ends beyond the message, or only one octet of an option (RFC 4861 4.6).
TEST(NeighborDiscovery, OptionsEndWithTheMessage) {
  for (const std::size_t extra : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{8}}) {
    Octets message(sizeof(NeighborMessage) + extra);
    NeighborMessage header;
    header.type = NeighborMessage::kSolicitation;
    header.target = kHub;
    std::memcpy(message.data(), static_cast<const void*>(&header), sizeof header);
    if (extra > 1) message[sizeof header + 1] = 1;
    Ipv6Header ipv6;
    ipv6.hop_limit = 255;
    ipv6.source = kRouter;
    ipv6.destination = kHub;
    const be16 sum = checksum(message, pseudo_header_sum(kRouter, kHub, ip_protocol::kIcmpv6,
                                                         static_cast<std::uint16_t>(message.size())));
    std::memcpy(&message[2], static_cast<const void*>(&sum), sizeof sum);
    EXPECT_EQ(read_nd(ipv6, message).has_value(), extra == 0 || extra == 8) << extra;
  }
}

TEST(WaitingQueue, FirstInFirstOutWithinItsBounds) {
  const unsigned free_before = rte_mempool_avail_count(&testing::pool());
  {
    WaitingQueue queue;
    for (unsigned turn = 0; turn < 3; ++turn) {
      for (std::uint32_t i = 0; i < WaitingQueue::kPackets; ++i) {
        Mbuf* frame = testing::make_frame(Octets(60));
        ASSERT_TRUE(queue.has_room_for(*frame));
        queue.push({frame, i, Outcome::kEncapsulated, Side::kIpv4});
      }
      Mbuf* more = testing::make_frame(Octets(60));
      EXPECT_FALSE(queue.has_room_for(*more));
      rte_pktmbuf_free(more);
      EXPECT_EQ(queue.buffers(), WaitingQueue::kPackets);
      for (std::uint32_t i = 0; i < WaitingQueue::kPackets - 7 * turn; ++i) {
        const WaitingPacket packet = queue.pop();
        EXPECT_EQ(packet.frame_bytes, i);
        rte_pktmbuf_free(packet.frame);
      }
      while (!queue.is_empty()) rte_pktmbuf_free(queue.pop().frame);
    }
    // Fewer long packets fit.
    std::uint32_t packets = 0;
    Mbuf* frame = testing::make_frame(Octets(9000), 1500);
    for (; queue.has_room_for(*frame); frame = testing::make_frame(Octets(9000), 1500)) {
      queue.push({frame, 9000, Outcome::kEncapsulated, Side::kIpv4});
      ++packets;
    }
    rte_pktmbuf_free(frame);
    EXPECT_EQ(packets, WaitingQueue::kBuffers / 6);
  }
  EXPECT_EQ(rte_mempool_avail_count(&testing::pool()), free_before);
}

}  // namespace
}  // namespace softwire::dataplane
