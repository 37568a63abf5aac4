// SPDX-License-Identifier: BSD-3-Clause
// What softwired may do: little once its ports are open (docs/decisions/0012-unprivileged.md).
#pragma once

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// As root: becomes the user that the configuration names, with the capabilities that opening ports takes and
// no others; before, it makes the directories of the state and of the control socket for the user where they
// are missing. A configuration without a user changes nothing. The process must have one thread.
Result<Done> become_user(const Config& config);

// To be called once the ports run. From then on no thread has a capability, but for the control thread, which
// calls this: it keeps those that its ports need until the end. No program can be executed, system calls that
// a hub does not need fail, and neither core files nor tracers of the same user see what is in memory.
Result<Done> confine(const Config& config);

// To be called after that by a thread that the control thread has made to read and write files: of the
// capabilities of the control thread it keeps what the files of others take, as root, and nothing else.
void confine_file_thread();

}  // namespace softwire::controlplane
