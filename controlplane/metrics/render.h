// SPDX-License-Identifier: BSD-3-Clause
// The text of a scrape.
#pragma once

#include <string>

#include "controlplane/metrics/exposition.h"
#include "controlplane/metrics/observation.h"

namespace softwire::controlplane::metrics {

// All of kFamilies (families.h), in that order.
std::string render(const Observation& observation, Format format);

}  // namespace softwire::controlplane::metrics
