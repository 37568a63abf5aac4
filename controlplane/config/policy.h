// SPDX-License-Identifier: BSD-3-Clause
// What the packet path is to be told of the configuration.
#pragma once

#include "controlplane/config/config.h"
#include "dataplane/policy/policy.h"

namespace softwire::controlplane {

// A MAC address that the configuration leaves open stays open: only the owner of the port knows it.
dataplane::Policy make_policy(const Config& config);

}  // namespace softwire::controlplane
