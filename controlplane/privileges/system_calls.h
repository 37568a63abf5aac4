// SPDX-License-Identifier: BSD-3-Clause
// Limits the system calls of a running hub: a seccomp filter (seccomp(2)) for all threads, made with
// libseccomp.
#pragma once

#include "softwire/result.h"

namespace softwire::controlplane {

struct SystemCallNeeds {
  bool bpf = false;      // a net_af_xdp port needs it to remove its XDP program at the end
  bool packets = false;  // a port of the kernel needs sockets for frames, to be opened again
};

// Installs the filter for every thread of the process, and for those started later. A system call that is not
// on the list fails with EPERM and is reported to the audit log. Executing a program ends the process. Memory
// cannot be writable and executable. Sets no_new_privs.
Result<Done> limit_system_calls(SystemCallNeeds needs);

}  // namespace softwire::controlplane
