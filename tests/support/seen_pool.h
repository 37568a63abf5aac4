// SPDX-License-Identifier: BSD-3-Clause
// Under ThreadSanitizer, pools whose buffers go from thread to thread in a way that it sees: DPDK's own pools
// are in libraries that are not built with it.
#pragma once

namespace softwire::testing {

// Ahead of the first pool; without the sanitizer, nothing. False: no memory.
[[nodiscard]] bool use_seen_pools();

}  // namespace softwire::testing
