// SPDX-License-Identifier: BSD-3-Clause
// Tests workers with ports, each on its own thread, together with the control plane. The ports are rings: a
// frame sent on one is received on it again.
#include <rte_ethdev.h>  // first: it calls what packet/mbuf.h makes an error
//
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "controlplane/config/load_config.h"
#include "controlplane/runtime/hub.h"
#include "dataplane/packet/handover.h"
#include "dataplane/ports/port.h"
#include "dataplane/ports/worker.h"
#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"
#include "tests/support/hub_config.h"

namespace softwire {
namespace {

using controlplane::Hub;
using dataplane::EthernetPort;
using dataplane::Worker;
using testing::Octets;

const std::string kText = testing::kHubSides + R"([dhcp-relay]
server = 198.51.100.67
server-rate = 1000000
rate = 1000000
subscriber-rate = 1000000
)";
const std::string kBinding = "binding ipv4 192.0.2.1 psid-len 6 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1\n";

// One setup for all tests, because the name of a port can be used only once.
EthernetPort& ring_port(const char* device, const MacAddress& mac) {
  static std::map<std::string, std::unique_ptr<EthernetPort>> ports;
  std::unique_ptr<EthernetPort>& port = ports[device];
  if (port == nullptr) {
    auto started =
        EthernetPort::start({.device = device, .mtu = 1500, .mac = mac, .workers = 1}, testing::pool());
    EXPECT_TRUE(started.ok()) << started.error().text;
    port = std::make_unique<EthernetPort>(std::move(*started));
  }
  return *port;
}

class OnPorts : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "worker-softwires-" + std::to_string(getpid()) + ".conf";
    testing::pool();
    ipv4_ = &ring_port("net_ring4", MacAddress({2, 0, 0, 0, 0, 4}));
    ipv6_ = &ring_port("net_ring6", MacAddress({2, 0, 0, 0, 0, 6}));
    start(ipv4_->queue(0), ipv6_->queue(0));
  }
  // Starts a hub and its worker on these queues.
  void start(const dataplane::PortQueue& ipv4, const dataplane::PortQueue& ipv6) {
    stop_ = false;
    auto hub =
        Hub::create(config(kBinding), testing::pool(), {.accept_any_mac = false, .seed = 1, .workers = 1});
    ASSERT_TRUE(hub.ok()) << hub.error().text;
    hub_ = std::move(*hub);
    const Hub::WorkerParts parts = hub_->worker(0);
    worker_ = std::make_unique<Worker>(Worker::Setup{.pipeline = parts.pipeline,
                                                     .counters = parts.counters,
                                                     .snapshots = hub_->snapshots(),
                                                     .reclaimer = hub_->reclaimer(),
                                                     .number = 0,
                                                     .ipv4 = ipv4,
                                                     .ipv6 = ipv6});
    thread_ = std::thread([this] { worker_->run(stop_); });
  }
  void TearDown() override {
    stop();
    std::remove(path_.c_str());
  }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  controlplane::Config config(const std::string& softwires) {
    std::ofstream(path_) << softwires;
    auto parsed = controlplane::parse_config(kText, "test.conf", {"--softwires", path_});
    EXPECT_TRUE(parsed.ok()) << parsed.error().text;
    return *parsed;
  }
  // Puts a frame on the wire of a port. Waits while it is full.
  static void put(const EthernetPort& port, const Octets& frame) {
    dataplane::Mbuf* mbuf = testing::make_frame(frame);
    const dataplane::PortQueue queue = port.queue(0);
    dataplane::give_away(mbuf);
    while (rte_eth_tx_burst(queue.gate->port(), queue.transmit, &mbuf, 1) == 0) std::this_thread::yield();
  }
  [[nodiscard]] std::uint64_t counter(const std::string& name) const {
    const auto counters = hub_->counters();
    const auto found = std::ranges::find(counters, name, &std::pair<std::string, std::uint64_t>::first);
    return found == counters.end() ? 0 : found->second;
  }
  // Waits for the condition. Returns false after a generous time limit.
  template <typename Condition>
  static bool wait_for(Condition condition) {
    for (int i = 0; i < 20000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return condition();
  }

  std::string path_;
  EthernetPort* ipv4_ = nullptr;
  EthernetPort* ipv6_ = nullptr;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Worker> worker_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

Octets data_frame() {
  return testing::ethernet_frame({MacAddress({2, 0, 0, 0, 0, 4}), MacAddress({2, 0, 0, 0, 1, 4})},
                                 ether_type::kIpv4,
                                 testing::ipv4_packet({.source = Ipv4Address(203, 0, 113, 80),
                                                       .destination = Ipv4Address(192, 0, 2, 1),
                                                       .source_port = 80,
                                                       .destination_port = 1024}));
}

// Returns a DHCPDISCOVER as it leaves the subscriber.
Octets discover_frame() {
  testing::Ipv4Fields fields{.source = {},
                             .destination = Ipv4Address(255, 255, 255, 255),
                             .source_port = 68,
                             .destination_port = 67};
  fields.payload_octets = 300;
  Octets packet = testing::ipv4_packet(fields);
  Octets message(300);
  message[0] = message[1] = 1;
  message[2] = 6;
  const Octets options = {0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255};
  std::copy(options.begin(), options.end(), message.begin() + 236);
  std::copy(message.begin(), message.end(), packet.begin() + 28);
  packet[26] = packet[27] = 0;  // no UDP checksum
  return testing::ethernet_frame(
      {MacAddress({2, 0, 0, 0, 0, 6}), MacAddress({2, 0, 0, 0, 1, 6})}, ether_type::kIpv6,
      testing::ipv6_packet(
          {.source = *parse_ipv6("2001:db8:1::1"), .destination = *parse_ipv6("2001:db8:ff::1")}, packet));
}

TEST_F(OnPorts, ForwardsWhatComesInAndDrainsAtTheEnd) {
  constexpr unsigned kFrames = 500;
  for (unsigned i = 0; i < kFrames; ++i) put(*ipv4_, data_frame());
  stop();
  EXPECT_EQ(counter("sent-encapsulated"), kFrames);
  // The sent frame returned on the same ring. It is addressed to the gateway.
  EXPECT_EQ(counter("drop-foreign-mac"), kFrames);
  EXPECT_TRUE(hub_->counters_add_up());
  EXPECT_EQ(hub_->drops(Side::kIpv6).ring_full, 0U);
}

TEST_F(OnPorts, TellsHowBusyItIs) {
  constexpr std::uint64_t kFrames = 500;
  for (std::uint64_t i = 0; i < kFrames; ++i) put(*ipv4_, data_frame());
  // Each frame comes in, is encapsulated, and returns on the ring of the other port.
  const auto total = [&] { return hub_->load_of_worker(0).total; };
  ASSERT_TRUE(wait_for([&] { return total().frames == 2 * kFrames; }));
  const dataplane::Load load = total();
  EXPECT_GE(load.bursts, 2 * kFrames / dataplane::Pipeline::kMaxBurst);
  EXPECT_LE(load.bursts, 2 * kFrames);
  EXPECT_GT(load.busy_nanoseconds, 0U);
  EXPECT_GT(load.nanoseconds, load.busy_nanoseconds) << "it also waited";
  EXPECT_EQ(hub_->load_of_worker(0).queues[0], dataplane::QueueFill()) << "net_ring cannot tell";
}

TEST_F(OnPorts, WhatItHasDoneIsSeenWhenItHasEnded) {
  EXPECT_FALSE(worker_->has_ended());
  put(*ipv4_, data_frame());
  stop_ = true;
  EXPECT_TRUE(wait_for([&] { return worker_->has_ended(); }));
  EXPECT_EQ(counter("sent-encapsulated"), 1U);
}

// A link that is down takes nothing. Its frames are dropped at once, and not sent when it is up again.
TEST_F(OnPorts, WhatLeavesThroughALinkThatIsDownIsDropped) {
  constexpr unsigned kFrames = 100;
  ipv6_->queue(0).gate->set_link_down(true);
  for (unsigned i = 0; i < kFrames; ++i) put(*ipv4_, data_frame());
  EXPECT_TRUE(wait_for([&] { return hub_->drops(Side::kIpv6).link_down == kFrames; }));
  EXPECT_EQ(hub_->drops(Side::kIpv4).link_down, 0U);
  EXPECT_EQ(counter("drop-foreign-mac"), 0U) << "a frame was sent";
  EXPECT_TRUE(ipv6_->link().up);  // the one who looks at the link tells the worker
  for (unsigned i = 0; i < kFrames; ++i) put(*ipv4_, data_frame());
  EXPECT_TRUE(wait_for([&] { return counter("drop-foreign-mac") == kFrames; }));
  stop();
  EXPECT_EQ(hub_->drops(Side::kIpv6).link_down, kFrames);
  EXPECT_EQ(counter("sent-encapsulated"), 2 * kFrames);
}

// A port whose rings the test reads and writes. It counts the attempts to send.
class RingPort {
 public:
  explicit RingPort(const char* name)
      : receive_(
            rte_ring_create((std::string(name) + "-rx").c_str(), kSlots, 0, RING_F_SP_ENQ | RING_F_SC_DEQ)),
        transmit_(
            rte_ring_create((std::string(name) + "-tx").c_str(), kSlots, 0, RING_F_SP_ENQ | RING_F_SC_DEQ)) {
    const int port = rte_eth_from_rings(name, &receive_, 1, &transmit_, 1, 0);
    EXPECT_GE(port, 0);
    port_ = static_cast<std::uint16_t>(port);
    const rte_eth_conf conf{};
    EXPECT_EQ(rte_eth_dev_configure(port_, 1, 1, &conf), 0);
    EXPECT_EQ(rte_eth_rx_queue_setup(port_, 0, kSlots, 0, nullptr, &testing::pool()), 0);
    EXPECT_EQ(rte_eth_tx_queue_setup(port_, 0, kSlots, 0, nullptr), 0);
    EXPECT_EQ(rte_eth_dev_start(port_), 0);
    callback_ = rte_eth_add_tx_callback(port_, 0, &RingPort::count, this);
    EXPECT_NE(callback_, nullptr);
    gate_ = std::make_unique<dataplane::PortGate>(port_, 1);
  }
  ~RingPort() {
    rte_eth_remove_tx_callback(port_, 0, callback_);
    drain();
    rte_eth_dev_stop(port_);
  }
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  [[nodiscard]] dataplane::PortQueue queue() const { return {.gate = gate_.get()}; }
  [[nodiscard]] unsigned attempts() const { return attempts_; }
  // Takes one frame that was sent. Returns null when there is none.
  rte_mbuf* take() {
    void* frame = nullptr;
    return rte_ring_dequeue(transmit_, &frame) == 0 ? static_cast<rte_mbuf*>(frame) : nullptr;
  }
  // Takes all that was sent. Returns the number of frames.
  unsigned drain() {
    void* frame = nullptr;
    unsigned count = 0;
    for (; rte_ring_dequeue(transmit_, &frame) == 0; ++count) {
      rte_pktmbuf_free(static_cast<rte_mbuf*>(frame));
    }
    return count;
  }

  static constexpr unsigned kSlots = 64;

 private:
  static std::uint16_t count(std::uint16_t /*port*/, std::uint16_t /*queue*/, rte_mbuf* /*frames*/[],
                             std::uint16_t number, void* self) {
    static_cast<RingPort*>(self)->attempts_.fetch_add(1);
    return number;
  }

  rte_ring* receive_;
  rte_ring* transmit_;
  std::uint16_t port_ = 0;
  const rte_eth_rxtx_callback* callback_ = nullptr;
  std::unique_ptr<dataplane::PortGate> gate_;
  std::atomic<unsigned> attempts_ = 0;
};

// A ring that stays full is tried once a burst, so that it does not hold up the worker.
TEST_F(OnPorts, AFullTransmitRingIsTriedOnceABurst) {
  stop();
  RingPort stuck("stuck");
  start(ipv4_->queue(0), stuck.queue());
  const auto lost = [this] { return hub_->drops(Side::kIpv6).ring_full; };
  const auto send_until_lost = [&](std::uint64_t count) {
    for (unsigned i = 0; i < 10 * RingPort::kSlots && lost() < count; ++i) {
      const std::uint64_t before = counter("sent-encapsulated");
      put(*ipv4_, data_frame());
      EXPECT_TRUE(wait_for([&] { return counter("sent-encapsulated") == before + 1; }));
    }
    EXPECT_EQ(lost(), count);
  };
  send_until_lost(1);
  const unsigned attempts = stuck.attempts();
  send_until_lost(101);
  EXPECT_EQ(stuck.attempts(), attempts + 100);
  // When it takes frames again, it takes all of them.
  EXPECT_EQ(stuck.drain(), RingPort::kSlots - 1);
  for (unsigned i = 0; i < 10; ++i) put(*ipv4_, data_frame());
  unsigned taken = 0;
  EXPECT_TRUE(wait_for([&] { return (taken += stuck.drain()) == 10; }));
  stop();
  EXPECT_EQ(lost(), 101U);
}

// Some cards take only a few buffers for a frame.
TEST_F(OnPorts, WhatLiesInManyBuffersLeavesInOne) {
  stop();
  RingPort port("joined");
  start(ipv4_->queue(0), port.queue());
  Octets frame = data_frame();
  dataplane::Mbuf* mbuf = testing::make_frame(frame, 3);
  ASSERT_GT(mbuf->nb_segs, 16);
  const dataplane::PortQueue queue = ipv4_->queue(0);
  dataplane::give_away(mbuf);
  ASSERT_EQ(rte_eth_tx_burst(queue.gate->port(), queue.transmit, &mbuf, 1), 1);
  rte_mbuf* sent = nullptr;
  ASSERT_TRUE(wait_for([&] { return sent != nullptr || (sent = port.take()) != nullptr; }));
  dataplane::take_over(sent);
  EXPECT_EQ(sent->nb_segs, 1);
  const Octets octets = testing::octets_of(*sent);
  ASSERT_EQ(octets.size(), frame.size() + 40);
  EXPECT_TRUE(std::equal(frame.begin() + 14 + 20, frame.end(), octets.begin() + 14 + 40 + 20))
      << "the payload of the IPv4 packet is unchanged";
  rte_pktmbuf_free(sent);
  stop();
}

TEST_F(OnPorts, ReloadsUnderTrafficWithoutLoss) {
  std::atomic<bool> enough = false;
  unsigned sent = 0;
  std::thread sender([&] {
    for (; !enough || sent < 1000; ++sent) put(*ipv4_, data_frame());
  });
  constexpr unsigned kReloads = 50;
  for (unsigned i = 0; i < kReloads; ++i) {
    const std::string more = "binding ipv4 192.0.2." + std::to_string(100 + i) +
                             " b4 2001:db8:1::" + std::to_string(i + 1) +
                             " br 2001:db8:fe::" + std::to_string(i + 1) + "\n";
    const auto reloaded = hub_->reload(config(kBinding + more));
    ASSERT_TRUE(reloaded.ok()) << reloaded.error().text;
    EXPECT_EQ(counter("bindings"), 2U);
  }
  enough = true;
  sender.join();
  stop();
  EXPECT_EQ(counter("sent-encapsulated"), sent);
  EXPECT_TRUE(hub_->counters_add_up());
}

TEST_F(OnPorts, WorkerThatIsStoppedRightAfterAReloadDrainsByTheNewTable) {
  stop();
  const auto reloaded = hub_->reload(config("binding ipv4 192.0.2.2 b4 2001:db8:1::2 br 2001:db8:ff::1\n"));
  ASSERT_TRUE(reloaded.ok()) << reloaded.error().text;
  put(*ipv4_, data_frame());
  worker_->run(stop_);
  EXPECT_EQ(counter("drop-no-binding-destination"), 1U);
  EXPECT_TRUE(hub_->counters_add_up());
}

TEST_F(OnPorts, ReloadOfWhatIsWrongChangesNothing) {
  put(*ipv4_, data_frame());
  const auto reloaded = hub_->reload(config("binding ipv4 192.0.2.1 psid-len 6\n"));
  ASSERT_FALSE(reloaded.ok());
  EXPECT_THAT(reloaded.error().text, ::testing::HasSubstr(".conf:1: "));
  put(*ipv4_, data_frame());
  stop();
  EXPECT_EQ(counter("sent-encapsulated"), 2U);
}

TEST_F(OnPorts, MessagesAreRelayedByTheControlThread) {
  constexpr unsigned kMessages = 200;
  std::thread sender([&] {
    for (unsigned i = 0; i < kMessages; ++i) put(*ipv6_, discover_frame());
  });
  std::uint64_t handled = 0;
  EXPECT_TRUE(wait_for([&] { return (handled += hub_->serve()) == kMessages; })) << handled;
  sender.join();
  // The message to the server is sent on the ring of the IPv4 side, and returns there.
  EXPECT_TRUE(wait_for([&] { return counter("sent-injected-ipv4") == kMessages; }));
  stop();
  EXPECT_EQ(counter("dhcp-relayed"), kMessages);
  EXPECT_EQ(counter("drop-foreign-mac"), kMessages);
  EXPECT_TRUE(hub_->counters_add_up());
}

TEST_F(OnPorts, CapturesOfDropsStartAndStopUnderTraffic) {
  std::atomic<bool> enough = false;
  unsigned sent = 0;
  std::thread sender([&] {
    for (; !enough || sent < 1000; ++sent) put(*ipv4_, data_frame());
  });
  // A frame of the worker returns on the ring. It is addressed to another station.
  auto& capture = hub_->drop_capture();
  std::uint64_t seen = 0;
  std::uint64_t captured = 0;
  for (unsigned i = 0; i < 50; ++i) {
    const auto begun = std::chrono::system_clock::now() - std::chrono::minutes(1);
    const std::uint64_t before = seen;
    const auto id = capture.start({.outcomes = {Outcome::kForeignMac}, .filter = "ip6", .side = {}},
                                  [&](const controlplane::CapturedDrop& drop) {
                                    ++seen;
                                    EXPECT_EQ(drop.side, Side::kIpv6);
                                    EXPECT_EQ(drop.octets.size(), data_frame().size() + sizeof(Ipv6Header));
                                    EXPECT_GT(drop.at, begun);
                                    EXPECT_LE(drop.at, std::chrono::system_clock::now());
                                  });
    ASSERT_TRUE(id.ok());
    EXPECT_TRUE(wait_for([&] { return hub_->serve(), seen > before; }));
    captured += capture.stop(*id).captured;
  }
  EXPECT_EQ(captured, seen);
  enough = true;
  sender.join();
  stop();
  hub_->serve();
  EXPECT_EQ(captured, seen);  // no capture is running any more
  EXPECT_EQ(counter("sent-encapsulated"), sent);
  EXPECT_EQ(counter("drop-foreign-mac"), sent);
  EXPECT_TRUE(hub_->counters_add_up());
}

TEST(Counters, EveryCopyAddsUp) {
  dataplane::CounterPublisher publisher;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    dataplane::WorkerCounters counters;
    while (!stop) {
      ++counters.engine.generated;
      counters.engine.outcomes.add(Outcome::kArpRequest);
      counters.engine.side(Side::kIpv4).sent.add(60);
      publisher.publish(counters);
    }
  });
  std::uint64_t seen = 0;
  while (seen < 1000) {
    const dataplane::WorkerCounters copy = publisher.read();
    EXPECT_TRUE(copy.engine.add_up());
    EXPECT_GE(copy.engine.generated, seen);
    EXPECT_EQ(copy.engine.side(Side::kIpv4).sent.bytes, copy.engine.generated * 60);
    seen = copy.engine.generated;
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace softwire
