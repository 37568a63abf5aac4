// SPDX-License-Identifier: BSD-3-Clause
// The same frames in bursts of 1, 4 and 64 give the same octets, outcomes and counters. What leaves comes
// from the softwire, and goes to the softwire, that the model of the table says. Every frame has one outcome
// or is held, and nothing is held after the time limits. Input: an octet that chooses the policy, then frames
// of traffic.h; before each an octet that says whether time passes.
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

constexpr std::array<unsigned, 3> kBursts = {1, 4, 64};

// Three engines with one policy, which receive the same.
class Engines {
 public:
  explicit Engines(const dataplane::Policy& policy) {
    for (auto& engine : engines_) {
      engine = std::make_unique<EngineHarness>(policy, world().bindings, world().rules);
    }
  }

  void pass(Instant time) {
    run_waiting();
    for (auto& engine : engines_) engine->now += time;
    const EngineHarness::Run first = engines_[0]->poll();
    for (std::size_t i = 1; i < engines_.size(); ++i) require(same(engines_[i]->poll(), first));
  }

  void receive(Frame frame) {
    if (waiting_.size() == 64 || (!waiting_.empty() && waiting_.front().side != frame.side)) run_waiting();
    waiting_.push_back(std::move(frame));
  }

  void run_waiting() {
    if (waiting_.empty()) return;
    EngineHarness::Run one_by_one;
    std::vector<Octets> frames;
    for (const Frame& frame : waiting_) {
      EngineHarness::Run run = run_one(*engines_[0], frame);
      check_sent(world(), frame, run);
      append(one_by_one, std::move(run));
      frames.push_back(frame.octets);
    }
    for (std::size_t i = 1; i < engines_.size(); ++i) {
      require(same(engines_[i]->run(waiting_.front().side, frames, kBursts[i]), one_by_one));
      require(engines_[i]->engine().counters().held == engines_[0]->engine().counters().held);
    }
    waiting_.clear();
  }

  void finish() {
    pass(std::chrono::seconds(60));
    for (auto& engine : engines_) {
      require(engine->engine().counters().held == 0 && engine->engine().held_buffers() == 0);
    }
  }

 private:
  std::array<std::unique_ptr<EngineHarness>, kBursts.size()> engines_;
  std::vector<Frame> waiting_;
};

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  using namespace std::chrono_literals;
  static std::array<Engines, kPolicies> all = {Engines(policy(0)), Engines(policy(1)), Engines(policy(2)),
                                               Engines(policy(3))};
  Input input(data, size);
  Engines& engines = all[input.choose(kPolicies)];
  while (!input.empty()) {
    const unsigned time = input.choose(16);
    if (time == 14) engines.pass(100ms);
    if (time == 15) engines.pass(2s);
    for (Frame& frame : next_frames(input)) engines.receive(std::move(frame));
  }
  engines.finish();
  return 0;
}
