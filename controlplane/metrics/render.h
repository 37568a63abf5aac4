// SPDX-License-Identifier: BSD-3-Clause
// Makes the text of a scrape.
#pragma once

#include <string>

#include "controlplane/metrics/exposition.h"
#include "controlplane/metrics/observation.h"

namespace softwire::controlplane::metrics {

// Writes all of kFamilies (families.h) in their order.
std::string render(const Observation& observation, Format format);

}  // namespace softwire::controlplane::metrics
