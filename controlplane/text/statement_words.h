// SPDX-License-Identifier: BSD-3-Clause
// Splits a statement into words, and reads each value into a variable that may be set only once.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "softwire/result.h"

namespace softwire::controlplane {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// Removes the first word from the text and returns it. Returns an empty word when there is none. Does not use
// find_first_of, which took half of the time to read a file of a million bindings.
inline std::string_view next_word(std::string_view& text) {
  const char* const first = std::find_if_not(text.begin(), text.end(), is_blank);
  const char* const end = std::find_if(first, text.end(), is_blank);
  text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  return {first, end};
}

// Number of bits of a port.
inline constexpr std::string_view kBitsWords = "a number of bits from 0 to 16";
inline std::optional<std::uint32_t> parse_bits(std::string_view text) {
  return parse_number(text, 16);
}

inline constexpr std::string_view kPsidWords = "a number from 0 to 65535, decimal or 0x hexadecimal";
inline std::optional<std::uint32_t> parse_psid(std::string_view text) {
  constexpr std::uint32_t kMaxPsid = 0xffff;
  if (!text.starts_with("0x")) return parse_number(text, kMaxPsid);
  text.remove_prefix(2);
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc() || stop != end || value > kMaxPsid) return std::nullopt;
  return value;
}

// Reads the value of `word` into `place`. The error says which values are right.
template <typename T, typename Parse>
std::optional<Error> read_value(std::optional<T>& place, std::string_view word, std::string_view text,
                                Parse parse, std::string_view expected) {
  if (place) return Error{std::string(word) + " is given twice; give it once"};
  if (text.empty()) return Error{std::string(word) + " has no value; give " + std::string(expected)};
  place = parse(text);
  if (!place) return Error{std::string(word) + ": " + in_quotes(text) + " is not " + std::string(expected)};
  return std::nullopt;
}

}  // namespace softwire::controlplane
