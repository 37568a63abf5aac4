// SPDX-License-Identifier: BSD-3-Clause
// Formats numbers and times for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/ctl/client.h"

namespace softwire::ctl {

// Returns about three digits and a decimal prefix: "0", "999", "1.23 k", "45.6 M".
[[nodiscard]] std::string human(double value);
[[nodiscard]] std::string human_if(bool wanted, std::uint64_t value);

// Returns "3 days 02:11:07", or "02:11:07".
[[nodiscard]] std::string duration(std::chrono::seconds seconds);

// Returns a time of the control socket as local time with its offset from UTC: "2026-11-01 13:00:00+01:00".
// --at accepts this form. Returns other text unchanged.
[[nodiscard]] std::string local_time(std::string_view rfc3339);

// Returns a member of a result for a table: text unchanged, numbers in decimal, "-" for null or a missing
// member.
[[nodiscard]] std::string text_of(const Json& object, const char* key);
// Returns a member that is a whole number from 0, or 0 when it is missing or another value.
[[nodiscard]] std::uint64_t number_of(const Json& object, std::string_view key);
// Returns a member that is an array or object, or an empty one when it is missing.
[[nodiscard]] const Json& list_of(const Json& object, const char* key);

// Returns "1 binding" or "2 bindings".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view what);

}  // namespace softwire::ctl
