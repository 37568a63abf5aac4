// SPDX-License-Identifier: BSD-3-Clause
// The exit statuses of softwirectl, and failures with their texts.
#pragma once

#include <cstdint>
#include <string>

#include "softwire/result.h"

namespace softwire::ctl {

enum class ExitStatus : std::uint8_t {
  kSuccess = 0,
  kUnusable = 1,     // a file or other input; or the health of the hub
  kWrongUsage = 2,   // of the command line
  kUnreachable = 3,  // softwired cannot be reached
  kNotFound = 4,
  kRefused = 5,  // softwired refused the request
  kPermission = 6,
};

struct Failure {
  ExitStatus status = ExitStatus::kUnusable;
  std::string text;        // one line, no full stop; empty: the text is already printed
  std::string field = {};  // the member of the request, if softwired named one: "params.add[3]"
};

template <typename T>
using CommandResult = Result<T, Failure>;

// Removes the field from the front of the text. It means nothing to a user who wrote no request.
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
