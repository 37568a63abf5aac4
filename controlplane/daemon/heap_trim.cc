// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/heap_trim.h"

#include <malloc.h>

#include <boost/system/error_code.hpp>

#include <chrono>

namespace softwire::controlplane {

namespace {

constexpr std::chrono::seconds kInterval(10);

}  // namespace

void HeapTrim::start() {
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    // Takes a few milliseconds (malloc_trim(3)). Threads that allocate wait for an arena at most.
    thread_.run([] { malloc_trim(0); }, [this] { start(); });
  });
}

}  // namespace softwire::controlplane
