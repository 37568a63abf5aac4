// SPDX-License-Identifier: BSD-3-Clause
// Time as the dataplane sees it: an argument, never a clock that it reads.
#pragma once

#include <chrono>

namespace softwire {

// Since an epoch that stays the same for the life of a hub: that of the capture, or the machine's start.
using Instant = std::chrono::nanoseconds;

}  // namespace softwire
