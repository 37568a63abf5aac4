// SPDX-License-Identifier: BSD-3-Clause
#include <sys/stat.h>
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
#include <optional>
#include <string>
#include <utility>

#include "controlplane/config/load_config.h"
#include "controlplane/daemon/claim_watch.h"
#include "controlplane/daemon/daemon.h"
#include "controlplane/daemon/gateway_watch.h"
#include "controlplane/daemon/heap_trim.h"
#include "controlplane/daemon/hub_health.h"
#include "controlplane/daemon/link_watch.h"
#include "controlplane/daemon/operator_socket.h"
#include "controlplane/daemon/watchdog.h"
#include "controlplane/health/health.h"
#include "controlplane/metrics/exporter.h"
#include "controlplane/privileges/privileges.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/runtime/start_checks.h"
#include "controlplane/runtime/write_counters.h"
#include "controlplane/softwires/open_softwires.h"
#include "controlplane/softwires/softwire_manager.h"
#include "controlplane/softwires/store_service.h"
#include "controlplane/store/softwire_queries.h"
#include "controlplane/store/softwire_store.h"
#include "controlplane/store/store_keeper.h"
#include "controlplane/turns/background.h"
#include "controlplane/turns/limited_log.h"
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
// Captured packets of an interval. To show one takes some ten microseconds.
constexpr unsigned kMaxDrops = 32;
constexpr milliseconds kHealthInterval(250);
constexpr auto kStoreRemedy =
    "; changes and leases are refused until it can; softwired tries again every 5 seconds";
constexpr seconds kForgetInterval = std::chrono::hours(1);

std::shared_ptr<spdlog::logger> make_log() {
  auto log = spdlog::stderr_logger_st("softwired");
  // The journal adds the time itself.
  log->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
  return log;
}

const SideConfig& side_of(const Config& config, Side side) {
  return side == Side::kIpv4 ? config.ipv4 : config.ipv6;
}

class Daemon {
 public:
  // `completed` is `config` with the devices and the MAC addresses of the ports.
  Daemon(const DaemonOptions& options, Config config, const Config& completed,
         std::unique_ptr<RunningHub> running, StoreKeeper& keeper, asio::io_context& loop,
         asio::signal_set& signals)
      : options_(options),
        config_(std::move(config)),
        running_(std::move(running)),
        loop_(loop),
        signals_(signals),
        serve_timer_(loop_),
        forget_timer_(loop_),
        log_timer_(loop_),
        health_timer_(loop_),
        manager_(loop_, running_->hub(), keeper.store(), completed, observer()),
        store_(loop_, manager_, keeper, completed.state, store_observer()),
        gateways_([this](Side side) { return gateway_status(running_->hub(), manager_.config(), side); },
                  log_,
                  [this](Side side, const GatewayStatus& now, dataplane::GatewayState before) {
                    socket_.gateway_changed(side, now, before);
                  }),
        hub_health_(*running_, manager_, store_, gateways_),
        health_([this] { return hub_health_.checks(std::chrono::steady_clock::now()); },
                {.changed = [this](const KnownCheck& now,
                                   HealthState before) { socket_.health_changed(now, before); },
                 .log = [this](const KnownCheck& now, HealthState before,
                               const std::string& summary) { log_health(now, before, summary); }}),
        metrics_(loop_, *running_, manager_,
                 {.health = [this] { return health_.look(); },
                  .gateway_age = [this](Side side) { return gateways_.look(side).age; },
                  .log = [this](const std::string& line) { log_->warn("{}", line); }}),
        socket_(loop_, *running_, manager_, store_,
                {.reload = [this](const DoneCallback& done) { reload(done); },
                 .test = [this](const DoneCallback& done) { test(done); },
                 .health = [this] { return health_.look(); },
                 .gateway = [this](Side side) { return gateways_.look(side); },
                 .log = [this](const std::string& line) { log_->warn("{}", line); }}),
        links_(loop_,
               {.link = [this](Side side) { return running_->port(side).link(); },
                .tend = [this](Side side) { return running_->tend_port(side); },
                .on_a_stick = completed.on_a_stick},
               log_,
               [this](Side side, const dataplane::LinkState& link) { socket_.link_changed(side, link); }),
        watchdog_(loop_, [this] { return std::exchange(rounds_, 0) != 0 && health_.look().is_live(); }),
        claims_(loop_, running_->hub(), log_),
        reader_(loop_, [] { confine_file_thread(); }),
        heap_(loop_, reader_) {
    if (const auto& step = keeper.store().step_at_open()) {
      log_step(*step);
      was_restarted_ = step->cause == ClockStep::Cause::kStart;
    }
    if (const auto count = count_link_local(keeper.store()); count && count->bindings + count->rules != 0) {
      log_->warn(
          "the store has {} bindings and {} rules with addresses in 169.254.0.0/16, which an earlier release "
          "accepted; packets from and to them are not forwarded (RFC 3927 section 7); list them with "
          "'softwirectl show bindings' and 'show rules', and remove them with 'softwirectl del'",
          count->bindings, count->rules);
    }
  }

  Result<Done> run() {
    log_->info("workers: {}; packet buffers in {} pages; bindings: {}", config_.daemon.workers,
               running_->memory() == dataplane::EalMemory::kHugepages ? "2 MB" : "ordinary", bindings());
    for (const Side side : {Side::kIpv4, Side::kIpv6}) describe(side);
    if (auto taken = manager_.take_leases(); !taken) return taken;
    if (was_restarted_) running_->hub().doubt_leases();
    if (auto opened = socket_.open(); !opened) return opened;
    auto metrics = metrics_.prepare(config_);
    if (!metrics) return metrics.error();
    metrics_.use(std::move(*metrics));
    wait_for_signal();
    serve();
    links_.start();
    look_at_health();
    watchdog_.start();
    claims_.look();
    store_.start();
    heap_.start();
    forget();
    sd_notify(0, "READY=1");
    loop_.run();
    return finish();
  }

 private:
  [[nodiscard]] std::size_t bindings() const { return running_->hub().table().size(); }

  void describe(Side side) {
    const dataplane::EthernetPort& port = running_->port(side);
    const SideConfig& of_side = side_of(manager_.config(), side);
    const std::string& written = side_of(config_, side).port;
    log_->info("{}: port {}{}, MAC address {}{}; {}", name_of(side), of_side.port,
               written.empty() || written == of_side.port
                   ? ""
                   : ", because " + written + " is a network interface of the kernel",
               to_string(of_side.mac), port.is_promiscuous() ? ", promiscuous" : "",
               sentence_of(port.spread()));
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

  void look_at_health() {
    static_cast<void>(health_.look());
    health_timer_.expires_after(kHealthInterval);
    health_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) look_at_health();
    });
  }

  void log_health(const KnownCheck& now, HealthState before, const std::string& summary) {
    if (now.state == HealthState::kOk) {
      // It was ok before too when it has changed to and fro.
      log_->info("{}: ok again{}{}", now.name,
                 before == HealthState::kOk ? "" : "; it was " + std::string(to_text(before)), summary);
    } else {
      log_->log(now.state == HealthState::kFailed ? spdlog::level::err : spdlog::level::warn, "{}: {}: {}{}",
                now.name, to_text(now.state), now.reason, summary);
    }
  }

  // Handles the packets that the workers hand over. Once a millisecond is enough: a ring holds more packets
  // than arrive in that time at the highest rate.
  void serve() {
    ++rounds_;
    unsigned rounds = 0;
    while (rounds < kServeRounds && running_->hub().serve(0) != 0) ++rounds;
    running_->hub().serve(kMaxDrops);
    serve_timer_.expires_after(rounds < kServeRounds ? kServeInterval : milliseconds(0));
    serve_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) serve();
    });
  }

  using DoneCallback = std::function<void(const Result<Done>&)>;

  // softwired.conf as it is written, and with the devices and the MAC addresses of the ports.
  struct ReadConfig {
    Config next;
    Config completed;
    std::optional<Error> error;
  };

  // Reads the file again on another thread, because a disk may be slow and filters take long to compile.
  void read_config(std::function<void(ReadConfig&)> done) {
    const auto read = std::make_shared<ReadConfig>();
    const auto now = std::make_shared<const Config>(config_);
    reader_.run(
        [this, read, now] {
          auto loaded = load_config(options_.config, options_.settings);
          if (!loaded) {
            read->error = loaded.error();
          } else if (const std::string key = needs_restart(*now, *loaded); !key.empty()) {
            read->error = Error{loaded->path + ": " + key + " has changed; restart softwired to apply it"};
          } else {
            read->next = std::move(*loaded);
          }
        },
        [this, read, done = std::move(done)] {
          read->completed = read->next;
          for (const Side side : {Side::kIpv4, Side::kIpv6}) {
            SideConfig& completed = side == Side::kIpv4 ? read->completed.ipv4 : read->completed.ipv6;
            const SideConfig& running = side_of(manager_.config(), side);
            completed.mac = running.mac;
            completed.port = running.port;
          }
          done(*read);
        });
  }

  void test(const DoneCallback& tested) {
    read_config([this, tested](ReadConfig& read) {
      if (read.error) return tested(*read.error);
      manager_.test(std::move(read.completed), tested);
    });
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
    read_config([this, reloaded](ReadConfig& read) {
      if (read.error) return reloaded(*read.error);
      auto metrics = metrics_.prepare(read.next);
      if (!metrics) return reloaded(metrics.error());
      manager_.reload(std::move(read.completed),
                      [this, reloaded, server = std::move(*metrics),
                       next = std::move(read.next)](const Result<SoftwiresChanged>& changed) {
                        if (!changed) return reloaded(changed.error());
                        config_ = next;
                        metrics_.use(server);
                        reloaded(Done{});
                      });
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
            .store_thread_starts = [] { confine_file_thread(); },
            .clock_stepped = [this](const ClockStep& step) { log_step(step); }};
  }

  StoreService::Observer store_observer() {
    return {.changed = [this](const StoreState& state) { log_state(state); },
            .noted = [this](const std::string& line) { log_->info("{}", line); },
            .thread_starts = [] { confine_file_thread(); }};
  }

  void log_step(const ClockStep& step) {
    const auto by = duration_cast<seconds>(step.after - step.before);
    if (step.cause == ClockStep::Cause::kStart) {
      log_->warn(
          "the machine was started again: the system clock shows {}, the record expected {}; history and "
          "leases age only by the time that the machine runs",
          to_string(step.after), to_string(step.before));
      return;
    }
    log_->warn(
        "the system clock made a step of {} s, from {} to {}; the times of the record go on without it",
        by.count(), to_string(step.before), to_string(step.after));
  }

  void log_state(const StoreState& state) {
    if (!state.is_degraded()) return log_->info("the store is in order again");
    for (const std::string& problem : state.problems) failures_.say("store: " + problem);
    if (!state.failure.empty()) failures_.say("the store cannot be written: " + state.failure + kStoreRemedy);
    for (const auto& [job, why] : state.failed_jobs)
      failures_.say(fmt::format("store: {} failed: {}", job, why));
    if (!state.refuses_changes && state.problems.empty()) return;
    failures_.say(
        fmt::format("softwired is degraded{}: softwirectl store check shows the damage; softwirectl "
                    "store repair or softwirectl store restore FILE ends it",
                    state.refuses_changes ? ", and refuses changes" : ""));
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
    store_.forget(std::chrono::days(days), [this](const Result<std::int64_t>& forgotten) {
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
    if (!result) failures_.say(result.error().text);
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
  asio::steady_timer health_timer_;
  bool was_restarted_ = false;  // the machine, since the store was closed
  std::uint64_t rounds_ = 0;    // of serve(), since the watchdog asked
  std::size_t removals_ = 0;    // softwires that are not logged yet
  std::size_t additions_ = 0;
  LimitedLog failures_{[this](const std::string& line) { log_->error("{}", line); }};
  SoftwireManager manager_;
  StoreService store_;
  GatewayWatch gateways_;
  HubHealth hub_health_;
  Health health_;
  metrics::Exporter metrics_;
  OperatorSocket socket_;
  LinkWatch links_;
  Watchdog watchdog_;
  ClaimWatch claims_;
  Background reader_;
  HeapTrim heap_;
};

}  // namespace

Result<Done> check_configuration(const DaemonOptions& options) {
  const auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  if (auto checked = check_accounts(*config); !checked) return checked;
  if (auto checked = check_ports(*config); !checked) return checked;
  if (const auto processors = worker_processors(*config); !processors) return processors.error();
  const auto softwires = look_at_softwires(*config);
  if (!softwires) return softwires.error();
  return Hub::check(*config, *softwires);
}

namespace {

// Starts a transaction with the softwires that the hub starts with. Leases that ended while softwired was
// down must not block bindings that the operator adds.
Result<SoftwiresAndFile> merge(SoftwireStore& store, const Config& config) {
  auto merged = [&]() -> Result<SoftwiresAndFile> {
    if (auto begun = store.begin(); !begun) return begun.error();
    const WallTime now = store.now();
    if (auto ended = end_expired_leases(store, now); !ended) return ended.error();
    return merge_file(store, config, now);
  }();
  if (!merged) store.rollback();
  return merged;
}

// Does the same. Uses a substitute for a store that cannot be read or written.
Result<SoftwiresAndFile> merge_anyway(StoreKeeper& keeper, const Config& config) {
  auto merged = merge(keeper.store(), config);
  if (merged || keeper.is_substitute()) return merged;
  if (!keeper.store().has_failed() && !is_of_damaged_row(merged.error())) return merged;
  keeper.substitute(merged.error());
  return merge(keeper.store(), config);
}

}  // namespace

Result<Done> run_daemon(const DaemonOptions& options) {
  umask(0027);  // files that softwired makes have mode 0640
  // A limit of the size of files then is an error of the write, not the end of softwired.
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  if (auto checked = check_accounts(*config); !checked) return checked;
  if (auto user = become_user(*config); !user) return user.error();
  asio::io_context loop(1);
  // Signals that arrive while the hub starts are handled when it runs.
  asio::signal_set signals(loop, SIGTERM, SIGINT, SIGHUP);
  signals.add(SIGUSR1);
  auto keeper = StoreKeeper::open(config->state);
  if (!keeper) return keeper.error();
  SoftwireStore& store = (*keeper)->store();
  // The changes by softwires.conf are committed only after the hub has started with them.
  auto merged = merge_anyway(**keeper, *config);
  if (!merged) return merged.error();
  Config completed = *config;
  auto running =
      RunningHub::start(completed, merged->softwires, [clock = store.clock()] { return clock.now(); });
  if (!running) return running.error();
  if (auto committed = store.commit(); !committed) {
    if ((*keeper)->is_substitute()) return committed;
    (*keeper)->substitute(committed.error());
    if (const auto again = merge(store, *config); !again) return again.error();
    if (auto kept = store.commit(); !kept) return kept;
  }
  merged->softwires = {};
  return Daemon(options, std::move(*config), completed, std::move(*running), **keeper, loop, signals).run();
}

}  // namespace softwire::controlplane
