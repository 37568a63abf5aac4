// SPDX-License-Identifier: BSD-3-Clause
// Three engines that share a publisher of gateway news, as the workers of a hub. Whatever reaches which of
// them, no packet is lost or counted twice, packets that waited leave or are dropped, and at the end all
// engines send to the same MAC address, or all wait for it. Input: frames of traffic.h, before each an octet
// that chooses the engine and how much time passes.
#include <array>
#include <memory>

#include "dataplane/gateway/gateway_publisher.h"
#include "softwire/wire.h"
#include "tests/fuzz/check_sent.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/traffic.h"
#include "tests/support/engine_harness.h"

namespace softwire::fuzz {
namespace {

using testing::EngineHarness;

constexpr unsigned kEngines = 3;

dataplane::Policy resolving() {
  dataplane::Policy result = policy(0);
  result.ipv4.gateway_mac = result.ipv6.gateway_mac = MacAddress();
  return result;
}

class Workers {
 public:
  Workers() {
    for (unsigned i = 0; i < kEngines; ++i) {
      engines_[i] = std::make_unique<EngineHarness>(resolving(), world().bindings, publisher_, i == 0);
    }
  }

  // Forgets the gateways: an engine forgets what it knows when a MAC address is configured.
  void forget() {
    std::destroy_at(&publisher_);
    std::construct_at(&publisher_);
    for (auto& engine : engines_) {
      engine->activate(policy(0), engine->table());
      engine->activate(resolving(), engine->table());
    }
  }
  // Lets time pass in the steps in which workers run their timers. The engine that probes tells the others,
  // and they may tell it.
  void pass(unsigned steps) {
    for (; steps != 0; --steps) {
      for (auto& engine : engines_) engine->now += std::chrono::milliseconds(100);
      for (auto& engine : engines_) (void)engine->poll();
    }
  }
  void receive(unsigned number, const Frame& frame) { (void)run_one(*engines_[number], frame); }

  // Returns where the engine sends a packet on the side: nothing if it waits.
  Octets destination(unsigned number, Side side) {
    static const Octets down =
        testing::ethernet_frame({kHubMac, kGatewayMac}, ether_type::kIpv4,
                                testing::ipv4_packet({.source = Ipv4Address(203, 0, 113, 7),
                                                      .destination = Ipv4Address(192, 0, 2, 9)}));
    static const Octets up = testing::ethernet_frame(
        {kHubMac, kGatewayMac}, ether_type::kIpv6,
        testing::ipv6_packet({.source = world().bindings[4].b4, .destination = world().bindings[4].br},
                             testing::ipv4_packet({.source = Ipv4Address(192, 0, 2, 9),
                                                   .destination = Ipv4Address(203, 0, 113, 7)})));
    const bool to_ipv4 = side == Side::kIpv4;
    const auto run = run_one(*engines_[number], {to_ipv4 ? Side::kIpv6 : Side::kIpv4, to_ipv4 ? up : down});
    const Outcome outcome = to_ipv4 ? Outcome::kDecapsulated : Outcome::kEncapsulated;
    if (run.outcomes[outcome] == 0) return {};
    const Octets& frame = (to_ipv4 ? run.ipv4 : run.ipv6).back();
    return {frame.begin(), frame.begin() + 6};
  }

  // Returns whether all engines send to the same station, or none sends, on both sides.
  bool agree() {
    for (const Side side : {Side::kIpv4, Side::kIpv6}) {
      const Octets first = destination(0, side);
      for (unsigned i = 1; i < kEngines; ++i) {
        if (destination(i, side) != first) return false;
      }
    }
    return true;
  }

  void finish() {
    // The last news may have made each engine probe. Each has heard of it at its own time, so that for a
    // moment one may still use what another has given up.
    pass(42);
    for (unsigned steps = 0; !agree(); ++steps) {
      require(steps < 10);
      pass(1);
    }
    for (auto& engine : engines_) {
      engine->now += std::chrono::seconds(60);
      (void)engine->poll();
      engine->now += std::chrono::seconds(60);
      (void)engine->poll();
      require(engine->engine().counters().held == 0 && engine->engine().held_buffers() == 0);
    }
    forget();
  }

 private:
  dataplane::GatewayPublisher publisher_;
  std::array<std::unique_ptr<EngineHarness>, kEngines> engines_;
};

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static Workers workers;
  Input input(data, size);
  while (!input.empty()) {
    const unsigned chosen = input.octet();
    if ((chosen & 0xc0) == 0xc0) workers.pass(chosen >> 2 & 15);
    for (const Frame& frame : next_frames(input)) workers.receive((chosen & 3) % kEngines, frame);
  }
  workers.finish();
  return 0;
}
