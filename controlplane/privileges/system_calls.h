// SPDX-License-Identifier: BSD-3-Clause
// The system calls of a hub that runs: a seccomp filter (seccomp(2)) for all threads, made by libseccomp.
#pragma once

#include "softwire/result.h"

namespace softwire::controlplane {

struct SystemCallNeeds {
  bool bpf = false;  // of a net_af_xdp port, which takes its XDP program away at the end
};

// From now on, for every thread of the process and what it starts: what is not on the list fails with EPERM
// and is told to the audit log; executing a program ends the process. Memory is never writable and
// executable. Sets no_new_privs.
Result<Done> limit_system_calls(SystemCallNeeds needs);

}  // namespace softwire::controlplane
