// SPDX-License-Identifier: BSD-3-Clause
// Time in the dataplane. It is always an argument: the dataplane reads no clock.
#pragma once

#include <chrono>

namespace softwire {

// Time since an epoch that does not change while a hub runs: the epoch of the capture, or the start of the
// machine.
using Instant = std::chrono::nanoseconds;

}  // namespace softwire
