// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/machine.h"

#include <spdlog/fmt/fmt.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

namespace softwire::bench {

namespace {

// The kernel's own threads interrupt a pinned thread a few times a second even on an idle machine.
constexpr double kPreemptionsPerSecond = 50;
constexpr double kStolenPart = 0.01;  // of one processor's time
constexpr double kLoadPerProcessor = 0.5;

}  // namespace

std::optional<std::string> build_warning() {
#if !defined(__OPTIMIZE__) || !defined(NDEBUG) || defined(__SANITIZE_ADDRESS__)
  return "this build is not optimised, so the figures are meaningless; build with cmake --preset release";
#else
  return std::nullopt;
#endif
}

unsigned free_huge_pages() {
  std::ifstream file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
  unsigned pages = 0;
  return file >> pages ? pages : 0;
}

BusyWatch::BusyWatch() : start_(now()) {
  if (getloadavg(&load_at_start_, 1) != 1) load_at_start_ = 0;
}

BusyWatch::Times BusyWatch::now() {
  Times times;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) times.preemptions = static_cast<std::uint64_t>(usage.ru_nivcsw);
  // "cpu user nice system idle iowait irq softirq steal ...", in ticks.
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  for (unsigned column = 1; column <= 8 && file >> times.stolen_ticks; ++column) {
  }
  times.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  return times;
}

std::vector<std::string> BusyWatch::warnings() const {
  std::vector<std::string> texts;
  const Times end = now();
  const double seconds = end.seconds - start_.seconds;
  const auto processors = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  if (load_at_start_ > kLoadPerProcessor * processors) {
    texts.push_back(fmt::format("the machine was busy: load {:.2f} on {} processors at the start",
                                load_at_start_, processors));
  }
  const double preemptions = static_cast<double>(end.preemptions - start_.preemptions) / seconds;
  if (preemptions > kPreemptionsPerSecond) {
    texts.push_back(
        fmt::format("the machine was busy: others took the processor {:.0f} times a second", preemptions));
  }
  const double stolen = static_cast<double>(end.stolen_ticks - start_.stolen_ticks) /
                        static_cast<double>(sysconf(_SC_CLK_TCK)) / seconds;
  if (stolen > kStolenPart) {
    texts.push_back(fmt::format("the machine was busy: its host took {:.1f} % of a processor", 100 * stolen));
  }
  return texts;
}

}  // namespace softwire::bench
