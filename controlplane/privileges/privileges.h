// SPDX-License-Identifier: BSD-3-Clause
// Limits what softwired may do. It needs few privileges once its ports are open
// (docs/decisions/0012-unprivileged.md).
#pragma once

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Checks that the user and the groups that the configuration names exist. The default of control-group need
// not exist.
Result<Done> check_accounts(const Config& config);

// Switches from root to the user that the configuration names, and keeps only the capabilities that opening
// ports needs. First makes the directories of the state and of the control socket for the user if they do not
// exist. Does nothing if the configuration names no user. Requires: the process has one thread.
Result<Done> become_user(const Config& config);

// Call it on the control thread when the ports run. From then on only the control thread has capabilities:
// those that its ports need until the end. No program can be executed, system calls that a hub does not need
// fail, and neither core files nor tracers of the same user can read its memory.
Result<Done> confine(const Config& config);

// Call it after confine(), on a thread that the control thread made to read and write files. Keeps only the
// capability that root needs to use the files of other users.
void confine_file_thread();

// Does the same on a thread that only computes. Keeps no capability.
void confine_text_thread();

}  // namespace softwire::controlplane
