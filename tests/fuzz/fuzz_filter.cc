// SPDX-License-Identifier: BSD-3-Clause
// Expressions of capture filters. What is refused has a reason on one line. What is accepted gives one answer
// for a frame, whole or in segments. Input: the expression, a NUL octet, and a frame.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/config/filter.h"
#include "tests/fuzz/require.h"
#include "tests/support/engine_harness.h"

using softwire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint8_t* const end = std::find(data, data + size, 0);
  const std::string expression(data, end);
  const auto filter =
      softwire::controlplane::load_filter(expression, softwire::controlplane::kCaptureFilterLimits);
  if (!filter) {
    const std::string& why = filter.error().text;
    require(!why.empty() && std::all_of(why.begin(), why.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    return 0;
  }
  const std::vector<std::uint8_t> frame(end == data + size ? end : end + 1, data + size);
  if (frame.empty() || frame.size() > 1000) return 0;
  auto* const whole = softwire::testing::make_frame(frame);
  auto* const parts = softwire::testing::make_frame(frame, 16);
  require((*filter)->matches(*whole) == (*filter)->matches(*parts));
  rte_pktmbuf_free(whole);
  rte_pktmbuf_free(parts);
  return 0;
}
