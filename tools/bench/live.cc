// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/live.h"

#include <pthread.h>
#include <rte_cycles.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "controlplane/config/config.h"
#include "controlplane/softwires/fill_table.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/tables/reclaimer.h"
#include "dataplane/tables/snapshot.h"
#include "dataplane/variants/make_pipeline.h"
#include "softwire/address_text.h"
#include "tools/bench/frame_ring.h"
#include "tools/bench/traffic.h"

namespace softwire::bench {

namespace {

using dataplane::BindingTable;
using dataplane::Engine;
using dataplane::Output;
using dataplane::PuntChannel;
using dataplane::Reclaimer;
using dataplane::Snapshot;
using dataplane::SnapshotPublisher;
using dataplane::TableError;

constexpr unsigned kPoolBuffers = 4 * FrameRing::kFrames - 1;  // for each worker

double seconds_since(std::uint64_t start) {
  return static_cast<double>(rte_rdtsc() - start) / static_cast<double>(rte_get_tsc_hz());
}

void run_on(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set,
                         &set);  // without permission the thread runs on any processor
}

// A worker without ports. It forwards the frames of its ring as often as it can.
class Lane {
 public:
  static Result<std::unique_ptr<Lane>> create(const Traffic& traffic, unsigned number, unsigned frame,
                                              const SnapshotPublisher& snapshots, Reclaimer& reclaimer,
                                              rte_mempool& pool) {
    std::unique_ptr<Lane> lane(new Lane(traffic, number, snapshots, reclaimer));
    auto ring = FrameRing::create(pool, lane->traffic_, Direction::kBoth, Shape::kUniform, frame);
    if (!ring) return ring.error();
    lane->ring_.emplace(std::move(*ring));
    lane->channel_ = PuntChannel::create();
    if (lane->channel_ == nullptr) return Error{"no memory for the rings to the control plane"};
    lane->engine_ =
        dataplane::make_pipeline(dataplane::best_instruction_set(), policy(), *snapshots.current()->table,
                                 *lane->channel_, Engine::Resources{pool});
    return lane;
  }

  void start(unsigned cpu) {
    stop_ = false;
    passes_.clear();
    packets_ = lost_ = 0;
    thread_ = std::thread([this, cpu] { run(cpu); });
  }
  // Adds its figures to the run.
  void end(LiveRun& run) {
    stop_ = true;
    thread_.join();
    ++run.workers;
    run.packets += packets_;
    run.lost += lost_;
    if (passes_.empty()) return;
    std::ranges::nth_element(passes_, passes_.begin() + static_cast<std::ptrdiff_t>(passes_.size() / 2));
    run.mpps += FrameRing::kFrames * static_cast<double>(rte_get_tsc_hz()) /
                static_cast<double>(passes_[passes_.size() / 2]) / 1e6;
  }
  [[nodiscard]] const Snapshot* active() const { return active_.load(); }

 private:
  Lane(const Traffic& traffic, unsigned number, const SnapshotPublisher& snapshots, Reclaimer& reclaimer)
      : traffic_(traffic.copy(std::size_t{number} * 1'000'003)),
        number_(number),
        snapshots_(snapshots),
        reclaimer_(reclaimer) {}

  void run(unsigned cpu) {
    run_on(cpu);
    reclaimer_.online(number_);
    Output output(&FrameRing::take_back, &*ring_);
    while (!stop_.load(std::memory_order_relaxed)) {
      if (!ring_->refill()) break;
      const std::uint64_t start = rte_rdtsc_precise();
      for (unsigned i = 0; i < FrameRing::kBursts; ++i) {
        if (const Snapshot* const latest = snapshots_.current();
            latest != active_.load(std::memory_order_relaxed)) {
          engine_->activate(latest->policy, *latest->table);
          active_.store(latest, std::memory_order_relaxed);
        }
        engine_->receive(ring_->side(i), ring_->give(i), Instant{}, output);
        reclaimer_.quiescent(number_);
      }
      passes_.push_back(rte_rdtsc_precise() - start);
      packets_ += FrameRing::kFrames;
      lost_ += FrameRing::kFrames - ring_->sent().size();
      if (!ring_->is_complete()) break;  // the buffers of lost frames are gone
    }
    reclaimer_.offline(number_);
  }

  Traffic traffic_;
  unsigned number_;
  const SnapshotPublisher& snapshots_;
  Reclaimer& reclaimer_;
  std::unique_ptr<PuntChannel> channel_;
  std::unique_ptr<dataplane::Pipeline> engine_;
  std::optional<FrameRing> ring_;
  std::thread thread_;
  std::atomic<bool> stop_ = false;
  std::atomic<const Snapshot*> active_ = nullptr;
  std::vector<std::uint64_t> passes_;  // cycles of each pass
  std::uint64_t packets_ = 0;
  std::uint64_t lost_ = 0;
};

// Returns the binding `index` with a B4 address that depends on `version`.
Binding version_of(std::uint32_t index, std::uint32_t version) {
  Binding changed = binding(index);
  changed.b4 = Ipv6Address::from_host(changed.b4.high(), changed.b4.low() | (version % 2 == 0 ? 0U : 2U));
  return changed;
}

// Removes, adds and replaces bindings with odd PSIDs in turn, in an order that differs from the table's.
// Returns the number of changes per second, or nullopt when one was refused.
std::optional<double> update(BindingTable& table, Reclaimer& reclaimer, std::uint32_t bindings,
                             double seconds) {
  std::uint64_t updates = 0;
  std::uint64_t place = 1;
  const std::uint64_t start = rte_rdtsc();
  while (seconds_since(start) < seconds) {
    for (unsigned i = 0; i < 64; ++i) {
      place = place * 6364136223846793005U + 1442695040888963407U;
      const auto index = static_cast<std::uint32_t>((place >> 33) % bindings) | 1U;
      if (index >= bindings) continue;
      const Binding original = version_of(index, 0);
      const Binding changed = version_of(index, 1);
      const bool done = table.remove(original).error == TableError::kNone &&
                        table.add(changed).error == TableError::kNone &&
                        table.replace(changed, original).error == TableError::kNone;
      if (!done) return std::nullopt;
      updates += 3;
    }
    reclaimer.reclaim();
  }
  return static_cast<double>(updates) / seconds_since(start);
}

// Writes the bindings as statements of softwires.conf.
bool write_softwires(const std::string& path, std::uint32_t bindings) {
  std::ofstream file(path);
  for (std::uint32_t i = 0; i < bindings; ++i) {
    const Binding b = binding(i);
    file << "binding ipv4 " << to_string(b.ipv4) << " psid-offset "
         << unsigned{b.ports.parameters.psid_offset} << " psid-len " << unsigned{b.ports.parameters.psid_len}
         << " psid " << b.ports.psid << " b4 " << to_string(b.b4) << " br " << to_string(b.br) << '\n';
  }
  return static_cast<bool>(file.flush());
}

class LiveBench {
 public:
  LiveBench(const LiveOptions& options, const std::vector<unsigned>& cpus) : options_(options), cpus_(cpus) {}

  Result<LiveReport> run() {
    LiveReport report;
    report.bindings = options_.bindings;
    report.frame = options_.frame;
    if (options_.workers > cpus_.size()) {
      return Error{"--workers " + std::to_string(options_.workers) + ": there are " +
                   std::to_string(cpus_.size()) + " processors; give as many or fewer"};
    }
    reclaimer_ = Reclaimer::create(options_.workers);
    pool_ = dataplane::make_pool("live", options_.workers * kPoolBuffers);
    if (reclaimer_ == nullptr || pool_ == nullptr) return Error{"no memory for packet buffers"};
    const std::uint64_t start = rte_rdtsc();
    auto filled = BindingTable::create();
    for (std::uint32_t i = 0; filled != nullptr && i < options_.bindings; ++i) {
      if (filled->add(binding(i)).error != TableError::kNone) filled = nullptr;
    }
    report.table_seconds = seconds_since(start);
    if (filled == nullptr) return Error{"no memory for " + std::to_string(options_.bindings) + " bindings"};
    filled.reset();

    auto traffic = Traffic::create(options_.bindings, options_.flows);
    if (!traffic) return traffic.error();
    BindingTable& table = traffic->changing_table();
    report.octets_per_binding = static_cast<double>(table.bytes()) / options_.bindings;
    traffic->leave_out_odd_psids();
    table.publish(*reclaimer_);
    snapshot_ = {policy(), &table};
    snapshots_.publish(snapshot_);
    for (unsigned number = 0; number < options_.workers; ++number) {
      reclaimer_->add(number);
      auto lane = Lane::create(*traffic, number, options_.frame, snapshots_, *reclaimer_, *pool_);
      if (!lane) return lane.error();
      lanes_.push_back(std::move(*lane));
    }
    // The control thread uses the first processor. The last worker shares it if there is no other.
    run_on(cpus_.front());

    for (unsigned workers = 1; workers <= options_.workers; ++workers) {
      report.scaling.push_back(during(
          workers, [&] { std::this_thread::sleep_for(std::chrono::duration<double>(options_.seconds)); }));
    }
    for (const LiveRun& run : report.scaling) {
      if (run.lost != 0) return lost(run, "nothing changed");
    }
    std::optional<double> updates;
    report.updated =
        during(1, [&] { updates = update(table, *reclaimer_, options_.bindings, options_.seconds); });
    if (!updates) return Error{"a change of the table was refused because memory is short"};
    report.updates_per_second = *updates;
    if (report.updated.lost != 0) return lost(report.updated, "bindings changed");
    if (auto replaced = replace_table(report); !replaced) return replaced.error();
    if (report.replaced.lost != 0) return lost(report.replaced, "the table was replaced");
    return report;
  }

 private:
  static Error lost(const LiveRun& run, const std::string& when) {
    return Error{std::to_string(run.lost) + " of " + std::to_string(run.packets) +
                 " frames did not come out while " + when};
  }

  template <typename Work>
  LiveRun during(unsigned workers, Work work) {
    for (unsigned i = 0; i < workers; ++i) lanes_[i]->start(cpus_[cpus_.size() - 1 - i]);
    work();
    LiveRun run;
    for (unsigned i = 0; i < workers; ++i) lanes_[i]->end(run);
    return run;
  }

  Result<Done> replace_table(LiveReport& report) {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("softwire-bench-" + std::to_string(getpid()) + ".conf"))
            .string();
    if (!write_softwires(path, options_.bindings)) return Error{path + ": cannot be written"};
    controlplane::Config config;
    config.softwires = path;
    std::unique_ptr<BindingTable> next = BindingTable::create();
    if (next == nullptr) return Error{"no memory for a second table"};
    Snapshot snapshot{policy(), next.get()};
    Result<Done> loaded = Done{};
    report.replaced = during(1, [&] {
      const std::uint64_t start = rte_rdtsc();
      if (const auto softwires = controlplane::read_softwires(config); !softwires) {
        loaded = softwires.error();
      } else if (auto result = controlplane::fill_table(config, *softwires, *next); !result) {
        loaded = result.error();
      }
      report.file_seconds = seconds_since(start);
      next->publish(*reclaimer_);
      snapshots_.publish(snapshot);
      while (lanes_.front()->active() != &snapshot) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));  // traffic over the new table
      snapshots_.publish(snapshot_);
      while (lanes_.front()->active() != &snapshot_) std::this_thread::yield();
    });
    std::filesystem::remove(path);
    reclaimer_->synchronize();
    return loaded;
  }

  LiveOptions options_;
  std::vector<unsigned> cpus_;
  std::unique_ptr<Reclaimer> reclaimer_;
  rte_mempool* pool_ = nullptr;
  Snapshot snapshot_;
  SnapshotPublisher snapshots_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace

Result<LiveReport> measure_live(const LiveOptions& options, const std::vector<unsigned>& cpus) {
  return LiveBench(options, cpus).run();
}

std::string to_table(const LiveReport& report) {
  std::string text =
      fmt::format("{} bindings, {}-byte frames, both directions\n\n{:<34} {:>8} {:>9} {:>14} {:>6}\n",
                  report.bindings, report.frame, "", "Mpps", "of one", "packets", "lost");
  const double one = report.scaling.front().mpps;
  const auto line = [&](const std::string& what, const LiveRun& run) {
    text += fmt::format("{:<34} {:>8.2f} {:>9.2f} {:>14} {:>6}\n", what, run.mpps, run.mpps / one,
                        run.packets, run.lost);
  };
  for (const LiveRun& run : report.scaling) {
    line(fmt::format("{} worker{}", run.workers, run.workers == 1 ? "" : "s"), run);
  }
  line("1 worker, bindings change", report.updated);
  line("1 worker, table is replaced", report.replaced);
  text += fmt::format(
      "\n{:.0f} changes of bindings a second on the control thread\n"
      "{:.3f} s to fill a table, {:.2f} s with reading the file; {:.1f} octets a binding\n",
      report.updates_per_second, report.table_seconds, report.file_seconds, report.octets_per_binding);
  return text;
}

std::string to_json(const LiveReport& report) {
  const auto json = [](const LiveRun& run) {
    return nlohmann::ordered_json{
        {"workers", run.workers}, {"mpps", run.mpps}, {"packets", run.packets}, {"lost", run.lost}};
  };
  auto scaling = nlohmann::ordered_json::array();
  for (const LiveRun& run : report.scaling) scaling.push_back(json(run));
  return nlohmann::ordered_json{{"bindings", report.bindings},
                                {"frame", report.frame},
                                {"scaling", scaling},
                                {"bindings_change", json(report.updated)},
                                {"updates_per_second", report.updates_per_second},
                                {"table_replaced", json(report.replaced)},
                                {"table_seconds", report.table_seconds},
                                {"file_seconds", report.file_seconds},
                                {"octets_per_binding", report.octets_per_binding}}
             .dump(2) +
         "\n";
}

}  // namespace softwire::bench
