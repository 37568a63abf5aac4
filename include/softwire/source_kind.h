// SPDX-License-Identifier: BSD-3-Clause
// The three kinds of sources of DHCP messages, and what each kind may use of a limit that all share. The
// packet path and the control plane use the same kinds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "softwire/address.h"

namespace softwire {

// From the lowest to the highest. A source of several kinds is of the highest of them. A higher kind is
// harder to pretend: an address inside a rule can be guessed, an address of a binding must be known.
enum class SourceKind : std::uint8_t {
  kStranger,  // no binding, lease or rule
  kRule,      // in the IPv6 prefix of a rule
  kBound,     // has a binding or a lease
};
inline constexpr std::size_t kSourceKinds = 3;

// Returns how much of a limit the kind may use together with the kinds below it: strangers a half, sources in
// rules a quarter more, sources with a binding or a lease all. So each kind has a part that no lower kind can
// take, and may use what lower kinds leave. Rounds so that a lower kind gets the odd one: a limit of 1 is for
// all kinds.
[[nodiscard]] constexpr std::size_t up_to_kind(SourceKind kind, std::size_t limit) {
  const std::size_t of_strangers = limit - limit / 2;
  switch (kind) {
    case SourceKind::kStranger:
      return of_strangers;
    case SourceKind::kRule:
      return of_strangers + limit / 4;
    case SourceKind::kBound:
      break;
  }
  return limit;
}

// The sender of a message, as limits count it.
struct Source {
  SourceKind kind = SourceKind::kStranger;
  Ipv6Prefix prefix;  // all messages from this prefix are of one source; canonical
  friend bool operator==(const Source&, const Source&) = default;
};

}  // namespace softwire
