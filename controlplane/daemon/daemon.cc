#include <systemd/sd-daemon.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

#include "controlplane/config/load_config.h"
#include "controlplane/daemon/daemon.h"
#include "controlplane/daemon/launch.h"
#include "controlplane/daemon/privileges.h"
#include "controlplane/hub/write_counters.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

namespace asio = boost::asio;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kServeInterval(1);
constexpr unsigned kServeRounds = 100;  // before signals and timers have their turn
constexpr seconds kLinkInterval(1);

std::shared_ptr<spdlog::logger> make_log() {
  auto log = spdlog::stderr_logger_st("softwired");
  // The journal has the time already.
  log->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
  return log;
}

std::string words(const dataplane::LinkState& link) {
  if (!link.up) return "down";
  constexpr std::uint32_t kUnknown = 0xffffffff;
  return link.megabits == 0 || link.megabits == kUnknown ? "up"
                                                         : "up, " + std::to_string(link.megabits) + " Mbit/s";
}

class Daemon {
 public:
  Daemon(const DaemonOptions& options, Config config, Config completed, std::unique_ptr<RunningHub> running,
         asio::io_context& loop, asio::signal_set& signals)
      : options_(options),
        config_(std::move(config)),
        completed_(std::move(completed)),
        running_(std::move(running)),
        loop_(loop),
        signals_(signals),
        serve_timer_(loop_),
        link_timer_(loop_) {}

  Result<Done> run() {
    log_->info("workers: {}; packet buffers in {} pages; bindings: {}", config_.daemon.workers,
               running_->memory() == dataplane::EalMemory::kHugepages ? "2 MB" : "ordinary", bindings());
    for (const Side side : {Side::kIpv4, Side::kIpv6}) describe(side);
    wait_for_signal();
    serve();
    watch_links();
    sd_notify(0, "READY=1");
    loop_.run();
    return finish();
  }

 private:
  [[nodiscard]] static const char* name(Side side) { return side == Side::kIpv4 ? "ipv4" : "ipv6"; }

  [[nodiscard]] std::uint64_t bindings() const {
    for (const auto& [counter, value] : running_->counters()) {
      if (counter == "bindings") return value;
    }
    return 0;
  }

  void describe(Side side) {
    const dataplane::Port& port = running_->port(side);
    const SideConfig& of_side = side == Side::kIpv4 ? completed_.ipv4 : completed_.ipv6;
    log_->info("{}: port {}, MAC address {}{}", name(side), of_side.port, to_string(of_side.mac),
               port.is_promiscuous() ? ", promiscuous" : "");
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGTERM || signal == SIGINT) {
        sd_notify(0, "STOPPING=1");
        log_->info("stopping");
        loop_.stop();
        return;
      }
      if (signal == SIGHUP) reload();
      if (signal == SIGUSR1) report(write_on_demand());
      wait_for_signal();
    });
  }

  // What the workers hand over. A ring holds more than they hand over in a millisecond at the highest rate.
  void serve() {
    unsigned rounds = 0;
    while (rounds < kServeRounds && running_->hub().serve() != 0) ++rounds;
    serve_timer_.expires_after(rounds < kServeRounds ? kServeInterval : milliseconds(0));
    serve_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) serve();
    });
  }

  void watch_links() {
    for (const Side side : {Side::kIpv4, Side::kIpv6}) {
      dataplane::LinkState& known = links_[static_cast<std::size_t>(side)];
      const dataplane::LinkState link = running_->port(side).link();
      if (watched_ && link == known) continue;
      log_->log(link.up ? spdlog::level::info : spdlog::level::warn, "{}: link {}", name(side), words(link));
      known = link;
    }
    watched_ = true;
    link_timer_.expires_after(kLinkInterval);
    link_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) watch_links();
    });
  }

  void reload() {
    // With Type=notify-reload the time tells this reload from the one before (sd_notify(3)).
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    sd_notify(
        0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", duration_cast<microseconds>(now).count()).c_str());
    if (const auto reloaded = try_reload(); reloaded) {
      log_->info("reloaded; bindings: {}", bindings());
      report(running_->listen(completed_));
    } else {
      log_->error("{}; nothing has changed", reloaded.error().text);
    }
    sd_notify(0, "READY=1");
  }

  Result<Done> try_reload() {
    auto next = load_config(options_.config, options_.settings);
    if (!next) return next.error();
    if (const std::string key = needs_restart(config_, *next); !key.empty()) {
      return Error{next->path + ": " + key + " has changed, which takes a restart"};
    }
    Config completed = *next;
    completed.ipv4.mac = completed_.ipv4.mac;
    completed.ipv6.mac = completed_.ipv6.mac;
    if (auto reloaded = running_->hub().reload(completed); !reloaded) return reloaded;
    config_ = std::move(*next);
    completed_ = std::move(completed);
    return Done{};
  }

  Result<Done> write_on_demand() {
    return options_.counters.empty() ? Error{"SIGUSR1 writes the counters, but --counters names no file"}
                                     : write();
  }

  Result<Done> write() {
    return options_.counters.empty() ? Done{} : write_counters(options_.counters, running_->counters());
  }

  void report(const Result<Done>& result) {
    if (!result) log_->error("{}", result.error().text);
  }

  Result<Done> finish() {
    running_->stop();
    while (running_->hub().serve() != 0) {
    }
    for (const auto& [counter, value] : running_->counters()) {
      if (value != 0) log_->info("{} {}", counter, value);
    }
    return write();
  }

  const DaemonOptions& options_;
  Config config_;     // as it was given
  Config completed_;  // with what the ports had to say
  std::unique_ptr<RunningHub> running_;
  std::shared_ptr<spdlog::logger> log_ = make_log();
  asio::io_context& loop_;
  asio::signal_set& signals_;
  asio::steady_timer serve_timer_;
  asio::steady_timer link_timer_;
  std::array<dataplane::LinkState, 2> links_{};  // by Side
  bool watched_ = false;
};

}  // namespace

Result<Done> check_configuration(const DaemonOptions& options) {
  const auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  if (auto checked = check_ports(*config); !checked) return checked;
  return Hub::check(*config);
}

Result<Done> run_daemon(const DaemonOptions& options) {
  auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  if (auto user = become_user(*config); !user) return user.error();
  asio::io_context loop(1);
  // What comes while the hub starts is answered once it runs.
  asio::signal_set signals(loop, SIGTERM, SIGINT, SIGHUP);
  signals.add(SIGUSR1);
  Config completed = *config;
  auto running = RunningHub::start(completed);
  if (!running) return running.error();
  return Daemon(options, std::move(*config), std::move(completed), std::move(*running), loop, signals).run();
}

}  // namespace softwire::controlplane
