// SPDX-License-Identifier: BSD-3-Clause
// Numbers and times for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/ctl/client.h"

namespace softwire::ctl {

// Three digits or so and a decimal prefix: "0", "999", "1.23 k", "45.6 M".
[[nodiscard]] std::string human(double value);
[[nodiscard]] std::string human_if(bool wanted, std::uint64_t value);

// "3 days 02:11:07", "02:11:07".
[[nodiscard]] std::string duration(std::chrono::seconds seconds);

// A time of the control socket as local time with its distance from UTC, "2026-11-01 13:00:00+01:00", which
// --at reads back. What is no such time stays as it is.
[[nodiscard]] std::string local_time(std::string_view rfc3339);

// A member of a result, for a table: text as it is, numbers in decimal, "-" for null and for what is not
// there.
[[nodiscard]] std::string text_of(const Json& object, const char* key);
// The number of a member; 0 where there is none.
[[nodiscard]] std::uint64_t number_of(const Json& object, std::string_view key);
// The array or object of a member; an empty one where there is none.
[[nodiscard]] const Json& list_of(const Json& object, const char* key);

// "1 binding", "2 bindings".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view what);

}  // namespace softwire::ctl
