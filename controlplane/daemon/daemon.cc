// SPDX-License-Identifier: BSD-3-Clause
#include <systemd/sd-daemon.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

#include "controlplane/config/load_config.h"
#include "controlplane/daemon/daemon.h"
#include "controlplane/daemon/link_watch.h"
#include "controlplane/daemon/operator_socket.h"
#include "controlplane/metrics/exporter.h"
#include "controlplane/privileges/privileges.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/runtime/write_counters.h"
#include "controlplane/softwires/open_softwires.h"
#include "controlplane/softwires/softwire_manager.h"
#include "controlplane/store/softwire_store.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

namespace asio = boost::asio;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kServeInterval(1);
constexpr unsigned kServeRounds = 100;  // at most; then signals and timers are handled
constexpr seconds kForgetInterval = std::chrono::hours(1);

std::shared_ptr<spdlog::logger> make_log() {
  auto log = spdlog::stderr_logger_st("softwired");
  // The journal adds the time itself.
  log->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
  return log;
}

class Daemon {
 public:
  // `completed` is `config` with the MAC addresses of the ports.
  Daemon(const DaemonOptions& options, Config config, const Config& completed,
         std::unique_ptr<RunningHub> running, SoftwireStore& store, asio::io_context& loop,
         asio::signal_set& signals)
      : options_(options),
        config_(std::move(config)),
        running_(std::move(running)),
        loop_(loop),
        signals_(signals),
        serve_timer_(loop_),
        forget_timer_(loop_),
        log_timer_(loop_),
        manager_(loop_, running_->hub(), store, completed, observer()),
        metrics_(loop_, *running_, manager_),
        socket_(loop_, *running_, manager_,
                {.reload = [this](const DoneCallback& done) { reload(done); },
                 .test = [this](const DoneCallback& done) { test(done); }}),
        links_(loop_, *running_, log_,
               [this](Side side, const dataplane::LinkState& link) { socket_.link_changed(side, link); }) {}

  Result<Done> run() {
    log_->info("workers: {}; packet buffers in {} pages; bindings: {}", config_.daemon.workers,
               running_->memory() == dataplane::EalMemory::kHugepages ? "2 MB" : "ordinary", bindings());
    for (const Side side : {Side::kIpv4, Side::kIpv6}) describe(side);
    if (auto taken = manager_.take_leases(); !taken) return taken;
    if (auto opened = socket_.open(); !opened) return opened;
    auto metrics = metrics_.prepare(config_);
    if (!metrics) return metrics.error();
    metrics_.use(std::move(*metrics));
    wait_for_signal();
    serve();
    links_.look();
    forget();
    sd_notify(0, "READY=1");
    loop_.run();
    return finish();
  }

 private:
  [[nodiscard]] std::size_t bindings() const { return running_->hub().table().size(); }

  void describe(Side side) {
    const dataplane::EthernetPort& port = running_->port(side);
    const SideConfig& of_side = side == Side::kIpv4 ? manager_.config().ipv4 : manager_.config().ipv6;
    log_->info("{}: port {}, MAC address {}{}", name_of(side), of_side.port, to_string(of_side.mac),
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
      if (signal == SIGHUP) reload({});
      if (signal == SIGUSR1) report(write_on_demand());
      wait_for_signal();
    });
  }

  // Handles the packets that the workers hand over. Once a millisecond is enough: a ring holds more packets
  // than arrive in that time at the highest rate.
  void serve() {
    unsigned rounds = 0;
    while (rounds < kServeRounds && running_->hub().serve() != 0) ++rounds;
    serve_timer_.expires_after(rounds < kServeRounds ? kServeInterval : milliseconds(0));
    serve_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) serve();
    });
  }

  using DoneCallback = std::function<void(const Result<Done>&)>;

  // Reads the file again. Returns the configuration with the MAC addresses of the ports, and sets `next` to
  // the configuration as it is written.
  Result<Config> read_config(Config& next) const {
    auto read = load_config(options_.config, options_.settings);
    if (!read) return read;
    next = *read;
    if (const std::string key = needs_restart(config_, next); !key.empty()) {
      return Error{next.path + ": " + key + " has changed; restart softwired to apply it"};
    }
    read->ipv4.mac = manager_.config().ipv4.mac;
    read->ipv6.mac = manager_.config().ipv6.mac;
    return read;
  }

  void test(const DoneCallback& tested) {
    Config next;
    auto completed = read_config(next);
    if (!completed) return tested(completed.error());
    manager_.test(std::move(*completed), tested);
  }

  void reload(const DoneCallback& done) {
    // With Type=notify-reload, systemd uses the time to tell this reload from the previous one
    // (sd_notify(3)).
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    sd_notify(
        0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", duration_cast<microseconds>(now).count()).c_str());
    const auto reloaded = [this, done](const Result<Done>& result) {
      socket_.reloaded(result);
      metrics_.reloaded(result.ok());
      if (result) {
        log_->info("reloaded; bindings: {}", bindings());
      } else {
        log_->error("{}; the previous configuration stays in effect", result.error().text);
      }
      sd_notify(0, "READY=1");
      if (done) done(result);
    };
    Config next;
    auto completed = read_config(next);
    if (!completed) return reloaded(completed.error());
    auto metrics = metrics_.prepare(next);
    if (!metrics) return reloaded(metrics.error());
    manager_.reload(std::move(*completed), [this, reloaded, server = std::move(*metrics),
                                            next = std::move(next)](const Result<SoftwiresChanged>& changed) {
      if (!changed) return reloaded(changed.error());
      config_ = next;
      metrics_.use(server);
      reloaded(Done{});
    });
  }

  SoftwireManager::Observer observer() {
    return {.changed =
                [this](const SoftwiresChanged& changed) {
                  if (changed.removals() + changed.additions() == 0) return;
                  log_soon(changed);
                  socket_.softwires_changed(changed);
                },
            .ends_changed = [this] { report(running_->listen(manager_.config())); },
            .failed = [this](const Error& error) { report(error); },
            .store_thread_starts = [] { confine_file_thread(); }};
  }

  // Logs one line for all changes within a second.
  void log_soon(const SoftwiresChanged& changed) {
    const bool is_first = removals_ + additions_ == 0;
    removals_ += changed.removals();
    additions_ += changed.additions();
    if (!is_first) return;
    log_timer_.expires_after(seconds(1));
    log_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) log_changes();
    });
  }
  void log_changes() {
    if (removals_ + additions_ == 0) return;
    log_->info("softwires: {} removed, {} added", std::exchange(removals_, 0), std::exchange(additions_, 0));
  }

  // Deletes history that is older than history-days, a part at a time.
  void forget() {
    const std::uint32_t days = config_.daemon.history_days;
    if (days == 0) return forget_after(kForgetInterval);
    manager_.ask<Result<std::int64_t>>(
        [before = wall_now() - std::chrono::days(days)](SoftwireStore& store) {
          return store.forget_ended(before);
        },
        [this](const Result<std::int64_t>& forgotten) {
          if (!forgotten) report(forgotten.error());
          forget_after(forgotten && *forgotten != 0 ? seconds(1) : kForgetInterval);
        });
  }
  void forget_after(seconds interval) {
    forget_timer_.expires_after(interval);
    forget_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) forget();
    });
  }

  Result<Done> write_on_demand() {
    return options_.counters.empty() ? Error{"SIGUSR1 writes the counters, but --counters is not set; "
                                             "start softwired with --counters FILE"}
                                     : write();
  }

  Result<Done> write() {
    return options_.counters.empty() ? Done{} : write_counters(options_.counters, running_->counters());
  }

  void report(const Result<Done>& result) {
    if (!result) log_->error("{}", result.error().text);
  }

  Result<Done> finish() {
    socket_.close();
    log_changes();
    running_->stop();
    while (running_->hub().serve() != 0) {
    }
    for (const auto& [counter, value] : running_->counters()) {
      if (value != 0) log_->info("{} {}", counter, value);
    }
    return write();
  }

  const DaemonOptions& options_;
  Config config_;  // as it is written, without the MAC addresses of the ports
  std::unique_ptr<RunningHub> running_;
  std::shared_ptr<spdlog::logger> log_ = make_log();
  asio::io_context& loop_;
  asio::signal_set& signals_;
  asio::steady_timer serve_timer_;
  asio::steady_timer forget_timer_;
  asio::steady_timer log_timer_;
  std::size_t removals_ = 0;  // softwires that are not logged yet
  std::size_t additions_ = 0;
  SoftwireManager manager_;
  metrics::Exporter metrics_;
  OperatorSocket socket_;
  LinkWatch links_;
};

}  // namespace

Result<Done> check_configuration(const DaemonOptions& options) {
  const auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  if (auto checked = check_ports(*config); !checked) return checked;
  const auto softwires = look_at_softwires(*config, wall_now());
  if (!softwires) return softwires.error();
  return Hub::check(*config, *softwires);
}

Result<Done> run_daemon(const DaemonOptions& options) {
  auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  if (auto user = become_user(*config); !user) return user.error();
  asio::io_context loop(1);
  // Signals that arrive while the hub starts are handled when it runs.
  asio::signal_set signals(loop, SIGTERM, SIGINT, SIGHUP);
  signals.add(SIGUSR1);
  auto store = SoftwireStore::open(config->state);
  if (!store) return store.error();
  // The changes by softwires.conf are committed only after the hub has started with them.
  if (auto begun = (*store)->begin(); !begun) return begun;
  // These leases ended while softwired was down. They must not block bindings that the operator adds.
  if (auto ended = end_expired_leases(**store, wall_now()); !ended) return ended;
  auto merged = merge_file(**store, *config, wall_now());
  if (!merged) return merged.error();
  Config completed = *config;
  auto running = RunningHub::start(completed, merged->softwires);
  if (!running) return running.error();
  if (auto committed = (*store)->commit(); !committed) return committed;
  merged->softwires = {};
  return Daemon(options, std::move(*config), completed, std::move(*running), **store, loop, signals).run();
}

}  // namespace softwire::controlplane
