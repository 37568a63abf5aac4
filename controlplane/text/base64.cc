// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/text/base64.h"

namespace softwire::controlplane {

namespace {
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string to_base64(std::span<const std::uint8_t> octets) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  for (; !octets.empty(); octets = octets.subspan(std::min<std::size_t>(3, octets.size()))) {
    const std::size_t there = std::min<std::size_t>(3, octets.size());
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < there ? octets[i] : 0U);
    for (std::size_t i = 0; i < 4; ++i) text += i <= there ? kDigits[bits >> (18 - 6 * i) & 0x3f] : '=';
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::vector<std::uint8_t> octets;
  octets.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    octets.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  // The unused bits must be zero (RFC 4648 section 3.5).
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return octets;
}

}  // namespace softwire::controlplane
