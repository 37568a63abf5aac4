// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/measure.h"

#include <rte_cycles.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/pipeline/engine.h"
#include "dataplane/variants/make_pipeline.h"
#include "tools/bench/baseline.h"
#include "tools/bench/frame_ring.h"
#include "tools/bench/quantile.h"

namespace softwire::bench {

namespace {

using dataplane::Engine;
using dataplane::Output;
using dataplane::PuntChannel;

constexpr double kRoundSeconds = 0.05;  // least timed duration
constexpr std::size_t kMinRounds = 3;

// Forwards the ring until the passes have taken a round's time. Times only `forward`. Returns the cycles per
// packet of the median pass. A pass takes about 0.1 ms, so an interrupted pass is an outlier, which the
// median ignores. Returns 0 when the engine lost frames.
template <typename Forward>
double round(FrameRing& ring, double cycles_per_second, Forward&& forward) {
  std::vector<double> passes;
  double total = 0;
  do {
    if (!ring.refill()) return 0;
    const std::uint64_t start = rte_rdtsc_precise();
    if (!forward()) return 0;
    passes.push_back(static_cast<double>(rte_rdtsc_precise() - start));
    total += passes.back();
  } while (total < kRoundSeconds * cycles_per_second);
  return quantile(std::move(passes), 0.5) / FrameRing::kFrames;
}

}  // namespace

Result<Done> measure(Traffic& traffic, rte_mempool& pool, double seconds, Measurement& measurement) {
  Result<FrameRing> ring =
      FrameRing::create(pool, traffic, measurement.direction, measurement.shape, measurement.frame);
  if (!ring) return ring.error();
  const std::unique_ptr<PuntChannel> punt_channel = PuntChannel::create();
  if (punt_channel == nullptr) return Error{"no memory for the rings to the control plane"};

  const dataplane::Policy hub = policy(measurement.shape);
  const auto engine = dataplane::make_pipeline(measurement.instruction_set, hub, traffic.table(),
                                               *punt_channel, Engine::Resources{pool});
  const auto baseline =
      std::make_unique<Baseline>(hub, traffic.table(), traffic.mechanism(), measurement.shape);
  Output output(&FrameRing::take_back, &*ring);
  const auto by_engine = [&] {
    for (unsigned i = 0; i < FrameRing::kBursts; ++i) {
      engine->receive(ring->side(i), ring->give(i), Instant{}, output);
    }
    return ring->is_complete();
  };
  const auto by_baseline = [&] {
    for (unsigned i = 0; i < FrameRing::kBursts; ++i) baseline->receive(ring->side(i), ring->burst(i));
    return true;
  };

  const Error lost{"the engine did not forward every frame of scenario " + std::string(measurement.scenario)};
  const auto cycles_per_second = static_cast<double>(rte_get_tsc_hz());
  const std::uint64_t start = rte_rdtsc();
  std::vector<double> engine_rounds;
  std::vector<double> baseline_rounds;
  while (engine_rounds.size() < kMinRounds ||
         static_cast<double>(rte_rdtsc() - start) < seconds * cycles_per_second) {
    engine_rounds.push_back(round(*ring, cycles_per_second, by_engine));
    if (engine_rounds.back() == 0) return lost;
    baseline_rounds.push_back(round(*ring, cycles_per_second, by_baseline));
    if (baseline_rounds.back() == 0) return lost;
  }
  volatile std::uint64_t digest = baseline->digest();
  static_cast<void>(digest);

  measurement.cycles_per_second = cycles_per_second;
  measurement.cycles_per_packet = quantile(engine_rounds, 0.5);
  measurement.baseline_cycles = quantile(baseline_rounds, 0.5);
  measurement.spread =
      (quantile(engine_rounds, 0.75) - quantile(engine_rounds, 0.25)) / measurement.cycles_per_packet;
  return Done{};
}

}  // namespace softwire::bench
