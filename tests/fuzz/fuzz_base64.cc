// SPDX-License-Identifier: BSD-3-Clause
// Input: octets, and the same octets as a text. The form of any octets is read back as the same octets, and
// is what the definition gives (RFC 4648 section 4). A text is accepted only if it is the form of what was
// read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/text/base64.h"
#include "tests/fuzz/require.h"

using softwire::controlplane::from_base64;
using softwire::controlplane::to_base64;
using softwire::fuzz::require;

namespace {

// The digits one by one: each six bits of the input, the missing ones zero.
std::string by_definition(const std::vector<std::uint8_t>& octets) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<bool> bits;
  for (const std::uint8_t octet : octets) {
    for (int bit = 7; bit >= 0; --bit) bits.push_back((octet >> bit & 1) != 0);
  }
  while (bits.size() % 6 != 0) bits.push_back(false);
  std::string text;
  for (std::size_t at = 0; at < bits.size(); at += 6) {
    std::size_t digit = 0;
    for (std::size_t bit = at; bit < at + 6; ++bit) digit = digit * 2 + (bits[bit] ? 1 : 0);
    text += kDigits[digit];
  }
  while (text.size() % 4 != 0) text += '=';
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> octets(data, data + size);
  const std::string text = to_base64(octets);
  require(text == by_definition(octets));
  const auto again = from_base64(text);
  require(again && *again == octets);
  const std::string_view any(reinterpret_cast<const char*>(data), size);
  if (const auto read = from_base64(any)) require(to_base64(*read) == any);
  return 0;
}
