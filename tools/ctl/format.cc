// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/format.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "softwire/wall_time.h"

namespace softwire::ctl {

std::string human(double value) {
  constexpr std::array<const char*, 7> kPrefixes = {"", " k", " M", " G", " T", " P", " E"};
  std::size_t prefix = 0;
  // 999.5 would be rounded to four digits, so it gets the next prefix.
  while (value >= 999.5 && prefix + 1 < kPrefixes.size()) {
    value /= 1000;
    ++prefix;
  }
  const int decimals = prefix == 0 ? (value < 9.95 && value != std::floor(value) ? 1 : 0)
                                   : (value < 9.995   ? 2
                                      : value < 99.95 ? 1
                                                      : 0);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f%s", decimals, value, kPrefixes[prefix]);
  return text.data();
}

std::string human_if(bool wanted, std::uint64_t value) {
  return wanted ? human(static_cast<double>(value)) : std::to_string(value);
}

std::string duration(std::chrono::seconds seconds) {
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t all = seconds.count();
  const std::int64_t days = all / kDay;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(all % kDay / 3600),
                static_cast<int>(all % 3600 / 60), static_cast<int>(all % 60));
  return (days == 0 ? std::string() : counted(static_cast<std::uint64_t>(days), "day") + " ") + text.data();
}

std::string local_time(std::string_view rfc3339) {
  const auto time = parse_wall_time(rfc3339);
  if (!time) return std::string(rfc3339);
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  // Makes an offset such as "+0100".
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S%z", &parts);
  std::string result(text.data(), length);
  result.insert(result.size() - 2, ":");
  return result;
}

std::string text_of(const Json& object, const char* key) {
  const auto member = object.find(key);
  if (member == object.end() || member->is_null()) return "-";
  return member->is_string() ? member->get<std::string>() : member->dump();
}

std::uint64_t number_of(const Json& object, std::string_view key) {
  const auto member = object.find(key);
  if (member == object.end() || !member->is_number_integer()) return 0;
  return !member->is_number_unsigned() && member->get<std::int64_t>() < 0 ? 0 : member->get<std::uint64_t>();
}

const Json& list_of(const Json& object, const char* key) {
  static const Json none = Json::array();
  const auto member = object.find(key);
  return member == object.end() || !member->is_structured() ? none : *member;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace softwire::ctl
