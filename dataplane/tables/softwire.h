// SPDX-License-Identifier: BSD-3-Clause
// The two ends of a softwire, as the packet path writes and compares them.
#pragma once

#include "softwire/address.h"

namespace softwire::dataplane {

// In the order of an IPv6 header from us to the subscriber: one copy writes both addresses.
struct alignas(32) Softwire {
  Ipv6Address br;
  Ipv6Address b4;

  // A B4 address always has a bit set in its upper half, so an all-zero slot is an empty one.
  [[nodiscard]] bool is_present() const { return b4.high() != 0; }
};
static_assert(sizeof(Softwire) == 32);

}  // namespace softwire::dataplane
