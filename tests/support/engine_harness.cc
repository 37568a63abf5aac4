// SPDX-License-Identifier: BSD-3-Clause
#include "tests/support/engine_harness.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "dataplane/ports/eal.h"
#include "tests/support/seen_pool.h"

namespace softwire::testing {

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "engine harness: %s\n", what);
  std::abort();
}

rte_mempool& start_pool() {
  const auto started = dataplane::start_eal(dataplane::EalMemory::kAnywhere, 64);
  require(started.ok(), started ? "" : started.error().text.c_str());
  require(use_seen_pools(), "no pools that ThreadSanitizer sees");
  rte_mempool* result = dataplane::make_pool("test_frames", 4095);
  require(result != nullptr, "no memory for packet buffers");
  return *result;
}

std::unique_ptr<dataplane::BindingTable> make_table(const std::vector<Binding>& bindings,
                                                    const std::vector<Rule>& rules) {
  auto table = dataplane::BindingTable::create();
  require(table != nullptr, "no memory for the table");
  for (const Binding& binding : bindings) {
    require(table->add(binding).error == dataplane::TableError::kNone, "binding refused");
  }
  for (const Rule& rule : rules) {
    require(table->add(rule).error == dataplane::TableError::kNone, "rule refused");
  }
  return table;
}

void collect(void* context, Side side, dataplane::Mbuf** frames, std::uint16_t count) {
  auto& run = *static_cast<EngineHarness::Run*>(context);
  for (unsigned i = 0; i < count; ++i) {
    (side == Side::kIpv4 ? run.ipv4 : run.ipv6).push_back(octets_of(*frames[i]));
    rte_pktmbuf_free(frames[i]);
  }
}

}  // namespace

rte_mempool& pool() {
  static rte_mempool& instance = start_pool();
  return instance;
}

dataplane::Mbuf* make_frame(std::span<const std::uint8_t> octets, std::size_t segment_octets) {
  dataplane::Mbuf* head = nullptr;
  while (!octets.empty() || head == nullptr) {
    const auto taken = octets.first(std::min({octets.size(), segment_octets, std::size_t{1500}}));
    dataplane::Mbuf* segment = dataplane::make_packet(pool(), taken);
    require(segment != nullptr, "no buffer free");
    if (head == nullptr) {
      head = segment;
    } else {
      require(rte_pktmbuf_chain(head, segment) == 0, "too many segments");
    }
    octets = octets.subspan(taken.size());
  }
  return head;
}

Octets octets_of(const dataplane::Mbuf& frame) {
  Octets octets(frame.pkt_len);
  require(dataplane::copy_out(frame, 0, octets), "frame shorter than it says");
  return octets;
}

EngineHarness::EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                             const std::vector<Rule>& rules) {
  start(policy, bindings, rules, nullptr, true);
}

EngineHarness::EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                             dataplane::GatewayPublisher& publisher, bool probes_gateways) {
  start(policy, bindings, {}, &publisher, probes_gateways);
}

EngineHarness::EngineHarness(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                             dataplane::AddressConflicts& conflicts) {
  start(policy, bindings, {}, nullptr, true, &conflicts);
}

void EngineHarness::start(const dataplane::Policy& policy, const std::vector<Binding>& bindings,
                          const std::vector<Rule>& rules, dataplane::GatewayPublisher* publisher,
                          bool probes_gateways, dataplane::AddressConflicts* conflicts) {
  pool();
  table_ = make_table(bindings, rules);
  channel_ = dataplane::PuntChannel::create(256);
  require(channel_ != nullptr, "no memory for the channel");
  engine_.emplace(policy, *table_, *channel_,
                  dataplane::Engine::Resources{.pool = pool(),
                                               .seed = 1,
                                               .gateway_publisher = publisher,
                                               .probes_gateways = probes_gateways,
                                               .conflicts = conflicts});
}

void EngineHarness::activate(const dataplane::Policy& policy, const std::vector<Binding>& bindings) {
  auto table = make_table(bindings, {});
  engine_->activate(policy, *table);
  table_ = std::move(table);  // frees the previous table: the engine must not use it
}

void EngineHarness::activate(const dataplane::Policy& policy, const dataplane::BindingTable& table) {
  engine_->activate(policy, table);
}

EngineHarness::~EngineHarness() = default;

EngineHarness::Run EngineHarness::run(Side side, const std::vector<Octets>& frames, unsigned burst,
                                      std::size_t segment_octets) {
  return run_with(frames, burst, segment_octets,
                  [&](auto batch, dataplane::Output& output) { engine_->receive(side, batch, now, output); });
}

EngineHarness::Run EngineHarness::run_on_a_stick(const std::vector<Octets>& frames, unsigned burst) {
  return run_with(frames, burst, 65535, [&](auto batch, dataplane::Output& output) {
    engine_->receive_on_a_stick(batch, now, output);
  });
}

template <typename Receive>
EngineHarness::Run EngineHarness::run_with(const std::vector<Octets>& frames, unsigned burst,
                                           std::size_t segment_octets, Receive receive) {
  const unsigned free_before = rte_mempool_avail_count(&pool()) + channel_->held() + engine_->held_buffers();
  const OutcomeCounters before = engine_->counters().outcomes;
  Run run;
  dataplane::Output output(collect, &run);
  while (engine_->send_injected(output) != 0) {
  }
  std::vector<dataplane::Mbuf*> batch;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    batch.push_back(make_frame(frames[i], segment_octets));
    batch.back()->ol_flags |= receive_flags;
    if (batch.size() < burst && i + 1 < frames.size()) continue;
    receive(std::span<dataplane::Mbuf* const>(batch), output);
    batch.clear();
    require(engine_->counters().add_up(), "counters do not add up");
    while (dataplane::Mbuf* packet = channel_->take_punted()) {
      run.punted.push_back({octets_of(*packet), dataplane::context_of(*packet)});
      rte_pktmbuf_free(packet);
    }
  }
  count_since(before, run);
  require(rte_mempool_avail_count(&pool()) + engine_->held_buffers() >= free_before, "buffers lost");
  return run;
}

EngineHarness::Run EngineHarness::poll() {
  const OutcomeCounters before = engine_->counters().outcomes;
  Run run;
  dataplane::Output output(collect, &run);
  engine_->poll(now, output);
  require(engine_->counters().add_up(), "counters do not add up");
  count_since(before, run);
  return run;
}

void EngineHarness::count_since(const OutcomeCounters& before, Run& run) const {
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    run.outcomes.add(outcome, engine_->counters().outcomes[outcome] - before[outcome]);
  }
}

void EngineHarness::inject(const Octets& packet, Side side, const Ipv6Address& br, const Ipv6Address& b4) {
  dataplane::Mbuf* frame = make_frame(packet);
  dataplane::FrameContext& context = dataplane::context_of(*frame);
  context = {};
  context.side = side;
  context.outer_source = br;
  context.outer_destination = b4;
  require(channel_->inject(*frame), "punt channel full");
}

void EngineHarness::inject_ipv6(const Octets& packet) {
  dataplane::Mbuf* frame = make_frame(packet);
  dataplane::FrameContext& context = dataplane::context_of(*frame);
  context = {};
  context.side = Side::kIpv6;
  context.is_ipv6 = true;
  require(channel_->inject(*frame), "punt channel full");
}

}  // namespace softwire::testing
