// SPDX-License-Identifier: BSD-3-Clause
// How softwirectl ends, and why.
#pragma once

#include <cstdint>
#include <string>

#include "softwire/result.h"

namespace softwire::ctl {

enum class ExitStatus : std::uint8_t {
  kSuccess = 0,
  kUnusable = 1,     // a file or other input
  kWrongUsage = 2,   // of the command line
  kUnreachable = 3,  // no softwired to speak to
  kNotFound = 4,
  kRefused = 5,  // softwired has understood, and does not do it
  kPermission = 6,
};

struct Failure {
  ExitStatus status = ExitStatus::kUnusable;
  std::string text;        // one line, no full stop; empty: all has been said
  std::string field = {};  // of the request, when softwired has said which: "params.add[3]"
};

template <typename T>
using CommandResult = Result<T, Failure>;

// Without the field in front of the text, which says nothing to people who have written no request.
inline Failure without_field(Failure failure) {
  const std::string prefix = failure.field + ": ";
  if (!failure.field.empty() && failure.text.starts_with(prefix)) failure.text.erase(0, prefix.size());
  return failure;
}

inline Failure wrong_usage(std::string text) {
  return {ExitStatus::kWrongUsage, std::move(text)};
}
inline Failure unusable(std::string text) {
  return {ExitStatus::kUnusable, std::move(text)};
}

}  // namespace softwire::ctl
