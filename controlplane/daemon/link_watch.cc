// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/link_watch.h"

#include <chrono>
#include <string>
#include <utility>

namespace softwire::controlplane {

namespace {

constexpr std::chrono::seconds kInterval(1);

std::string words(const dataplane::LinkState& link) {
  if (!link.up) return "down";
  const auto megabits = megabits_of(link);
  return megabits ? "up, " + std::to_string(*megabits) + " Mbit/s" : "up";
}

}  // namespace

std::optional<std::uint32_t> megabits_of(const dataplane::LinkState& link) {
  constexpr std::uint32_t kUnknown = 0xffffffff;
  return link.megabits == 0 || link.megabits == kUnknown ? std::nullopt : std::optional(link.megabits);
}

LinkWatch::LinkWatch(boost::asio::io_context& loop, const RunningHub& hub,
                     std::shared_ptr<spdlog::logger> log, ChangeCallback changed)
    : hub_(hub), log_(std::move(log)), changed_(std::move(changed)), timer_(loop) {}

void LinkWatch::look() {
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    auto& known = known_[static_cast<std::size_t>(side)];
    const dataplane::LinkState link = hub_.port(side).link();
    if (known && link == *known) continue;
    log_->log(link.up ? spdlog::level::info : spdlog::level::warn, "{}: link {}", name_of(side), words(link));
    if (known) changed_(side, link);
    known = link;
  }
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

}  // namespace softwire::controlplane
