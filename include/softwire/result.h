// SPDX-License-Identifier: BSD-3-Clause
// A value, or why there is none. For code without exceptions, and for errors that a user is meant to read.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace softwire {

// What is wrong and what would be right, for people; one line, no full stop.
struct Error {
  std::string text;
};

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function returns either as it is. NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only when ok().
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // Only when not ok().
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

// The value of a Result that only says whether it went well.
struct Done {};

}  // namespace softwire
