// SPDX-License-Identifier: BSD-3-Clause
// The control thread of softwired: signals, timers, and what the workers hand over.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

struct DaemonOptions {
  std::string config;                 // path of softwired.conf; empty: none
  std::vector<std::string> settings;  // keys on the command line
  std::string counters;  // where the counters are written at the end and on SIGUSR1; empty: nowhere
};

// Runs a hub until SIGTERM or SIGINT. SIGHUP reads the configuration anew; SIGUSR1 writes the counters. Says
// that it is ready, reloading and stopping as sd_notify(3) does. Logs to standard error.
Result<Done> run_daemon(const DaemonOptions& options);

// What run_daemon() would say of the configuration and its softwires, without a port or the EAL.
Result<Done> check_configuration(const DaemonOptions& options);

}  // namespace softwire::controlplane
