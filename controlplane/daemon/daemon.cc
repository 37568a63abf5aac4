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
#include "controlplane/config/rule_statement.h"
#include "controlplane/control/methods.h"
#include "controlplane/control/server.h"
#include "controlplane/daemon/daemon.h"
#include "controlplane/daemon/launch.h"
#include "controlplane/hub/softwire_keeper.h"
#include "controlplane/hub/write_counters.h"
#include "controlplane/metrics/exporter.h"
#include "controlplane/store/open_softwires.h"
#include "controlplane/store/softwire_store.h"
#include "dataplane/ports/port_counters.h"
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
constexpr std::size_t kMostEvents = 1000;  // of one change
constexpr seconds kForgetInterval = std::chrono::hours(1);

std::shared_ptr<spdlog::logger> make_log() {
  auto log = spdlog::stderr_logger_st("softwired");
  // The journal has the time already.
  log->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
  return log;
}

std::optional<std::uint32_t> speed(const dataplane::LinkState& link) {
  constexpr std::uint32_t kUnknown = 0xffffffff;
  return link.megabits == 0 || link.megabits == kUnknown ? std::nullopt : std::optional(link.megabits);
}

std::string words(const dataplane::LinkState& link) {
  if (!link.up) return "down";
  return speed(link) ? "up, " + std::to_string(*speed(link)) + " Mbit/s" : "up";
}

Json megabits(const dataplane::LinkState& link) {
  return speed(link) ? Json(*speed(link)) : Json();
}

class Daemon {
 public:
  // `completed` is `config` with what the ports had to say.
  Daemon(const DaemonOptions& options, Config config, const Config& completed,
         std::unique_ptr<RunningHub> running, SoftwireStore& store, asio::io_context& loop,
         asio::signal_set& signals)
      : options_(options),
        config_(std::move(config)),
        running_(std::move(running)),
        loop_(loop),
        signals_(signals),
        serve_timer_(loop_),
        link_timer_(loop_),
        forget_timer_(loop_),
        keeper_(loop_, running_->hub(), store, completed, observer()),
        metrics_(loop_, *running_, keeper_),
        context_{
            .hub = &running_->hub(),
            .keeper = &keeper_,
            .version = SOFTWIRE_VERSION,
            .started = wall_now(),
            .hugepages = running_->memory() == dataplane::EalMemory::kHugepages,
            .counters = [this] { return running_->counters(); },
            .ports = [this] { return ports(); },
            .processor_of_worker = [this](unsigned number) { return running_->processor_of_worker(number); },
            .last_reload = [this] { return last_reload_; },
            .reload = [this](const Reloaded& told) { reload(told); },
            .test = [this](const Reloaded& told) { test(told); }} {}

  Result<Done> run() {
    log_->info("workers: {}; packet buffers in {} pages; bindings: {}", config_.daemon.workers,
               running_->memory() == dataplane::EalMemory::kHugepages ? "2 MB" : "ordinary", bindings());
    for (const Side side : {Side::kIpv4, Side::kIpv6}) describe(side);
    if (auto listening = open_control_socket(); !listening) return listening;
    auto metrics = metrics_.prepare(config_);
    if (!metrics) return metrics.error();
    metrics_.use(std::move(*metrics), config_);
    wait_for_signal();
    serve();
    watch_links();
    forget();
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
    const SideConfig& of_side = side == Side::kIpv4 ? keeper_.config().ipv4 : keeper_.config().ipv6;
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
      if (signal == SIGHUP) reload({});
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
      if (watched_) {
        publish("link",
                {{"side", name(side)}, {"link", link.up ? "up" : "down"}, {"megabits", megabits(link)}});
      }
      known = link;
    }
    watched_ = true;
    link_timer_.expires_after(kLinkInterval);
    link_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) watch_links();
    });
  }

  using Reloaded = std::function<void(const Result<Done>&)>;

  // What the file says now, with what the ports had to say; `next`: as it is given.
  Result<Config> read_config(Config& next) const {
    auto read = load_config(options_.config, options_.settings);
    if (!read) return read;
    next = *read;
    if (const std::string key = needs_restart(config_, next); !key.empty()) {
      return Error{next.path + ": " + key + " has changed, which takes a restart"};
    }
    read->ipv4.mac = keeper_.config().ipv4.mac;
    read->ipv6.mac = keeper_.config().ipv6.mac;
    return read;
  }

  void test(const Reloaded& tested) {
    Config next;
    auto completed = read_config(next);
    if (!completed) return tested(completed.error());
    keeper_.test(std::move(*completed), tested);
  }

  void reload(const Reloaded& told) {
    // With Type=notify-reload the time tells this reload from the one before (sd_notify(3)).
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    sd_notify(
        0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", duration_cast<microseconds>(now).count()).c_str());
    const auto reloaded = [this, told](const Result<Done>& result) {
      last_reload_ = {wall_now(), result ? std::string() : result.error().text};
      metrics_.reloaded(result.ok());
      Json event = {{"ok", result.ok()}, {"bindings", bindings()}};
      if (!result) event["error"] = result.error().text;
      publish("reload", std::move(event));
      if (result) {
        log_->info("reloaded; bindings: {}", bindings());
      } else {
        log_->error("{}; nothing has changed", result.error().text);
      }
      sd_notify(0, "READY=1");
      if (told) told(result);
    };
    Config next;
    auto completed = read_config(next);
    if (!completed) return reloaded(completed.error());
    auto metrics = metrics_.prepare(next);
    if (!metrics) return reloaded(metrics.error());
    auto server = std::make_shared<metrics::Exporter::Prepared>(std::move(*metrics));
    keeper_.reload(std::move(*completed),
                   [this, reloaded, server, next = std::move(next)](const Result<SoftwiresChanged>& changed) {
                     if (!changed) return reloaded(changed.error());
                     config_ = next;
                     metrics_.use(std::move(*server), config_);
                     reloaded(Done{});
                   });
  }

  SoftwireKeeper::Observer observer() {
    return {.changed = [this](const SoftwiresChanged& changed) { tell(changed); },
            .ends_changed = [this] { report(running_->listen(keeper_.config())); },
            .failed = [this](const Error& error) { report(error); }};
  }

  void publish(std::string_view kind, Json event) {
    if (server_ != nullptr) server_->publish(kind, std::move(event));
  }

  void tell(const SoftwiresChanged& changed) {
    if (changed.removals() + changed.additions() == 0) return;
    log_->info("softwires: {} removed, {} added", changed.removals(), changed.additions());
    if (server_ == nullptr || server_->sessions() == 0) return;
    // Who wants to know of so many asks for the list.
    if (changed.removals() + changed.additions() > kMostEvents) {
      publish("softwire",
              {{"change", "several"}, {"removed", changed.removals()}, {"added", changed.additions()}});
      return;
    }
    const auto each = [this](const auto& list, const char* change) {
      for (const auto& stored : list) {
        publish("softwire", {{"change", change},
                             {"softwire", to_statement(stored.softwire)},
                             {"origin", name_of(stored.origin)}});
      }
    };
    each(changed.removed, "removed");
    each(changed.removed_rules, "removed");
    each(changed.added, "added");
    each(changed.added_rules, "added");
  }

  std::vector<PortStatus> ports() const {
    std::vector<PortStatus> result;
    for (const Side side : {Side::kIpv4, Side::kIpv6}) {
      const dataplane::Port& port = running_->port(side);
      const SideConfig& of_side = side == Side::kIpv4 ? keeper_.config().ipv4 : keeper_.config().ipv6;
      const dataplane::LinkState link = port.link();
      const auto values = dataplane::values_of(port.counters(), running_->hub().drops(side));
      PortStatus status{.side = config_.on_a_stick ? "both" : name(side),
                        .device = of_side.port,
                        .mac = of_side.mac,
                        .link_up = link.up,
                        .megabits = speed(link),
                        .promiscuous = port.is_promiscuous(),
                        .counters = {}};
      for (std::size_t i = 0; i < values.size(); ++i) {
        status.counters.emplace_back(dataplane::kPortCounterInfos[i].name, values[i]);
      }
      result.push_back(std::move(status));
      if (config_.on_a_stick) break;
    }
    return result;
  }

  Result<Done> open_control_socket() {
    if (config_.daemon.control.socket.empty()) return Done{};
    auto server = ControlServer::listen(loop_, config_.daemon.control, make_methods(context_));
    if (!server) return server.error();
    server_ = std::move(*server);
    return Done{};
  }

  // History that is older than it may get, a part at a time.
  void forget() {
    const std::uint32_t days = config_.daemon.history_days;
    if (days == 0) return forget_after(kForgetInterval);
    keeper_.ask<Result<std::int64_t>>(
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
    server_.reset();
    running_->stop();
    while (running_->hub().serve() != 0) {
    }
    for (const auto& [counter, value] : running_->counters()) {
      if (value != 0) log_->info("{} {}", counter, value);
    }
    return write();
  }

  const DaemonOptions& options_;
  Config config_;  // as it was given
  std::unique_ptr<RunningHub> running_;
  std::shared_ptr<spdlog::logger> log_ = make_log();
  asio::io_context& loop_;
  asio::signal_set& signals_;
  asio::steady_timer serve_timer_;
  asio::steady_timer link_timer_;
  asio::steady_timer forget_timer_;
  std::array<dataplane::LinkState, 2> links_{};  // by Side
  bool watched_ = false;
  std::optional<ReloadStatus> last_reload_;
  SoftwireKeeper keeper_;
  metrics::Exporter metrics_;
  ControlContext context_;
  std::unique_ptr<ControlServer> server_;  // null: none is wanted
};

}  // namespace

Result<Done> check_configuration(const DaemonOptions& options) {
  const auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  if (auto checked = check_ports(*config); !checked) return checked;
  const auto softwires = look_at_softwires(*config);
  if (!softwires) return softwires.error();
  return Hub::check(*config, *softwires);
}

Result<Done> run_daemon(const DaemonOptions& options) {
  auto config = load_config(options.config, options.settings);
  if (!config) return config.error();
  asio::io_context loop(1);
  // What comes while the hub starts is answered once it runs.
  asio::signal_set signals(loop, SIGTERM, SIGINT, SIGHUP);
  signals.add(SIGUSR1);
  auto store = SoftwireStore::open(config->state);
  if (!store) return store.error();
  // What softwires.conf says is kept when the hub has come up with it.
  if (auto begun = (*store)->begin(); !begun) return begun;
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
