// SPDX-License-Identifier: BSD-3-Clause
// Tests how the frames of a port are spread over workers, by what the driver says that it can do.
#include <rte_ethdev.h>

#include <gtest/gtest.h>

#include "dataplane/ports/queue_plan.h"

namespace softwire::dataplane {
namespace {

constexpr std::uint64_t kIpv4L4 =
    RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV4_OTHER;
constexpr std::uint64_t kIpv6L4 =
    RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_NONFRAG_IPV6_OTHER;
constexpr std::uint64_t kFragments = RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_FRAG_IPV6;

rte_eth_dev_info card(std::uint64_t hashed, std::uint16_t receive = 8, std::uint16_t transmit = 8) {
  rte_eth_dev_info info{};
  info.max_rx_queues = receive;
  info.max_tx_queues = transmit;
  info.flow_type_rss_offloads = hashed;
  return info;
}

TEST(QueuePlan, OneWorkerNeedsNoHash) {
  const QueuePlan plan = plan_queues(card(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6), {.workers = 1});
  EXPECT_EQ(plan.spread, Spread::kOneWorker);
  EXPECT_EQ(plan.receive_queues, 1);
  EXPECT_EQ(plan.transmit_queues, 1);
  EXPECT_EQ(plan.hashed, 0U);
}

TEST(QueuePlan, AsksForAddressesAlone) {
  const std::uint64_t all = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6 | kFragments | kIpv4L4 | kIpv6L4;
  const QueuePlan plan = plan_queues(card(all), {.workers = 4});
  EXPECT_EQ(plan.spread, Spread::kCard);
  EXPECT_EQ(plan.hashed, RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6 | kFragments);
  EXPECT_EQ(plan.receive_queues, 4);
  EXPECT_EQ(plan.transmit_queues, 4);
}

// i40e knows no hash of all IPv4 packets: TCP, UDP, others and fragments are kinds of their own.
TEST(QueuePlan, AsksForEveryKindWhereTheCardDistinguishesThem) {
  const std::uint64_t all = kFragments | kIpv4L4 | kIpv6L4 | RTE_ETH_RSS_NONFRAG_IPV4_SCTP;
  const QueuePlan plan = plan_queues(card(all | RTE_ETH_RSS_L2_PAYLOAD), {.workers = 2});
  EXPECT_EQ(plan.spread, Spread::kCard);
  EXPECT_EQ(plan.hashed, all);
}

// ena hashes TCP and UDP only: all softwires would reach one queue.
TEST(QueuePlan, WorkersShareWhenTheCardLeavesAKindOut) {
  const std::uint64_t tcp_udp = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                                RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
  const QueuePlan plan = plan_queues(card(tcp_udp), {.workers = 2});
  EXPECT_EQ(plan.spread, Spread::kWorkers);
  EXPECT_EQ(plan.hashed, 0U);
  EXPECT_EQ(plan.receive_queues, 1);
  EXPECT_EQ(plan.transmit_queues, 2);
}

TEST(QueuePlan, OnlyTheVersionsThatThePortReceivesCount) {
  const QueueNeeds ipv4{.workers = 2, .ipv4 = true, .ipv6 = false};
  EXPECT_EQ(plan_queues(card(RTE_ETH_RSS_IPV4), ipv4).spread, Spread::kCard);
  EXPECT_EQ(plan_queues(card(RTE_ETH_RSS_IPV4), {.workers = 2}).spread, Spread::kWorkers);
}

// e1000e and memif: no hash.
TEST(QueuePlan, WorkersShareWithoutAHash) {
  EXPECT_EQ(plan_queues(card(0), {.workers = 2}).spread, Spread::kWorkers);
}

TEST(QueuePlan, WorkersShareWhenQueuesAreTooFew) {
  const std::uint64_t hashed = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
  const QueuePlan receive = plan_queues(card(hashed, 2, 8), {.workers = 4});
  EXPECT_EQ(receive.spread, Spread::kWorkers);
  EXPECT_EQ(receive.receive_queues, 1);
  EXPECT_EQ(receive.transmit_queues, 4);
  const QueuePlan transmit = plan_queues(card(hashed, 8, 2), {.workers = 4});
  EXPECT_EQ(transmit.spread, Spread::kWorkers);
  EXPECT_EQ(transmit.receive_queues, 1);
  EXPECT_EQ(transmit.transmit_queues, 1);
}

// The host of a virtio device fills as many receive queues as there are queues in either direction.
TEST(QueuePlan, PairsOfQueuesHaveNoReceiveQueueThatNobodyReads) {
  const QueuePlan plan = plan_queues(card(0), {.workers = 2, .queue_pairs = true});
  EXPECT_EQ(plan.spread, Spread::kWorkers);
  EXPECT_EQ(plan.receive_queues, 1);
  EXPECT_EQ(plan.transmit_queues, 1);
  const QueuePlan hashed =
      plan_queues(card(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6), {.workers = 2, .queue_pairs = true});
  EXPECT_EQ(hashed.receive_queues, 2);
  EXPECT_EQ(hashed.transmit_queues, 2);
}

TEST(QueuePlan, WorkersShareWhereTheConfigurationSaysSo) {
  const std::uint64_t hashed = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
  const QueuePlan plan = plan_queues(card(hashed), {.workers = 2, .wanted = WantedSpread::kWorkers});
  EXPECT_EQ(plan.spread, Spread::kWorkers);
  EXPECT_EQ(plan.receive_queues, 1);
  EXPECT_EQ(plan.hashed, 0U);
  EXPECT_EQ(plan_queues(card(hashed), {.workers = 1, .wanted = WantedSpread::kWorkers}).spread,
            Spread::kOneWorker);
}

TEST(QueuePlan, TheKernelSpreadsOverTheQueuesThatAreOpened) {
  const QueuePlan plan = plan_queues(card(0, 2, 2), {.workers = 2, .kernel_spreads = true});
  EXPECT_EQ(plan.spread, Spread::kKernel);
  EXPECT_EQ(plan.receive_queues, 2);
}

}  // namespace
}  // namespace softwire::dataplane
