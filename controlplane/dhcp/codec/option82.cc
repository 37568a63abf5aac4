// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/option82.h"

#include <algorithm>

namespace softwire::controlplane::dhcp {
namespace {

// A sub-option, and the octets after it.
struct Step {
  std::uint8_t code;
  Octets value;
  Octets rest;
};

// Returns the first sub-option of `left`, or nullopt when it runs past the end. Requires: `left` is not
// empty.
std::optional<Step> step(Octets left) {
  if (left.size() < 2 || left.size() - 2 < left[1]) return std::nullopt;
  return Step{left[0], left.subspan(2, left[1]), left.subspan(2U + left[1])};
}

}  // namespace

bool Option82Builder::add(std::uint8_t code, Octets value) {
  const std::size_t used = octets().size();
  if (octets_.size() - used < 2 + value.size()) return false;
  octets_[used] = code;
  octets_[used + 1] = static_cast<std::uint8_t>(value.size());
  std::ranges::copy(value, octets_.begin() + static_cast<std::ptrdiff_t>(used) + 2);
  octets_[1] = static_cast<std::uint8_t>(octets_[1] + 2 + value.size());
  return true;
}

std::optional<Option82View> Option82View::parse(Octets value) {
  for (Octets left = value; !left.empty();) {
    const auto next = step(left);
    if (!next) return std::nullopt;
    left = next->rest;
  }
  return Option82View(value);
}

std::size_t Option82View::count(std::uint8_t code) const {
  std::size_t found = 0;
  for (Octets left = value_; !left.empty();) {
    const auto next = step(left);
    found += next->code == code ? 1 : 0;
    left = next->rest;
  }
  return found;
}

std::optional<Octets> Option82View::sole(std::uint8_t code) const {
  std::optional<Octets> found;
  for (Octets left = value_; !left.empty();) {
    const auto next = step(left);
    left = next->rest;
    if (next->code != code) continue;
    if (found) return std::nullopt;
    found = next->value;
  }
  return found;
}

std::optional<Ipv6Address> Option82View::ipv6(std::uint8_t code) const {
  const auto value = sole(code);
  Ipv6Address::Octets octets{};
  if (!value || value->size() != octets.size()) return std::nullopt;
  std::ranges::copy(*value, octets.begin());
  return Ipv6Address(octets);
}

}  // namespace softwire::controlplane::dhcp
