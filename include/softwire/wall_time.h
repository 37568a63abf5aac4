// SPDX-License-Identifier: BSD-3-Clause
// Wall-clock time for the store and the control socket: milliseconds since 1970, UTC. Text form: RFC 3339.
#pragma once

#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace softwire {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

inline WallTime wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// Returns text such as "2026-11-01T12:00:00.000Z".
inline std::string to_string(WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = second.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[96];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>((time - second).count()));
  return text;
}

// Reads the parts of a time from the front of a text. A failed read may leave the text anywhere.
class WallTimeReader {
 public:
  explicit WallTimeReader(std::string_view text) : text_(text) {}

  // Reads "YYYY-MM-DD".
  bool read_date() {
    const auto year = digits(4);
    if (!year || !take('-')) return false;
    const auto month = digits(2);
    if (!month || !take('-')) return false;
    const auto day = digits(2);
    if (!day) return false;
    parts_.tm_year = *year - 1900;
    parts_.tm_mon = *month - 1;
    parts_.tm_mday = *day;
    return std::chrono::year_month_day{std::chrono::year(*year),
                                       std::chrono::month(static_cast<unsigned>(*month)),
                                       std::chrono::day(static_cast<unsigned>(*day))}
        .ok();
  }

  // Reads "Thh:mm", "Thh:mm:ss" or "Thh:mm:ss.f", with a blank or T, or nothing: then it is midnight.
  bool read_time() {
    if (!take('T') && !take(' ')) return true;
    if (!read_pair(parts_.tm_hour, 23) || !take(':') || !read_pair(parts_.tm_min, 59)) return false;
    if (!take(':')) return true;
    if (!read_pair(parts_.tm_sec, 60)) return false;
    return !take('.') || read_fraction();
  }

  // Reads "Z", an offset such as "+01:00", or nothing, which means local time. Returns nullopt unless the
  // text ends there.
  std::optional<WallTime> read_zone() {
    parts_.tm_isdst = -1;
    std::time_t seconds = 0;
    if (take('Z')) {
      seconds = timegm(&parts_);
    } else if (text_.starts_with('+') || text_.starts_with('-')) {
      const int sign = take('+') ? 1 : -1;
      if (sign < 0) text_.remove_prefix(1);
      int hours = 0;
      int minutes = 0;
      if (!read_pair(hours, 23) || !take(':') || !read_pair(minutes, 59)) return std::nullopt;
      constexpr std::time_t kHour = 3600;
      constexpr std::time_t kMinute = 60;
      seconds = timegm(&parts_) - sign * (hours * kHour + minutes * kMinute);
    } else {
      seconds = mktime(&parts_);
    }
    if (!text_.empty()) return std::nullopt;
    return WallTime(std::chrono::seconds(seconds)) + std::chrono::milliseconds(milliseconds_);
  }

 private:
  std::optional<int> digits(unsigned count) {
    if (text_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = 10 * value + (c - '0');
    }
    text_.remove_prefix(count);
    return value;
  }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Reads two digits, at most `max`.
  bool read_pair(int& value, int max) {
    const auto pair = digits(2);
    if (!pair || *pair > max) return false;
    value = *pair;
    return true;
  }
  bool read_fraction() {
    int scale = 100;
    bool any = false;
    while (const auto digit = digits(1)) {
      milliseconds_ += *digit * scale;
      scale /= 10;
      any = true;
    }
    return any;
  }

  std::string_view text_;
  std::tm parts_{};
  int milliseconds_ = 0;
};

// Reads "2026-11-01", "2026-11-01 12:00" or "2026-11-01T12:00:00.25", followed by "Z", by an offset such as
// "+01:00", or by nothing, which means local time. The separator is T or a blank. Only the first three digits
// of the fraction count. Returns nullopt when the text is not such a time.
inline std::optional<WallTime> parse_wall_time(std::string_view text) {
  WallTimeReader reader(text);
  if (!reader.read_date() || !reader.read_time()) return std::nullopt;
  return reader.read_zone();
}

}  // namespace softwire
