// SPDX-License-Identifier: BSD-3-Clause
// Runs an engine in this process: takes frames, returns frames and outcomes, and has a clock that the test
// sets. Used by unit tests and fuzzers.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dataplane/pipeline/engine.h"
#include "softwire/binding.h"
#include "softwire/rule.h"
#include "tests/support/frames.h"

namespace softwire::testing {

// Returns the packet buffers of the process. Starts the EAL on first use, and aborts the process if that
// fails.
rte_mempool& pool();

// Makes a buffer with these octets, in segments of at most `segment_octets`.
dataplane::Mbuf* make_frame(std::span<const std::uint8_t> octets, std::size_t segment_octets = 65535);
Octets octets_of(const dataplane::Mbuf& frame);

class EngineHarness {
 public:
  EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                const std::vector<Rule>& rules = {});
  // One of several engines that share a publisher.
  EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                dataplane::GatewayPublisher& publisher, bool probes_gateways);
  // One that records claims of its own addresses, and answers them.
  EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                dataplane::AddressConflicts& conflicts);
  ~EngineHarness();

  struct Punted {
    Octets frame;
    dataplane::FrameContext context;
  };
  struct Run {
    std::vector<Octets> ipv4;  // frames sent on the IPv4 side, in order
    std::vector<Octets> ipv6;
    std::vector<Punted> punted;
    OutcomeCounters outcomes;  // of this run only
  };
  // Passes the frames to the engine in bursts of `burst`, and sends injected packets. Asserts that the
  // counters add up and that no buffer is lost.
  Run run(Side side, const std::vector<Octets>& frames, unsigned burst = 1,
          std::size_t segment_octets = 65535);

  // Does the same for a port that both sides use.
  Run run_on_a_stick(const std::vector<Octets>& frames, unsigned burst = 64);
  // Changes the policy and the bindings of the engine.
  void activate(const dataplane::Policy& policy, const std::vector<Binding>& bindings);
  // Does the same with a table of the caller, which must outlive its use. Keeps the engine's own table.
  void activate(const dataplane::Policy& policy, const dataplane::BindingTable& table);

  // Runs the engine's timers.
  Run poll();

  // Injects an IPv4 packet of the control plane. The next run() sends it.
  void inject(const Octets& packet, Side side, const Ipv6Address& br = {}, const Ipv6Address& b4 = {});
  // Injects an IPv6 packet.
  void inject_ipv6(const Octets& packet);

  Instant now{std::chrono::seconds(1)};
  std::uint64_t receive_flags = 0;  // what the port tells of each frame, RTE_MBUF_F_RX_*
  dataplane::BindingTable& table() { return *table_; }
  const dataplane::Engine& engine() const { return *engine_; }

 private:
  void start(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
             const std::vector<Rule>& rules, dataplane::GatewayPublisher* publisher, bool probes_gateways,
             dataplane::AddressConflicts* conflicts = nullptr);
  template <typename Receive>
  Run run_with(const std::vector<Octets>& frames, unsigned burst, std::size_t segment_octets,
               Receive receive);
  void count_since(const OutcomeCounters& before, Run& run) const;

  std::unique_ptr<dataplane::BindingTable> table_;
  std::unique_ptr<dataplane::PuntChannel> channel_;
  std::optional<dataplane::Engine> engine_;
};

}  // namespace softwire::testing
