// SPDX-License-Identifier: BSD-3-Clause
// Makes pools that ThreadSanitizer can observe when their buffers move between threads. DPDK's own pools are
// in libraries that are not built with it.
#pragma once

namespace softwire::testing {

// Call it before the first pool is made. Without the sanitizer it does nothing. Returns false when memory is
// short.
[[nodiscard]] bool use_seen_pools();

}  // namespace softwire::testing
