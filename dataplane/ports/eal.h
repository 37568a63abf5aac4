// The start of DPDK's environment, for programs and tests that need no device.
#pragma once

#include "softwire/result.h"

namespace softwire::dataplane {

enum class EalMemory {
  kAnywhere,   // ordinary pages: works on any machine, several programs at a time
  kHugepages,  // reserved 2 MB pages (/proc/sys/vm/nr_hugepages): for speed
};

// Starts the environment without devices, once in a process. megabytes: memory for packet buffers and rings.
Result<Done> start_eal(EalMemory memory, unsigned megabytes);

}  // namespace softwire::dataplane
