// SPDX-License-Identifier: BSD-3-Clause
// A value or an error. For code without exceptions, and for errors that a user reads.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace softwire {

// A message for the user: what is wrong and how to fix it. One line, without a full stop.
struct Error {
  std::string text;
};

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  // The conversion is implicit, so that a function can return a value or an error directly.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Requires: ok().
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // Requires: !ok().
  [[nodiscard]] const E& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  T& value() {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  std::variant<T, E> state_;
};

// The value of a Result that reports only success or failure.
struct Done {};

}  // namespace softwire
