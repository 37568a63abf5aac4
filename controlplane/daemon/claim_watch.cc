// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/claim_watch.h"

#include <chrono>
#include <string>
#include <utility>

namespace softwire::controlplane {

ClaimWatch::ClaimWatch(boost::asio::io_context& loop, Hub& hub, std::shared_ptr<spdlog::logger> log)
    : hub_(hub), logger_(std::move(log)), timer_(loop) {}

void ClaimWatch::look() {
  for (const std::string& line : log_.look(hub_.address_claims(), wall_now())) logger_->warn("{}", line);
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

}  // namespace softwire::controlplane
