// SPDX-License-Identifier: BSD-3-Clause
// Starts the DPDK environment abstraction layer (EAL).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "softwire/result.h"

namespace softwire::dataplane {

enum class EalMemory {
  kAnywhere,   // ordinary pages: works on any machine, and for several programs at a time
  kHugepages,  // reserved 2 MB pages (/proc/sys/vm/nr_hugepages): faster
};

// Starts the EAL for a program or a test that needs no device. Call it once in a process. `megabytes`: memory
// for packet buffers and rings.
Result<Done> start_eal(EalMemory memory, unsigned megabytes);

struct EalOptions {
  EalMemory memory = EalMemory::kAnywhere;
  unsigned megabytes = 64;
  // The CPU of each worker, at most 127. The workers become lcores 1, 2 and so on. The calling thread becomes
  // lcore 0. It runs on the CPUs on which it may run now, except those of the workers if others are left.
  std::vector<unsigned> worker_cpus;
  std::vector<std::string> pci_devices;  // PCI addresses; no other device is used
  std::vector<std::string> arguments;    // more arguments of rte_eal_init()
};
// Starts the EAL. Call it once in a process.
Result<Done> start_eal(const EalOptions& options);

// Returns the CPUs on which this process may run, in order.
std::vector<unsigned> allowed_cpus();

// Returns the CPUs on which the kernel would let this process run, in order: those that are online and in the
// cpuset of its control group. Unlike allowed_cpus(), it contains those that taskset(1), CPUAffinity= or the
// kernel parameter isolcpus keep from it, because a process may move there.
std::vector<unsigned> usable_cpus();

// Returns the CPUs, which are in order, as the kernel writes them: "0-3,8".
std::string to_cpu_list(const std::vector<unsigned>& cpus);

// Returns the octets of a page of such memory.
std::size_t page_bytes(EalMemory memory);

// Returns the megabytes of reserved 2 MB pages that are free.
unsigned free_hugepage_megabytes();

}  // namespace softwire::dataplane
