// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

namespace softwire::controlplane::metrics {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Returns field 22 of proc(5) stat: the start of the process in clock ticks after the boot.
std::uint64_t start_ticks() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');  // end of field 2, which may contain any character
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  std::uint64_t ticks = 0;
  fields >> ticks;
  return ticks;
}

double start_time() {
  std::ifstream file("/proc/uptime");
  double uptime = 0;
  file >> uptime;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return now.count() - uptime +
         static_cast<double>(start_ticks()) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessObservation observe_process() {
  ProcessObservation process;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    process.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  static const double started_at =
      start_time();  // computed once, because it would change when the clock is set
  process.start_time = started_at;
  std::uint64_t pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream file("/proc/self/statm"); file >> pages >> resident_pages) {
    const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    process.virtual_bytes = pages * page_bytes;
    process.resident_bytes = resident_pages * page_bytes;
  }
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++process.open_files;
  }
  if (process.open_files != 0) --process.open_files;  // without the descriptor that lists them
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) process.max_files = limit.rlim_cur;
  return process;
}

}  // namespace softwire::controlplane::metrics
