// SPDX-License-Identifier: BSD-3-Clause
// Makes Ctrl-C and SIGTERM readable events.
#pragma once

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "tools/b4/file_descriptor.h"

namespace softwire::ctl {

// While the object exists, the signals do not end the program, but make fd() readable.
class StopSignals {
 public:
  StopSignals() : fd_(take()) {}
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    // Reads a pending signal, which would otherwise end the program when it is unblocked.
    signalfd_siginfo come{};
    while (read(fd_.get(), &come, sizeof come) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  int take() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  sigset_t before_{};
  b4::FileDescriptor fd_;
};

}  // namespace softwire::ctl
