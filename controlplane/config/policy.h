// SPDX-License-Identifier: BSD-3-Clause
// Makes the dataplane's Policy from the configuration.
#pragma once

#include "controlplane/config/config.h"
#include "dataplane/policy/policy.h"

namespace softwire::controlplane {

// Does not fill in a MAC address that the configuration does not set: only the owner of the port knows it.
dataplane::Policy make_policy(const Config& config);

}  // namespace softwire::controlplane
