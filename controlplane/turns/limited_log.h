// SPDX-License-Identifier: BSD-3-Clause
// Limits log lines that others cause: for each cause one line in ten seconds, with the number of those
// between.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace softwire::controlplane {

class LimitedLog {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  // `write` may be empty.
  explicit LimitedLog(std::function<void(const std::string&)> write,
                      Clock clock = &std::chrono::steady_clock::now);

  // Writes the line, or counts it.
  void say(const std::string& cause, const std::string& line);
  // Does the same. Lines that differ only in digits have one cause.
  void say(const std::string& line);

  static constexpr std::size_t kMaxCauses = 100;  // beyond it, all new causes are one

 private:
  struct Cause {
    std::chrono::steady_clock::time_point last;
    std::uint64_t between = 0;
  };
  std::function<void(const std::string&)> write_;
  Clock clock_;
  std::map<std::string, Cause> causes_;
};

}  // namespace softwire::controlplane
