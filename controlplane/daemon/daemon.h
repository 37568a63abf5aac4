// SPDX-License-Identifier: BSD-3-Clause
// The control thread of softwired. It handles signals, timers, and the packets that the workers hand over.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

struct DaemonOptions {
  std::string config;                 // path of softwired.conf; empty: no file
  std::vector<std::string> settings;  // keys on the command line
  std::string counters;  // file for the counters at the end and on SIGUSR1; empty: do not write them
};

// Runs a hub until SIGTERM or SIGINT. SIGHUP reloads the configuration. SIGUSR1 writes the counters. Reports
// with sd_notify(3) when it is ready, reloads or stops. Logs to standard error.
Result<Done> run_daemon(const DaemonOptions& options);

// Returns the error that run_daemon() would return for the configuration and its softwires. Uses no port and
// no EAL.
Result<Done> check_configuration(const DaemonOptions& options);

}  // namespace softwire::controlplane
