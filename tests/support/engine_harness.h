// SPDX-License-Identifier: BSD-3-Clause
// An engine in process: frames in, frames and outcomes out, and a clock that the test sets. Unit tests and
// fuzzers share it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dataplane/pipeline/engine.h"
#include "softwire/binding.h"
#include "softwire/rule.h"
#include "tests/support/frames.h"

namespace softwire::testing {

// Buffers for the whole process; starts the EAL on first use. Aborts the process when that fails.
rte_mempool& pool();

// A buffer with these octets, in segments of at most `segment_octets`.
dataplane::Mbuf* make_frame(std::span<const std::uint8_t> octets, std::size_t segment_octets = 65535);
Octets octets_of(const dataplane::Mbuf& frame);

class EngineHarness {
 public:
  EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                const std::vector<Rule>& rules = {});
  // One of several engines that share a publisher.
  EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                dataplane::GatewayPublisher& publisher, bool probes_gateways);
  ~EngineHarness();

  struct Punted {
    Octets frame;
    dataplane::FrameContext context;
  };
  struct Run {
    std::vector<Octets> ipv4;  // frames sent on the IPv4 side, in order
    std::vector<Octets> ipv6;
    std::vector<Punted> punted;
    OutcomeCounters outcomes;  // of this run alone
  };
  // Gives the engine the frames in bursts of `burst`, and whatever was injected. Asserts that the counters
  // add up and that no buffer is lost.
  Run run(Side side, const std::vector<Octets>& frames, unsigned burst = 1,
          std::size_t segment_octets = 65535);

  // The same for the port that both sides are on.
  Run run_on_a_stick(const std::vector<Octets>& frames, unsigned burst = 64);
  // The engine goes on with another policy and other bindings.
  void activate(const dataplane::Policy& policy, const std::vector<Binding>& bindings);

  // What the engine does without frames.
  Run poll();

  // An IPv4 packet of the control plane, sent by the next run().
  void inject(const Octets& packet, Side side, const Ipv6Address& br = {}, const Ipv6Address& b4 = {});
  // Likewise an IPv6 packet.
  void inject_ipv6(const Octets& packet);

  Instant now{std::chrono::seconds(1)};
  dataplane::BindingTable& table() { return *table_; }
  const dataplane::Engine& engine() const { return *engine_; }

 private:
  void start(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
             const std::vector<Rule>& rules, dataplane::GatewayPublisher* publisher, bool probes_gateways);
  template <typename Receive>
  Run run_with(const std::vector<Octets>& frames, unsigned burst, std::size_t segment_octets,
               Receive receive);
  void count_since(const OutcomeCounters& before, Run& run) const;

  std::unique_ptr<dataplane::BindingTable> table_;
  std::unique_ptr<dataplane::PuntChannel> channel_;
  std::optional<dataplane::Engine> engine_;
};

}  // namespace softwire::testing
