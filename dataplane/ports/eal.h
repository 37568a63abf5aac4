// SPDX-License-Identifier: BSD-3-Clause
// The start of DPDK's environment.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "softwire/result.h"

namespace softwire::dataplane {

enum class EalMemory {
  kAnywhere,   // ordinary pages: works on any machine, several programs at a time
  kHugepages,  // reserved 2 MB pages (/proc/sys/vm/nr_hugepages): for speed
};

// For programs and tests that need no device: starts the environment, once in a process. megabytes: memory
// for packet buffers and rings.
Result<Done> start_eal(EalMemory memory, unsigned megabytes);

struct EalOptions {
  EalMemory memory = EalMemory::kAnywhere;
  unsigned megabytes = 64;
  // The processor of each worker, at most 127: they become lcores 1, 2, ...; the thread that calls becomes
  // lcore 0, on whatever processors it may run on now, but for the workers' if others are left.
  std::vector<unsigned> worker_cpus;
  std::vector<std::string> pci_devices;  // addresses; no other device is touched
  std::vector<std::string> arguments;    // further ones, as rte_eal_init() takes them
};
Result<Done> start_eal(const EalOptions& options);

// The processors that this process may run on, in order.
std::vector<unsigned> allowed_cpus();

// Octets of a page of such memory.
std::size_t page_bytes(EalMemory memory);

// Megabytes of 2 MB pages that are reserved and free.
unsigned free_hugepage_megabytes();

}  // namespace softwire::dataplane
