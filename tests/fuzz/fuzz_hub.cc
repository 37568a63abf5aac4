// SPDX-License-Identifier: BSD-3-Clause
// The whole hub: engine and control plane, both sides, with a clock that the input moves. Subscribers, hosts,
// DHCP clients over every transport, DHCPv6 relays, servers that answer, and reloads meanwhile. Every packet
// has one outcome, no buffer is lost, what the hub sends can be read again, and every lease is a binding of
// exactly its client. Input: an octet that chooses configuration and size of bursts, then steps: an octet
// that chooses, and what the step reads.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/config/load_config.h"
#include "controlplane/runtime/hub.h"
#include "controlplane/runtime/runtime_config.h"
#include "dataplane/packet/mbuf.h"
#include "tests/fuzz/dhcp_world.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/traffic.h"
#include "tests/support/engine_harness.h"

namespace softwire::fuzz {
namespace {

using controlplane::Config;
using controlplane::Hub;
using controlplane::Lease;
using controlplane::Softwires;

const std::string kSides = R"(
[ipv4]
mac = 02:00:00:00:00:04
gateway-mac = 02:00:00:00:01:04
address = 198.51.100.1
reassembly-datagrams = 8
[ipv6]
mac = 02:00:00:00:00:04
gateway-mac = 02:00:00:00:01:04
address = 2001:db8:6::1
reassembly-datagrams = 8
)";
const std::string kOverIpv6 = R"(
[dhcp-over-ipv6]
dhcpv4 = true
dhcpv6 = true
relay = 2001:db8:77::/48
)";
const std::string kLeases = R"(
[leases]
pool = 203.0.113.64/28
pool = 203.0.113.80/28 psid-offset 6 psid-len 4
grants-per-hour = 1000000
)";

// A relay; an embedded server; a relay to a DHCPv4-over-DHCPv6 server that moves leases; and both on a stick.
constexpr unsigned kConfigs = 4;
std::string text_of(unsigned number) {
  const std::string server = R"(
[dhcp-server]
pool = 203.0.113.64/30
pool = 203.0.113.80/31 psid-offset 6 psid-len 4
static = 2001:db8:a1::/48 203.0.113.100
lease-time = 60
option = routers 192.0.2.1
option = always domain-name-servers 198.51.100.53
[leases]
grants-per-hour = 1000000
move-interval = 10
)";
  const std::string relay = "[dhcp-relay]\nserver = 198.51.100.67\nserver = 198.51.100.68\n";
  switch (number) {
    case 0:
      return kSides + relay + kOverIpv6 + kLeases;
    case 1:
      return kSides + server + kOverIpv6;
    case 2:
      return kSides + "[dhcp-relay]\ndhcp4o6-server = 2001:db8:67::1 198.51.100.69\n" + kOverIpv6 + kLeases +
             "conflict = move\nmove-interval = 10\n";
    default:
      return "on-a-stick = true\n" + kSides + server + relay + kOverIpv6;
  }
}

Config config(unsigned number) {
  auto parsed = controlplane::parse_config(text_of(number), "fuzz.conf", {});
  require(parsed.ok());
  return *parsed;
}

class HubUnderTest {
 public:
  explicit HubUnderTest(unsigned number) : number_(number) { create(); }

  void set_burst(unsigned frames) { burst_ = frames; }
  void receive(Frame frame) {
    if (!waiting_.empty() && waiting_.front().side != frame.side) run_waiting();
    waiting_.push_back(std::move(frame));
    if (waiting_.size() >= burst_) run_waiting();
  }
  void pass(Instant time) {
    run_waiting();
    now_ += time;
    dataplane::Output output(&HubUnderTest::collect, this);
    hub_->receive(Side::kIpv4, {}, now_, output);  // the leases end at this time too
    hub_->poll(now_, output);
    require(hub_->counters_add_up());
  }
  // Answers of the server, messages of clients, and what the hub has sent.
  DhcpWorld& dhcp() {
    run_waiting();
    return dhcp_;
  }
  void reload(unsigned number) {
    run_waiting();
    Softwires softwires = softwires_of_world();
    hub_->leases().for_each(std::nullopt, [&](const Lease& lease) {
      softwires.bindings.push_back({lease.binding, 0});
      return true;
    });
    auto next = hub_->prepare(config(number), softwires);
    require(next.ok());
    // The worker takes the new snapshot before anything else.
    auto parts = hub_->worker(0);
    hub_->activate(std::move(*next));
    const dataplane::Snapshot& snapshot = *hub_->snapshots().current();
    parts.pipeline.activate(snapshot.policy, *snapshot.table);
  }
  // Reloads once only for an input, because that takes longer than everything else.
  void reload_once(unsigned number) {
    if (!std::exchange(is_reloaded_, true)) reload(number);
  }

  void finish() {
    run_waiting();
    check_leases();
    dhcp_.forget();
    pass(std::chrono::seconds(300));
    pass(std::chrono::seconds(300));  // what ended at first is given up
    check_leases();
    const auto report = hub_->report();
    require(report.workers[0].counters.engine.held == 0 && report.workers[0].waiting == 0);
    require(rte_mempool_avail_count(&testing::pool()) == available_);
    if (std::exchange(is_reloaded_, false)) reload(number_);
    // Leases without end, or a clock near its end: another hub.
    if (report.leases != 0 || now_ > std::chrono::hours(24 * 365 * 100)) create();
  }

 private:
  static Softwires softwires_of_world() {
    Softwires result;
    std::uint32_t line = 0;
    for (const Binding& one : world().bindings) result.bindings.push_back({one, ++line});
    for (const Rule& one : world().rules) result.rules.push_back({one, ++line});
    return result;
  }
  void create() {
    hub_.reset();
    now_ = std::chrono::seconds(1);
    auto hub = Hub::create(config(number_), softwires_of_world(), testing::pool(),
                           {.accept_any_mac = true, .seed = 1});
    require(hub.ok());
    hub_ = std::move(*hub);
    available_ = rte_mempool_avail_count(&testing::pool());
  }

  static void collect(void* self, Side side, dataplane::Mbuf** frames, std::uint16_t count) {
    auto& sent = static_cast<HubUnderTest*>(self)->sent_;
    for (unsigned i = 0; i < count; ++i) {
      sent.push_back({side, testing::octets_of(*frames[i])});
      rte_pktmbuf_free(frames[i]);
    }
  }
  void run_waiting() {
    if (waiting_.empty()) return;
    std::vector<dataplane::Mbuf*> frames;
    for (const Frame& frame : waiting_) frames.push_back(testing::make_frame(frame.octets));
    dataplane::Output output(&HubUnderTest::collect, this);
    hub_->receive(waiting_.front().side, frames, now_, output);
    waiting_.clear();
    require(hub_->counters_add_up());
    for (const Frame& frame : sent_) dhcp_.take(frame.side, frame.octets);
    sent_.clear();
  }

  // Every lease is in the table as a binding of its client, and nobody else is there.
  void check_leases() {
    std::size_t leases = 0;
    hub_->leases().for_each(std::nullopt, [&](const Lease& lease) {
      ++leases;
      const Binding& binding = lease.binding;
      const auto held = hub_->table().lookup(binding.ipv4, binding.ports.range(0).last);
      require(held && *held == binding);
      require(!world().is_bound(binding.ipv4.host()));
      return true;
    });
    require(hub_->table().size() == world().bindings.size() + leases);
  }

  const unsigned number_;
  std::unique_ptr<Hub> hub_;
  DhcpWorld dhcp_;
  Instant now_{};
  unsigned burst_ = 1;
  std::vector<Frame> waiting_;
  std::vector<Frame> sent_;
  unsigned available_ = 0;
  bool is_reloaded_ = false;
};

void step(HubUnderTest& hub, Input& input) {
  const unsigned chosen = input.octet();
  switch (chosen & 7) {
    case 0:
    case 1:
      for (Frame& frame : next_frames(input)) hub.receive(std::move(frame));
      return;
    case 2:
    case 3:
    case 4:
      return hub.receive(hub.dhcp().from_client(input));
    case 5:
      if (auto frame = hub.dhcp().from_server(input)) hub.receive(std::move(*frame));
      return;
    case 6:
      return hub.pass(std::chrono::milliseconds(250) * (chosen >> 3));
    default:
      // Rare: a reload makes a table.
      if (chosen == 0xff && input.octet() == 0x77) return hub.reload_once(input.choose(kConfigs));
      return hub.pass(std::chrono::seconds(chosen >> 3));
  }
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static std::array<HubUnderTest, kConfigs> hubs = {HubUnderTest(0), HubUnderTest(1), HubUnderTest(2),
                                                    HubUnderTest(3)};
  static constexpr std::array<unsigned, 4> kBursts = {1, 4, 64, 2};
  Input input(data, size);
  const unsigned chosen = input.octet();
  HubUnderTest& hub = hubs[chosen % kConfigs];
  hub.set_burst(kBursts[chosen >> 2 & 3]);
  while (!input.empty()) step(hub, input);
  hub.finish();
  return 0;
}
