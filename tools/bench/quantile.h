// SPDX-License-Identifier: BSD-3-Clause
// Quantiles of measured values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace softwire::bench {

// `part`: 0 for the minimum, 0.5 for the median, 1 for the maximum. `values` must not be empty.
inline double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
}

}  // namespace softwire::bench
