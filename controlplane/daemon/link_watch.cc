// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/link_watch.h"

#include <chrono>
#include <string>
#include <utility>

namespace softwire::controlplane {

namespace {

constexpr std::chrono::milliseconds kInterval(250);
constexpr std::chrono::seconds kPause(10);  // between two attempts to open a port: each writes to the log

std::string words(const dataplane::LinkState& link) {
  if (!link.up) return "down: the device " + std::string(to_text(link.fault));
  const auto megabits = megabits_of(link);
  return megabits ? "up, " + std::to_string(*megabits) + " Mbit/s" : "up";
}

}  // namespace

std::optional<std::uint32_t> megabits_of(const dataplane::LinkState& link) {
  constexpr std::uint32_t kUnknown = 0xffffffff;
  return link.megabits == 0 || link.megabits == kUnknown ? std::nullopt : std::optional(link.megabits);
}

LinkWatch::LinkWatch(boost::asio::io_context& loop, RunningHub& hub, std::shared_ptr<spdlog::logger> log,
                     ChangeCallback changed)
    : hub_(hub), log_(std::move(log)), changed_(std::move(changed)), timer_(loop) {}

void LinkWatch::tend(Side side) {
  using Tended = dataplane::EthernetPort::Tended;
  const auto now = std::chrono::steady_clock::now();
  auto& next_attempt = next_attempt_[static_cast<std::size_t>(side)];
  if (now < next_attempt) return;
  const auto tended = hub_.tend_port(side);
  if (!tended) {
    next_attempt = now + kPause;
    log_->error("{}: the port cannot be opened again: {}", name_of(side), tended.error().text);
  } else if (*tended == Tended::kClosed) {
    log_->warn("{}: the interface of the port was deleted; the port is opened again when it exists and is up",
               name_of(side));
  } else if (*tended == Tended::kOpened) {
    log_->info("{}: the port is open again", name_of(side));
  }
}

void LinkWatch::look_at(Side side) {
  auto& known = known_[static_cast<std::size_t>(side)];
  const dataplane::LinkState link = hub_.port(side).link();
  if (known && link == *known) return;
  log_->log(link.up ? spdlog::level::info : spdlog::level::warn, "{}: link {}", name_of(side), words(link));
  if (known) changed_(side, link);
  known = link;
}

void LinkWatch::look() {
  tend(Side::kIpv4);
  if (&hub_.port(Side::kIpv4) != &hub_.port(Side::kIpv6)) tend(Side::kIpv6);
  for (const Side side : {Side::kIpv4, Side::kIpv6}) look_at(side);
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look();
  });
}

}  // namespace softwire::controlplane
