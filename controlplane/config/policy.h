// SPDX-License-Identifier: BSD-3-Clause
// Makes the dataplane's Policy from the configuration.
#pragma once

#include <cstdint>

#include "controlplane/config/config.h"
#include "dataplane/policy/policy.h"

namespace softwire::controlplane {

// Does not fill in a MAC address that the configuration does not set: only the owner of the port knows it.
dataplane::Policy make_policy(const Config& config);

// Turns the limits of the hub into those of one of its workers, rounded up. Requires: workers is not 0.
void divide_limits(dataplane::Policy& policy, unsigned workers);

// Returns how many packet buffers the fragments that wait in one of the workers take at most.
std::uint32_t reassembly_buffers(const Config& config, unsigned workers);

}  // namespace softwire::controlplane
