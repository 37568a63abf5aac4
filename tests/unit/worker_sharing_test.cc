// SPDX-License-Identifier: BSD-3-Clause
// Tests two workers on ports that have one queue for both. The ports are rings: a frame sent on one is
// received on it again.
#include <rte_ethdev.h>  // first: it calls what packet/mbuf.h makes an error
//
#include <gtest/gtest.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "controlplane/config/load_config.h"
#include "controlplane/runtime/hub.h"
#include "dataplane/packet/handover.h"
#include "dataplane/ports/port.h"
#include "dataplane/ports/worker.h"
#include "tests/support/engine_harness.h"
#include "tests/support/hub_config.h"

namespace softwire {
namespace {

using controlplane::Hub;
using dataplane::EthernetPort;
using dataplane::Spread;
using dataplane::Worker;
using testing::Octets;

constexpr unsigned kWorkers = 2;
constexpr std::uint64_t kFlows = 64;

// Makes a device with one queue, whose frames return to it.
EthernetPort make_port(const std::string& name, const MacAddress& mac, unsigned owner) {
  rte_ring* ring = rte_ring_create(name.c_str(), 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  EXPECT_GE(rte_eth_from_rings(name.c_str(), &ring, 1, &ring, 1, 0), 0);
  const std::string device = "net_ring_" + name;
  auto port = EthernetPort::start(
      {.device = device, .mtu = 1500, .mac = mac, .workers = kWorkers, .owner = owner, .seed = 5},
      testing::pool());
  EXPECT_TRUE(port.ok()) << port.error().text;
  return std::move(*port);
}

class SharedPorts : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::pool();
    ipv4_ = std::make_unique<EthernetPort>(make_port("shared4", MacAddress({2, 0, 0, 0, 0, 4}), 0));
    ipv6_ = std::make_unique<EthernetPort>(make_port("shared6", MacAddress({2, 0, 0, 0, 0, 6}), 1));
    const std::string softwires = ::testing::TempDir() + "sharing-" + std::to_string(getpid()) + ".conf";
    std::ofstream(softwires)
        << "binding ipv4 192.0.2.1 psid-len 6 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1\n";
    auto config = controlplane::parse_config(testing::kHubSides, "test.conf", {"--softwires", softwires});
    ASSERT_TRUE(config.ok()) << config.error().text;
    auto hub =
        Hub::create(*config, testing::pool(), {.accept_any_mac = false, .seed = 1, .workers = kWorkers});
    ASSERT_TRUE(hub.ok()) << hub.error().text;
    hub_ = std::move(*hub);
    for (unsigned number = 0; number < kWorkers; ++number) {
      const Hub::WorkerParts parts = hub_->worker(number);
      workers_.push_back(std::make_unique<Worker>(Worker::Setup{.pipeline = parts.pipeline,
                                                                .counters = parts.counters,
                                                                .snapshots = hub_->snapshots(),
                                                                .reclaimer = hub_->reclaimer(),
                                                                .number = number,
                                                                .ipv4 = ipv4_->queue(number),
                                                                .ipv6 = ipv6_->queue(number)}));
    }
    for (const auto& worker : workers_) threads_.emplace_back([this, &worker] { worker->run(stop_); });
  }
  void TearDown() override { stop(); }
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  // Puts a frame on the wire of the IPv4 port, on which no worker sends.
  void put(const Octets& frame) const {
    dataplane::Mbuf* mbuf = testing::make_frame(frame);
    dataplane::give_away(mbuf);
    const std::uint16_t port = ipv4_->queue(0).gate->port();
    while (rte_eth_tx_burst(port, 0, &mbuf, 1) == 0) std::this_thread::yield();
  }
  [[nodiscard]] std::uint64_t counter(const std::string& name) const {
    const auto counters = hub_->counters();
    const auto found = std::ranges::find(counters, name, &std::pair<std::string, std::uint64_t>::first);
    return found == counters.end() ? 0 : found->second;
  }

  std::unique_ptr<EthernetPort> ipv4_;
  std::unique_ptr<EthernetPort> ipv6_;
  std::unique_ptr<Hub> hub_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_ = false;
};

// A packet of the flow of this Internet host, with its number in the first octets of its payload.
Octets packet_of(unsigned flow, unsigned number) {
  const testing::Ipv4Fields fields{.source = Ipv4Address(203, 0, 113, static_cast<std::uint8_t>(flow)),
                                   .destination = Ipv4Address(192, 0, 2, 1),
                                   .source_port = 80,
                                   .destination_port = 1024};
  Octets packet = testing::ipv4_packet(fields);
  packet[26] = packet[27] = 0;  // no UDP checksum
  packet[28] = static_cast<std::uint8_t>(number >> 8);
  packet[29] = static_cast<std::uint8_t>(number);
  return testing::ethernet_frame({MacAddress({2, 0, 0, 0, 0, 4}), MacAddress({2, 0, 0, 0, 1, 4})},
                                 ether_type::kIpv4, packet);
}

TEST_F(SharedPorts, ShareTheLoadAndKeepTheOrderOfEachFlow) {
  ASSERT_EQ(ipv4_->spread(), Spread::kWorkers);
  ASSERT_EQ(ipv6_->spread(), Spread::kWorkers);
  std::map<unsigned, unsigned> last;  // by flow
  unsigned seen = 0;
  // What was sent on the IPv6 side returns there, addressed to another station.
  const auto capture =
      hub_->drop_capture().start({.outcomes = {Outcome::kForeignMac}, .filter = "", .side = {}},
                                 [&](const controlplane::CapturedDrop& drop) {
                                   const Octets octets(drop.octets.begin(), drop.octets.end());
                                   constexpr std::size_t kInner = sizeof(EthernetHeader) + sizeof(Ipv6Header);
                                   ASSERT_GT(octets.size(), kInner + 30);
                                   const unsigned flow = octets[kInner + 15];
                                   const unsigned number = octets[kInner + 28] << 8U | octets[kInner + 29];
                                   EXPECT_GT(number, last[flow]) << flow;
                                   last[flow] = number;
                                   ++seen;
                                 });
  ASSERT_TRUE(capture.ok());
  constexpr unsigned kRounds = 100;
  for (unsigned number = 1; number <= kRounds; ++number) {
    for (unsigned flow = 0; flow < kFlows; ++flow) put(packet_of(flow, number));
    hub_->serve();
  }
  // Every frame was sent, or lost for want of room; every sent one returned, or was lost.
  const auto is_all_there = [this] {
    const auto& ipv4 = hub_->drops(Side::kIpv4);
    const auto& ipv6 = hub_->drops(Side::kIpv6);
    const std::uint64_t sent = counter("sent-encapsulated");
    return sent + ipv4.worker_full == kFlows * kRounds &&
           counter("drop-foreign-mac") + ipv6.worker_full + ipv6.ring_full == sent;
  };
  for (int i = 0; i < 60'000 && !is_all_there(); ++i) {
    hub_->serve();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  stop();
  while (hub_->serve() != 0) {
  }
  EXPECT_TRUE(is_all_there()) << counter("sent-encapsulated") << " sent, "
                              << hub_->drops(Side::kIpv4).worker_full << " lost of IPv4, returned "
                              << counter("drop-foreign-mac") << ", lost of IPv6 "
                              << hub_->drops(Side::kIpv6).worker_full << " + "
                              << hub_->drops(Side::kIpv6).ring_full;
  EXPECT_GT(seen, kFlows);
  const std::uint64_t sent = counter("sent-encapsulated");
  for (unsigned number = 0; number < kWorkers; ++number) {
    const dataplane::Traffic received =
        hub_->worker(number).counters.read().engine.side(Side::kIpv4).received;
    EXPECT_GE(received.packets, (sent * 4) / 10) << number;
  }
  EXPECT_TRUE(hub_->counters_add_up());
}

}  // namespace
}  // namespace softwire
