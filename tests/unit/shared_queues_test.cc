// SPDX-License-Identifier: BSD-3-Clause
// Tests how workers share the queues of a port.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "dataplane/packet/address_hash.h"
#include "dataplane/ports/shared_queues.h"
#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"

namespace softwire {
namespace {

using dataplane::Mbuf;
using dataplane::SharedQueues;
using testing::Octets;

constexpr unsigned kWorkers = 3;
constexpr unsigned kOwner = 1;

std::unique_ptr<SharedQueues> make_queues() {
  static unsigned number = 0;
  testing::pool();
  auto queues = SharedQueues::create({.name = "test" + std::to_string(number++),
                                      .workers = kWorkers,
                                      .owner = kOwner,
                                      .shares_transmit = true,
                                      .seed = 7});
  EXPECT_TRUE(queues.ok()) << queues.error().text;
  return std::move(*queues);
}

Octets frame_from(unsigned host, std::uint16_t identification, std::uint16_t fragment = 0) {
  Octets frame = testing::ethernet_frame(
      {}, ether_type::kIpv4,
      testing::ipv4_packet({.source = Ipv4Address(203, 0, 113, static_cast<std::uint8_t>(host)),
                            .destination = Ipv4Address(192, 0, 2, 1),
                            .source_port = 80,
                            .destination_port = 1024}));
  frame[18] = static_cast<std::uint8_t>(identification >> 8);
  frame[19] = static_cast<std::uint8_t>(identification);
  frame[20] = static_cast<std::uint8_t>(fragment >> 8);
  frame[21] = static_cast<std::uint8_t>(fragment);
  return frame;
}

// Returns source and identification of a frame of frame_from().
std::pair<unsigned, unsigned> flow_of(const Mbuf& frame) {
  const Octets octets = testing::octets_of(frame);
  return {octets[29], octets[18] << 8U | octets[19]};
}

TEST(SharedQueues, EveryWorkerHasItsFlowsInTheirOrder) {
  const auto queues = make_queues();
  constexpr unsigned kFlows = 48;
  constexpr unsigned kRounds = 20;
  std::map<unsigned, std::set<unsigned>> worker_of;  // by flow
  std::map<unsigned, unsigned> last;
  std::array<unsigned, kWorkers> frames{};
  const auto look_at = [&](unsigned worker, Mbuf* const* taken, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const auto [flow, number] = flow_of(*taken[i]);
      worker_of[flow].insert(worker);
      EXPECT_EQ(number, ++last[flow]) << flow;
      ++frames[worker];
      rte_pktmbuf_free(taken[i]);
    }
  };
  for (unsigned round = 1; round <= kRounds; ++round) {
    std::vector<Mbuf*> burst;
    for (unsigned flow = 0; flow < kFlows; ++flow) {
      burst.push_back(testing::make_frame(frame_from(flow, static_cast<std::uint16_t>(round))));
    }
    const SharedQueues::Shares shares = queues->share(burst);
    EXPECT_EQ(shares.lost, 0U);
    look_at(kOwner, burst.data(), shares.own);
    for (const unsigned worker : {0U, 2U}) {
      std::array<Mbuf*, SharedQueues::kBurst> taken;
      while (const unsigned count = queues->take(worker, taken.data())) look_at(worker, taken.data(), count);
    }
  }
  for (const auto& [flow, workers] : worker_of) EXPECT_EQ(workers.size(), 1U) << flow;
  EXPECT_EQ(frames[0] + frames[1] + frames[2], kFlows * kRounds);
  for (const unsigned count : frames) EXPECT_GT(count, kFlows * kRounds / 6);
}

TEST(SharedQueues, FramesBeyondTheRoomOfAWorkerAreLostAndCounted) {
  const auto queues = make_queues();
  unsigned lost = 0;
  unsigned own = 0;
  constexpr unsigned kBursts = 200;
  for (unsigned round = 0; round < kBursts; ++round) {
    std::vector<Mbuf*> burst;
    for (unsigned flow = 0; flow < 16; ++flow) burst.push_back(testing::make_frame(frame_from(flow, 1)));
    const SharedQueues::Shares shares = queues->share(burst);
    own += shares.own;
    lost += shares.lost;
    rte_pktmbuf_free_bulk(burst.data(), shares.own);
  }
  unsigned waiting = 0;
  for (const unsigned worker : {0U, 2U}) {
    unsigned of_worker = 0;
    std::array<Mbuf*, SharedQueues::kBurst> taken;
    while (const unsigned count = queues->take(worker, taken.data())) {
      of_worker += count;
      rte_pktmbuf_free_bulk(taken.data(), count);
    }
    EXPECT_LE(of_worker, SharedQueues::kRingFrames);
    waiting += of_worker;
  }
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(own + lost + waiting, kBursts * 16);
}

TEST(SharedQueues, TheOwnerSendsForOthersInTheirOrder) {
  const auto queues = make_queues();
  std::vector<Mbuf*> frames;
  for (std::uint16_t i = 1; i <= 100; ++i) frames.push_back(testing::make_frame(frame_from(1, i)));
  EXPECT_EQ(queues->give_to_send(2, frames.data(), 100), 100U);
  std::array<Mbuf*, SharedQueues::kBurst> taken;
  EXPECT_EQ(queues->take_to_send(0, taken.data()), 0U);
  unsigned next = 1;
  while (const unsigned count = queues->take_to_send(2, taken.data())) {
    for (unsigned i = 0; i < count; ++i) EXPECT_EQ(flow_of(*taken[i]).second, next++);
    rte_pktmbuf_free_bulk(taken.data(), count);
  }
  EXPECT_EQ(next, 101U);
}

TEST(SharedQueues, TheEndComesWhenTheOthersHaveSentAll) {
  const auto queues = make_queues();
  EXPECT_FALSE(queues->has_received_all());
  queues->end_receiving();
  EXPECT_TRUE(queues->has_received_all());
  queues->end_sending();
  EXPECT_FALSE(queues->have_others_sent_all());
  queues->end_sending();
  EXPECT_TRUE(queues->have_others_sent_all());
}

std::uint64_t hash_of(const Octets& frame, std::size_t segment_octets = 65535) {
  Mbuf* const mbuf = testing::make_frame(frame, segment_octets);
  const std::uint64_t hash = dataplane::address_hash(*mbuf, 7);
  rte_pktmbuf_free(mbuf);
  return hash;
}

TEST(AddressHash, FragmentsOfAPacketHaveTheHashOfTheWholePacket) {
  const std::uint64_t whole = hash_of(frame_from(1, 1));
  EXPECT_NE(whole, 0U);
  EXPECT_EQ(hash_of(frame_from(1, 2, 0x2000)), whole);
  EXPECT_EQ(hash_of(frame_from(1, 2, 0x0010)), whole);
  EXPECT_NE(hash_of(frame_from(2, 1)), whole);
}

TEST(AddressHash, LooksBehindAVlanTag) {
  const Octets frame = frame_from(1, 1);
  Octets tagged(frame.begin(), frame.begin() + 12);
  tagged.insert(tagged.end(), {0x81, 0x00, 0x00, 0x07});
  tagged.insert(tagged.end(), frame.begin() + 12, frame.end());
  EXPECT_EQ(hash_of(tagged), hash_of(frame));
}

TEST(AddressHash, OfASoftwireIsThatOfItsOuterAddresses) {
  const auto softwire = [](const char* b4, unsigned host) {
    const Octets inner =
        testing::ipv4_packet({.source = Ipv4Address(192, 0, 2, 1),
                              .destination = Ipv4Address(203, 0, 113, static_cast<std::uint8_t>(host)),
                              .source_port = 1024,
                              .destination_port = 80});
    return testing::ethernet_frame(
        {}, ether_type::kIpv6,
        testing::ipv6_packet({.source = *parse_ipv6(b4), .destination = *parse_ipv6("2001:db8:ff::1")},
                             inner));
  };
  EXPECT_EQ(hash_of(softwire("2001:db8:1::1", 1)), hash_of(softwire("2001:db8:1::1", 2)));
  EXPECT_NE(hash_of(softwire("2001:db8:1::1", 1)), hash_of(softwire("2001:db8:1::2", 1)));
}

TEST(AddressHash, OfFramesWithoutAWholeHeaderIsZero) {
  const Octets frame = frame_from(1, 1);
  for (std::size_t length = 1; length < 34; ++length) {
    EXPECT_EQ(hash_of(Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length))), 0U)
        << length;
  }
  EXPECT_EQ(hash_of(frame, 20), 0U);
  Octets arp = frame;
  arp[13] = 0x06;
  EXPECT_EQ(hash_of(arp), 0U);
}

}  // namespace
}  // namespace softwire
