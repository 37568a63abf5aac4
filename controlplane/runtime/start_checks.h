// SPDX-License-Identifier: BSD-3-Clause
// What a start needs from the machine, as far as it can be seen without opening a device: interfaces, cards
// and processors. softwired checks it at a start and with --test.
#pragma once

#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Makes the port of each side the device that DPDK opens. On a stick, a side without a port gets that of the
// other side. The bare name of a network interface becomes a device of net_af_packet: DPDK sends and receives
// through the kernel. Call it after check_ports().
void name_devices(Config& config);

// Checks that the configuration has the keys that ports need, and that the interfaces and cards exist. An
// error names the key and the remedy.
Result<Done> check_ports(const Config& config);

// Returns the processor of each worker. An error names the key and the remedy. A worker-cpu may be a
// processor that the affinity of the process excludes, such as an isolated one; the others may not.
Result<std::vector<unsigned>> worker_processors(const Config& config);

}  // namespace softwire::controlplane
