// SPDX-License-Identifier: BSD-3-Clause
// A policy and a table that change under traffic, as a reload changes them: while fragments wait, and while
// packets wait for a gateway. From the change on, packets go where the new table says; none is lost, none is
// counted twice, and nothing waits for ever. Input: frames of traffic.h, before each an octet that chooses
// whether policy or table changes, and whether time passes.
#include <array>
#include <memory>

#include "tests/fuzz/check_sent.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/traffic.h"
#include "tests/support/engine_harness.h"

namespace softwire::fuzz {
namespace {

using testing::EngineHarness;

constexpr unsigned kTables = 3;

// Tables whose softwires differ: as traffic.h makes them; with fewer bindings and rules; with two subscribers
// in each other's place.
ReferenceTable model(unsigned number) {
  ReferenceTable result = world();
  if (number == 1) {
    result.bindings.erase(result.bindings.begin());
    result.bindings.pop_back();
    result.rules.erase(result.rules.begin() + 1);
  } else if (number == 2) {
    std::swap(result.bindings[0].b4, result.bindings[1].b4);
    std::swap(result.rules[2].ipv6, result.rules[3].ipv6);
  }
  return result;
}

std::unique_ptr<dataplane::BindingTable> table(const ReferenceTable& from) {
  auto result = dataplane::BindingTable::create();
  require(result != nullptr);
  for (const Binding& one : from.bindings) require(result->add(one).error == dataplane::TableError::kNone);
  for (const Rule& one : from.rules) require(result->add(one).error == dataplane::TableError::kNone);
  return result;
}

// The policies of traffic.h, one that resolves its gateways, and one whose sides have VLANs.
constexpr unsigned kResolving = kPolicies;
constexpr unsigned kTagged = kPolicies + 1;
dataplane::Policy policy_of(unsigned number) {
  dataplane::Policy result = policy(number < kPolicies ? number : 0);
  if (number == kResolving) result.ipv4.gateway_mac = result.ipv6.gateway_mac = MacAddress();
  if (number == kTagged) result.ipv4.vlan_id = result.ipv6.vlan_id = 7;
  return result;
}

class Hub {
 public:
  Hub() {
    for (unsigned i = 0; i < kTables; ++i) {
      models_[i] = model(i);
      tables_[i] = table(models_[i]);
    }
    engine_ = std::make_unique<EngineHarness>(policy_of(0), world().bindings, world().rules);
    start();
  }

  void start() {
    table_ = policy_ = 0;
    was_resolving_ = false;
    activate();
  }
  void change(unsigned chosen) {
    if ((chosen & 1) != 0) table_ = (chosen >> 1 & 3) % kTables;
    if ((chosen & 8) != 0) policy_ = (chosen >> 4) % (kTagged + 1);
    was_resolving_ = was_resolving_ || policy_ == kResolving;
    activate();
  }
  void pass(Instant time) {
    engine_->now += time;
    (void)engine_->poll();
  }
  void receive(const Frame& frame) {
    const auto run = run_one(*engine_, frame);
    // What waited for a gateway leaves with the answer of the gateway.
    if (!was_resolving_) check_sent(models_[table_], frame, run);
  }
  void finish() {
    pass(std::chrono::seconds(60));
    require(engine_->engine().counters().held == 0 && engine_->engine().held_buffers() == 0);
    start();
  }

 private:
  void activate() { engine_->activate(policy_of(policy_), *tables_[table_]); }

  std::array<ReferenceTable, kTables> models_;
  std::array<std::unique_ptr<dataplane::BindingTable>, kTables> tables_;
  std::unique_ptr<EngineHarness> engine_;
  unsigned table_ = 0;
  unsigned policy_ = 0;
  bool was_resolving_ = false;
};

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static Hub hub;
  Input input(data, size);
  while (!input.empty()) {
    const unsigned chosen = input.octet();
    if ((chosen & 3) == 3) hub.change(input.octet());
    if ((chosen & 0xe0) == 0xe0) hub.pass(std::chrono::milliseconds(100) * (chosen >> 2 & 7));
    for (const Frame& frame : next_frames(input)) hub.receive(frame);
  }
  hub.finish();
  return 0;
}
