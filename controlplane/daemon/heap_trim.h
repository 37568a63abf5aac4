// SPDX-License-Identifier: BSD-3-Clause
// Gives memory that is not used any more back to the kernel. malloc() alone keeps what a long answer or a
// reload needed for a moment, in an arena for each thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "controlplane/turns/background.h"

namespace softwire::controlplane {

// For the thread of the loop.
class HeapTrim {
 public:
  // `thread` does the work. It must outlive this object.
  HeapTrim(boost::asio::io_context& loop, Background& thread) : timer_(loop), thread_(thread) {}

  // Trims the heap every ten seconds from now on.
  void start();

 private:
  boost::asio::steady_timer timer_;
  Background& thread_;
};

}  // namespace softwire::controlplane
