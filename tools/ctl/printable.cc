// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/printable.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace softwire::ctl {

namespace {

std::string hexadecimal(const char* form, unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), form, value);
  return text.data();
}

unsigned octet_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// Returns the number of octets of the character at the front, or 0 if it is not UTF-8 (RFC 3629 section 4).
std::size_t length_of_character(std::string_view text) {
  const unsigned first = octet_at(text, 0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet_at(text, i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

bool is_c1(std::string_view text) {
  return octet_at(text, 0) == 0xc2 && octet_at(text, 1) >= 0x80 && octet_at(text, 1) < 0xa0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = length_of_character(text);
    const unsigned first = octet_at(text, 0);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      result += hexadecimal("\\x%02x", first);
      text.remove_prefix(1);
      continue;
    }
    if (is_c1(text)) {
      result += hexadecimal("\\u%04x", octet_at(text, 1));
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return result;
}

void make_printable(nlohmann::json& json) {
  if (json.is_string()) {
    json = printable(json.get_ref<const std::string&>());
  } else if (json.is_array()) {
    for (auto& element : json) make_printable(element);
  } else if (json.is_object()) {
    auto renamed = nlohmann::json::object();
    for (const auto& [name, value] : json.items()) {
      make_printable(value);
      renamed[printable(name)] = std::move(value);
    }
    json = std::move(renamed);
  }
}

std::string printable_json(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (octet_at(json, i) == 0x7f) {
      result += "\\u007f";
    } else if (is_c1(json.substr(i))) {
      result += hexadecimal("\\u%04x", octet_at(json, ++i));
    } else {
      result += json[i];
    }
  }
  return result;
}

}  // namespace softwire::ctl
