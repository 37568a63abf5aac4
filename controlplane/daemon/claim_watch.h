// SPDX-License-Identifier: BSD-3-Clause
// Logs the stations that claim an address of the hub. For the control thread.
#pragma once

#include <spdlog/logger.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

#include "controlplane/runtime/address_claims.h"
#include "controlplane/runtime/hub.h"

namespace softwire::controlplane {

class ClaimWatch {
 public:
  ClaimWatch(boost::asio::io_context& loop, Hub& hub, std::shared_ptr<spdlog::logger> log);
  // Looks now, and once a second from then on.
  void look();

 private:
  Hub& hub_;
  std::shared_ptr<spdlog::logger> logger_;
  boost::asio::steady_timer timer_;
  ClaimLog log_;
};

}  // namespace softwire::controlplane
