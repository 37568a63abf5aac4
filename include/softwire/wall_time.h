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

// Reads "2026-11-01", "2026-11-01 12:00" or "2026-11-01T12:00:00.25", followed by "Z", by an offset such as
// "+01:00", or by nothing, which means local time. The separator is T or a blank. Only the first three digits
// of the fraction count. Returns nullopt when the text is not such a time.
inline std::optional<WallTime> parse_wall_time(std::string_view text) {
  const auto digits = [&text](unsigned count) -> std::optional<int> {
    if (text.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = 10 * value + (c - '0');
    }
    text.remove_prefix(count);
    return value;
  };
  const auto take = [&text](char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
  };
  std::tm parts{};
  const auto year = digits(4);
  if (!year || !take('-')) return std::nullopt;
  const auto month = digits(2);
  if (!month || !take('-')) return std::nullopt;
  const auto day = digits(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  int milliseconds = 0;
  if (take('T') || take(' ')) {
    const auto hour = digits(2);
    if (!hour || *hour > 23 || !take(':')) return std::nullopt;
    const auto minute = digits(2);
    if (!minute || *minute > 59) return std::nullopt;
    parts.tm_hour = *hour;
    parts.tm_min = *minute;
    if (take(':')) {
      const auto second = digits(2);
      if (!second || *second > 60) return std::nullopt;
      parts.tm_sec = *second;
      if (take('.')) {
        int scale = 100;
        bool any = false;
        while (const auto digit = digits(1)) {
          milliseconds += *digit * scale;
          scale /= 10;
          any = true;
        }
        if (!any) return std::nullopt;
      }
    }
  }
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  parts.tm_isdst = -1;
  std::time_t seconds = 0;
  if (take('Z')) {
    seconds = timegm(&parts);
  } else if (text.starts_with('+') || text.starts_with('-')) {
    const int sign = text.front() == '+' ? 1 : -1;
    text.remove_prefix(1);
    const auto hours = digits(2);
    if (!hours || *hours > 23 || !take(':')) return std::nullopt;
    const auto minutes = digits(2);
    if (!minutes || *minutes > 59) return std::nullopt;
    constexpr std::time_t kHour = 3600;
    constexpr std::time_t kMinute = 60;
    seconds = timegm(&parts) - sign * (*hours * kHour + *minutes * kMinute);
  } else {
    seconds = mktime(&parts);
  }
  if (!text.empty()) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds)) + std::chrono::milliseconds(milliseconds);
}

}  // namespace softwire
