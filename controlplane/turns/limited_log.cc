// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/turns/limited_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace softwire::controlplane {

LimitedLog::LimitedLog(std::function<void(const std::string&)> write, Clock clock)
    : write_(std::move(write)), clock_(std::move(clock)) {}

void LimitedLog::say(const std::string& cause, const std::string& line) {
  constexpr std::chrono::seconds kInterval(10);
  if (!write_) return;
  const auto now = clock_();
  const bool has_place = causes_.size() < kMaxCauses || causes_.contains(cause);
  const auto [found, is_first] = causes_.try_emplace(has_place ? cause : std::string(), Cause{now, 0});
  Cause& known = found->second;
  if (!is_first && now - known.last < kInterval) {
    ++known.between;
    return;
  }
  known.last = now;
  const std::uint64_t between = std::exchange(known.between, 0);
  write_(between == 0 ? line
                      : line + " (and " + std::to_string(between) + " times more since the last line)");
}

void LimitedLog::say(const std::string& line) {
  std::string cause;
  std::ranges::copy_if(line, std::back_inserter(cause), [](char c) { return c < '0' || c > '9'; });
  say(cause, line);
}

}  // namespace softwire::controlplane
