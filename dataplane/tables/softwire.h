// SPDX-License-Identifier: BSD-3-Clause
// The addresses of both ends of a softwire, in the form that the packet path writes and compares.
#pragma once

#include "softwire/address.h"

namespace softwire::dataplane {

// In the order of an IPv6 header from the hub to the subscriber, so that one copy writes both addresses.
struct alignas(32) Softwire {
  Ipv6Address br;
  Ipv6Address b4;

  // Returns false for an empty slot. Every B4 address has a bit set in its upper half, and an empty slot is
  // all zero.
  [[nodiscard]] bool is_present() const { return b4.high() != 0; }
};
static_assert(sizeof(Softwire) == 32);

}  // namespace softwire::dataplane
