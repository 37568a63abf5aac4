// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/daemon/link_watch.h"

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

LinkWatch::LinkWatch(boost::asio::io_context& loop, Ports ports, std::shared_ptr<spdlog::logger> log,
                     ChangeCallback changed)
    : ports_(std::move(ports)), log_(std::move(log)), changed_(std::move(changed)), timer_(loop) {}

void LinkWatch::tend(Side side, Time now) {
  Port& port = port_[static_cast<std::size_t>(side)];
  if (now >= port.next_attempt) {
    const auto tended = ports_.tend(side);
    if (!tended) {
      port.next_attempt = now + kPause;
      port.device = Device::kCannotBeOpened;
      port.failure = tended.error().text;
    } else if (*tended == Tended::kClosed) {
      port.device = Device::kDeleted;
    } else if (*tended == Tended::kOpened) {
      port.device = Device::kOpen;
    }
  }
  const auto change = port.for_log.look(port.device, now);
  if (!change) return;
  switch (port.device) {
    case Device::kOpen:
      log_->info("{}: the port is open again{}", name_of(side), change->summary());
      break;
    case Device::kDeleted:
      log_->warn(
          "{}: the interface of the port was deleted; the port is opened again when it exists and is up{}",
          name_of(side), change->summary());
      break;
    case Device::kCannotBeOpened:
      log_->error("{}: the port cannot be opened again: {}; softwired tries it every {} s{}", name_of(side),
                  port.failure, kPause.count(), change->summary());
      break;
  }
}

void LinkWatch::look_at(Side side, Time now) {
  std::optional<Seen>& seen = seen_[static_cast<std::size_t>(side)];
  const dataplane::LinkState link = ports_.link(side);
  const auto log = [&](const std::string& summary) {
    log_->log(link.up ? spdlog::level::info : spdlog::level::warn, "{}: link {}{}", name_of(side),
              words(link), summary);
  };
  if (!seen) {
    using Changes = LimitedChanges<dataplane::LinkState>;
    seen = Seen{Changes(link, Changes::kOfLog), Changes(link, Changes::kOfEvents)};
    return log({});
  }
  if (const auto change = seen->for_log.look(link, now)) log(change->summary());
  if (const auto change = seen->for_events.look(link, now); change && !(change->before == link)) {
    changed_(side, link);
  }
}

void LinkWatch::look(Time now) {
  tend(Side::kIpv4, now);
  if (!ports_.on_a_stick) tend(Side::kIpv6, now);
  for (const Side side : {Side::kIpv4, Side::kIpv6}) look_at(side, now);
}

void LinkWatch::start() {
  look();
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) start();
  });
}

}  // namespace softwire::controlplane
