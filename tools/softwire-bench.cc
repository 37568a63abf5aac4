// SPDX-License-Identifier: BSD-3-Clause
// softwire-bench: measures the engine on this machine, and the cost of memory access alone.
#include <spdlog/fmt/fmt.h>

#include <cstdio>
#include <string>
#include <vector>

#include "dataplane/packet/mbuf.h"
#include "dataplane/ports/eal.h"
#include "tools/bench/flood.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"
#include "tools/bench/options.h"
#include "tools/bench/relay.h"
#include "tools/bench/report.h"
#include "tools/bench/traffic.h"

namespace {

using softwire::Done;
using softwire::Error;
using softwire::Result;

constexpr unsigned kPacketMegabytes = 96;
constexpr unsigned kHugePageMegabytes = 2;
constexpr unsigned kBuffers = 4095;
constexpr double kWideSpread = 0.1;

void warn(const std::string& text) {
  fmt::print(stderr, "softwire-bench: warning: {}\n", text);
}

Result<Done> start_memory(const softwire::bench::Options& options) {
  std::uint32_t bindings = options.live ? 2 * options.live->bindings : 0;  // two tables at the same time
  for (const auto& scenario : options.scenarios) bindings = std::max(bindings, scenario.bindings);
  const unsigned packet_pages = kPacketMegabytes / kHugePageMegabytes;
  const unsigned table_pages = softwire::bench::table_huge_pages(bindings);
  const unsigned free_pages = softwire::bench::free_huge_pages();
  if (free_pages < packet_pages + table_pages) {
    warn(
        fmt::format("{} of {} hugepages of 2 MB are free: the rest is on ordinary pages, which are slower; "
                    "reserve more in /proc/sys/vm/nr_hugepages",
                    free_pages, packet_pages + table_pages));
  }
  return softwire::dataplane::start_eal(free_pages < packet_pages
                                            ? softwire::dataplane::EalMemory::kAnywhere
                                            : softwire::dataplane::EalMemory::kHugepages,
                                        kPacketMegabytes);
}

Result<std::vector<softwire::bench::Measurement>> run(const softwire::bench::Options& options) {
  if (const auto started = start_memory(options); !started) return started.error();
  rte_mempool* const pool = softwire::dataplane::make_pool("bench", kBuffers);
  if (pool == nullptr) return Error{"no memory for packet buffers"};
  std::vector<softwire::bench::Measurement> measurements;
  for (const auto& scenario : options.scenarios) {
    auto traffic = softwire::bench::Traffic::create(scenario.bindings, scenario.flows, scenario.mechanism);
    if (!traffic) return traffic.error();
    for (const auto direction : options.directions) {
      softwire::bench::Measurement measurement{
          .scenario = scenario.name,
          .direction = direction,
          .instruction_set = options.instruction_set.value_or(softwire::dataplane::best_instruction_set()),
          .bindings = scenario.bindings,
          .flows = scenario.flows,
          .shape = scenario.shape,
          .frame = mean_frame(scenario.shape, options.frame)};
      if (const auto done = measure(*traffic, *pool, options.seconds, measurement); !done)
        return done.error();
      measurements.push_back(measurement);
    }
  }
  return measurements;
}

// Prints the report, and returns the exit status.
template <typename Report>
int show(const Result<Report>& report, const softwire::bench::BusyWatch& watch, bool json) {
  if (!report) {
    fmt::print(stderr, "softwire-bench: {}\n", report.error().text);
    return 1;
  }
  for (const std::string& text : watch.warnings()) warn(text);
  fmt::print("{}", json ? to_json(*report) : to_table(*report));
  return 0;
}

int run_live(const softwire::bench::Options& options) {
  const std::vector<unsigned> cpus = softwire::dataplane::allowed_cpus();
  if (const auto started = start_memory(options); !started) {
    fmt::print(stderr, "softwire-bench: {}\n", started.error().text);
    return 1;
  }
  const softwire::bench::BusyWatch watch;
  return show(softwire::bench::measure_live(*options.live, cpus), watch, options.json);
}

int run_dhcp(const softwire::bench::Options& options) {
  softwire::bench::Options memory = options;
  memory.scenarios.clear();
  if (const auto started = start_memory(memory); !started) {
    fmt::print(stderr, "softwire-bench: {}\n", started.error().text);
    return 1;
  }
  rte_mempool* const pool = softwire::dataplane::make_pool("bench", kBuffers);
  if (pool == nullptr) {
    fmt::print(stderr, "softwire-bench: no memory for packet buffers\n");
    return 1;
  }
  const softwire::bench::BusyWatch watch;
  if (options.flood) return show(softwire::bench::measure_flood(*pool, options.seconds), watch, options.json);
  return show(softwire::bench::measure_relay(*pool, options.seconds), watch, options.json);
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = softwire::bench::parse_options({argv + 1, argv + argc});
  if (!options) {
    fmt::print(stderr, "softwire-bench: {}\n", options.error().text);
    return 2;
  }
  if (options->help || options->version) {
    fmt::print("{}", options->help ? softwire::bench::help_text() : "softwire-bench " SOFTWIRE_VERSION "\n");
    return 0;
  }
  if (const auto warning = softwire::bench::build_warning()) warn(*warning);
  if (options->live) return run_live(*options);
  if (options->relay || options->flood) return run_dhcp(*options);
  const softwire::bench::BusyWatch watch;
  const auto measurements = run(*options);
  if (!measurements) {
    fmt::print(stderr, "softwire-bench: {}\n", measurements.error().text);
    return 1;
  }
  for (const std::string& text : watch.warnings()) warn(text);
  for (const auto& m : *measurements) {
    if (m.spread > kWideSpread) {
      warn(fmt::format("{} {}: the middle half of the rounds differs by {:.0f} %", m.scenario,
                       name_of(m.direction), 100 * m.spread));
    }
  }
  fmt::print("{}", options->json ? to_json(*measurements) : to_table(*measurements));
  return 0;
}
