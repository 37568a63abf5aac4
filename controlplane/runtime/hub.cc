// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/hub.h"

#include <optional>

#include "controlplane/dhcp/server/server.h"
#include "controlplane/dhcp/service/service.h"
#include "controlplane/lease/lease_manager.h"
#include "controlplane/runtime/runtime_config.h"
#include "controlplane/softwires/fill_table.h"
#include "dataplane/punt/punt_channel.h"
#include "dataplane/tables/binding_table.h"
#include "dataplane/variants/make_pipeline.h"

namespace softwire::controlplane {

using dataplane::BindingTable;

namespace {

// What one worker has, and the control plane's end of it.
struct WorkerState {
  std::unique_ptr<dataplane::PuntChannel> channel;
  std::unique_ptr<dataplane::Pipeline> pipeline;
  std::optional<dhcp::Service> service;  // none: the relay is off, and nothing is punted
  dataplane::CounterPublisher counters;

  // Handles what has been punted until nothing is left.
  void finish(WallTime now) {
    while (service && service->poll(now) != 0) {
    }
    if (service) service->give_up();
  }
};

// The error of a configuration that forces an instruction set which this processor does not support.
std::optional<Error> unsupported_instruction_set(const Config& config) {
  const std::optional<dataplane::InstructionSet> set = config.daemon.instruction_set;
  if (!set || dataplane::is_supported(*set)) return std::nullopt;
  return Error{"instruction-set: this processor does not support " + std::string(dataplane::to_text(*set)) +
               "; give auto, or at most " +
               std::string(dataplane::to_text(dataplane::best_instruction_set()))};
}

}  // namespace

struct Hub::Parts {
  Options options;
  rte_mempool* pool = nullptr;
  std::unique_ptr<dataplane::Reclaimer> reclaimer;
  dataplane::InstructionSet instruction_set{};
  RuntimeConfigPtr runtime_config;
  dataplane::SnapshotPublisher snapshots;
  dataplane::GatewayPublisher gateways;
  std::unique_ptr<DropCapture> drops;  // outlives the engines
  std::unique_ptr<Explainer> explainer;
  std::vector<std::unique_ptr<WorkerState>> workers;
  // Of services that a reload has replaced.
  OutcomeCounters past_outcomes;
  dhcp::MessageStatistics past_statistics;
  Instant last_frame{};
  dhcp::PendingReplies pending;
  std::optional<dhcp::Server> server;  // none: it is off
  LeaseManager leases{{},
                      [this](const Binding& binding) { return runtime_config->occupancy(binding); },
                      [this](const LeaseChange& change, const std::function<void(bool)>& done) {
                        done(keep_in_memory(change));
                      }};

  [[nodiscard]] WallTime now() const {
    return options.clock ? options.clock()
                         : WallTime(std::chrono::floor<std::chrono::milliseconds>(last_frame));
  }
  void lease_ended(LeaseKey key) {
    leases.table().erase(key);
    if (server) server->freed(key);
  }
  // What the runtime_config says of leases and the server; the services go by it from then on.
  void configure_dhcp() {
    leases.configure(runtime_config->leases);
    runtime_config->server.is_granting = [this](LeaseKey key) { return leases.is_granting(key); };
    if (!runtime_config->server.is_on()) {
      server.reset();
    } else if (server) {
      server->configure(runtime_config->server, leases.table());
    } else {
      server.emplace(runtime_config->server, leases.table());
    }
  }
  // For a hub without a store.
  bool keep_in_memory(const LeaseChange& change) {
    using dataplane::TableError;
    BindingTable& table = *runtime_config->table;
    LeaseTable& lease_table = leases.table();
    for (const auto& end : {change.end, change.replaced}) {
      const Lease* ended = end ? lease_table.find(end->key) : nullptr;
      if (ended == nullptr || ended->binding.b4 != end->b4) continue;
      (void)table.remove(ended->binding);
      lease_ended(end->key);
    }
    if (!change.grant) return true;
    const Lease& lease = *change.grant;
    const Lease* before = lease_table.find(lease.key());
    if (before != nullptr && before->binding.b4 != lease.binding.b4) return false;
    const bool is_renewed = before != nullptr && before->binding == lease.binding;
    // What the operator says anyway lasts longer than a lease.
    if (before == nullptr && occupancy(table, lease.binding) == Occupancy::kSame) return true;
    const auto error = is_renewed          ? TableError::kNone
                       : before != nullptr ? table.replace(before->binding, lease.binding).error
                                           : table.add(lease.binding).error;
    if (error == TableError::kNone) lease_table.put(lease);
    return error == TableError::kNone;
  }

  void start_service(WorkerState& worker) {
    if (!runtime_config->snapshot.policy.dhcp_relay.enabled && !runtime_config->service.over_ipv6) return;
    dhcp::Service::Options service = runtime_config->service;
    service.on_drop = [this](dataplane::Mbuf& packet, Outcome outcome) {
      drops->relay_dropped(packet, outcome);
    };
    service.provision = [this](const dhcp6::Asker& asker) {
      return provision_of(*runtime_config->table, leases.table(), asker);
    };
    service.leases = &leases;
    service.pending = &pending;
    service.server = server ? &*server : nullptr;
    worker.service.emplace(std::move(service), *runtime_config->table, *worker.channel, *pool);
  }
  void end_service(WorkerState& worker) {
    if (!worker.service) return;
    worker.finish(now());
    past_outcomes += worker.service->outcomes();
    past_statistics += worker.service->statistics();
    worker.service.reset();
  }
  [[nodiscard]] OutcomeCounters relay_outcomes() const {
    OutcomeCounters outcomes = past_outcomes;
    for (const auto& worker : workers) {
      if (worker->service) outcomes += worker->service->outcomes();
    }
    return outcomes;
  }
  [[nodiscard]] dhcp::MessageStatistics relay_statistics() const {
    dhcp::MessageStatistics statistics = past_statistics;
    if (server) statistics += server->statistics();
    for (const auto& worker : workers) {
      if (worker->service) statistics += worker->service->statistics();
    }
    return statistics;
  }
  [[nodiscard]] dataplane::EngineCounters engine_counters() const {
    dataplane::EngineCounters sum;
    for (const auto& worker : workers) sum += worker->counters.read().engine;
    return sum;
  }
};

Hub::Hub(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Hub::~Hub() = default;

Result<std::unique_ptr<Hub>> Hub::create(const Config& config, rte_mempool& pool, const Options& options) {
  const auto softwires = read_softwires(config);
  if (!softwires) return softwires.error();
  return create(config, *softwires, pool, options);
}

Result<std::unique_ptr<Hub>> Hub::create(const Config& config, const Softwires& softwires, rte_mempool& pool,
                                         const Options& options) {
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  parts->pool = &pool;
  parts->reclaimer = dataplane::Reclaimer::create(options.workers);
  if (parts->reclaimer == nullptr) return Error{"no memory for the workers"};
  parts->drops = DropCapture::create(options.workers, *parts->reclaimer);
  if (parts->drops == nullptr) return Error{"no memory for the rings of the workers"};
  auto runtime_config = make_runtime_config(config, softwires, options);
  if (!runtime_config) return runtime_config.error();
  parts->runtime_config = std::move(*runtime_config);
  parts->runtime_config->table->publish(*parts->reclaimer);
  parts->configure_dhcp();
  const dataplane::Snapshot& snapshot = parts->runtime_config->snapshot;
  if (auto error = unsupported_instruction_set(config)) return *error;
  parts->instruction_set = config.daemon.instruction_set.value_or(dataplane::best_instruction_set());
  for (unsigned number = 0; number < options.workers; ++number) {
    auto worker = std::make_unique<WorkerState>();
    worker->channel = dataplane::PuntChannel::create();
    if (worker->channel == nullptr) return Error{"no memory for the rings of the workers"};
    worker->pipeline =
        dataplane::make_pipeline(parts->instruction_set, snapshot.policy, *snapshot.table, *worker->channel,
                                 dataplane::Engine::Resources{.pool = pool,
                                                              .seed = options.seed + number,
                                                              .gateway_publisher = &parts->gateways,
                                                              .probes_gateways = number == 0,
                                                              .drops = &parts->drops->channel(number)});
    parts->start_service(*worker);
    parts->reclaimer->add(number);
    parts->workers.push_back(std::move(worker));
  }
  parts->snapshots.publish(snapshot);
  return std::unique_ptr<Hub>(new Hub(std::move(parts)));
}

dataplane::InstructionSet Hub::instruction_set() const {
  return parts_->instruction_set;
}

Result<Done> Hub::check(const Config& config, const Softwires& softwires) {
  if (auto error = unsupported_instruction_set(config)) return *error;
  Config completed = config;
  for (SideConfig* side : {&completed.ipv4, &completed.ipv6}) {
    if (!side->mac.is_set()) side->mac = MacAddress({2, 0, 0, 0, 0, 1});
  }
  if (const auto made = make_runtime_config(completed, softwires, {}); !made) return made.error();
  return Done{};
}

void Hub::receive(Side side, std::span<dataplane::Mbuf* const> frames, Instant now,
                  dataplane::Output& output) {
  WorkerState& worker = *parts_->workers.front();
  parts_->last_frame = now;
  parts_->leases.expire(parts_->now());
  if (parts_->runtime_config->snapshot.policy.on_a_stick) {
    worker.pipeline->receive_on_a_stick(frames, now, output);
  } else {
    worker.pipeline->receive(side, frames, now, output);
  }
  while (worker.service &&
         worker.service->poll(parts_->now()) + worker.pipeline->send_injected(output) != 0) {
  }
  worker.counters.publish({.engine = worker.pipeline->counters(), .drops = {}});
}

void Hub::poll(Instant now, dataplane::Output& output) {
  WorkerState& worker = *parts_->workers.front();
  worker.pipeline->poll(now, output);
  worker.counters.publish({.engine = worker.pipeline->counters(), .drops = {}});
}

Hub::WorkerParts Hub::worker(unsigned number) {
  WorkerState& worker = *parts_->workers[number];
  return {*worker.pipeline, worker.counters};
}

const dataplane::SnapshotPublisher& Hub::snapshots() const {
  return parts_->snapshots;
}

dataplane::Reclaimer& Hub::reclaimer() {
  return *parts_->reclaimer;
}

unsigned Hub::serve() {
  unsigned handled = 0;
  const WallTime now = parts_->now();
  parts_->leases.expire(now);
  for (const auto& worker : parts_->workers) {
    if (worker->service) handled += worker->service->poll(now);
  }
  handled += parts_->drops->drain();
  parts_->reclaimer->reclaim();
  return handled;
}

Result<RuntimeConfigPtr> Hub::prepare(const Config& config, const Softwires& softwires) const {
  return make_runtime_config(config, softwires, parts_->options);
}

Result<Explanation> Hub::explain(Side side, std::span<const std::uint8_t> frame) {
  // Most hubs never have anything to explain.
  if (parts_->explainer == nullptr) parts_->explainer = Explainer::create();
  if (parts_->explainer == nullptr) return Error{"no memory for the buffers to explain a packet with"};
  const dataplane::Snapshot& now = parts_->runtime_config->snapshot;
  return parts_->explainer->explain(now.policy, *now.table, parts_->gateways, side, frame);
}

DropCapture& Hub::drop_capture() {
  return *parts_->drops;
}

void Hub::activate(RuntimeConfigPtr next) {
  next->table->publish(*parts_->reclaimer);
  parts_->snapshots.publish(next->snapshot);
  // A marker: when it is released, so could be whatever was published before.
  parts_->reclaimer->retire([](void*, std::uint64_t) {}, nullptr, 0, 0);
  parts_->reclaimer->synchronize();
  // The workers have gone on: nothing more is punted by the old policy, and nobody reads the old table.
  for (const auto& worker : parts_->workers) parts_->end_service(*worker);
  parts_->runtime_config = std::move(next);
  parts_->configure_dhcp();
  for (const auto& worker : parts_->workers) parts_->start_service(*worker);
}

Result<Done> Hub::reload(const Config& config) {
  const auto softwires = read_softwires(config);
  if (!softwires) return softwires.error();
  auto next = prepare(config, *softwires);
  if (!next) return next.error();
  activate(std::move(*next));
  return Done{};
}

BindingTable& Hub::table() {
  return *parts_->runtime_config->table;
}

const BindingTable& Hub::table() const {
  return *parts_->runtime_config->table;
}

void Hub::keep_leases_in(KeepLeases keep) {
  parts_->leases.use(std::move(keep));
  parts_->configure_dhcp();
}

const LeaseTable& Hub::leases() const {
  return parts_->leases.table();
}

void Hub::lease_granted(const Lease& lease) {
  parts_->leases.table().put(lease);
}

void Hub::lease_ended(LeaseKey key) {
  parts_->lease_ended(key);
}

std::vector<std::pair<std::string, std::uint64_t>> Hub::counters() const {
  std::vector<std::pair<std::string, std::uint64_t>> result;
  const dataplane::EngineCounters engine = parts_->engine_counters();
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const std::string suffix = side == Side::kIpv4 ? "-ipv4" : "-ipv6";
    const dataplane::SideTraffic& traffic = engine.side(side);
    const auto add = [&](const char* what, const dataplane::Traffic& counted) {
      result.emplace_back(what + suffix + "-packets", counted.packets);
      result.emplace_back(what + suffix + "-bytes", counted.bytes);
    };
    add("received", traffic.received);
    add("sent", traffic.sent);
    add("dropped", traffic.dropped);
    add("reassembled", traffic.reassembled);
  }
  result.emplace_back("generated-packets", engine.generated);
  result.emplace_back("held-packets", engine.held);
  result.emplace_back("icmp-errors-suppressed", engine.icmp_errors_suppressed);
  result.emplace_back("bindings", parts_->runtime_config->table->size());
  result.emplace_back("rules", parts_->runtime_config->table->rules());
  result.emplace_back("leases", parts_->leases.table().size());
  const OutcomeCounters counted = outcomes();
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    result.emplace_back(kOutcomes[i].name, counted[static_cast<Outcome>(i)]);
  }
  parts_->relay_statistics().for_each(
      [&](std::string_view name, std::uint64_t value) { result.emplace_back(std::string(name), value); });
  return result;
}

OutcomeCounters Hub::outcomes() const {
  OutcomeCounters outcomes = parts_->engine_counters().outcomes;
  outcomes += parts_->relay_outcomes();
  return outcomes;
}

const dataplane::GatewayPublisher& Hub::gateways() const {
  return parts_->gateways;
}

Hub::Report Hub::report() const {
  Report report;
  report.workers.reserve(parts_->workers.size());
  for (const auto& worker : parts_->workers) {
    report.workers.push_back({worker->counters.read(), worker->channel->held()});
  }
  report.relay = parts_->relay_outcomes();
  report.dhcp = parts_->relay_statistics();
  const BindingTable& table = *parts_->runtime_config->table;
  report.bindings = table.size();
  report.rules = table.rules();
  report.leases = parts_->leases.table().size();
  report.br_addresses = table.br_addresses().size();
  report.table_bytes = table.bytes();
  report.table_bytes_in_use = table.bytes_in_use();
  const dataplane::Policy& policy = parts_->runtime_config->snapshot.policy;
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const dataplane::SidePolicy& of_side = side == Side::kIpv4 ? policy.ipv4 : policy.ipv6;
    report.gateway_known[static_cast<std::size_t>(side)] =
        of_side.gateway_mac.is_set() || parts_->gateways.latest(side) != 0;
  }
  return report;
}

dataplane::PortDrops::Reasons Hub::drops(Side side) const {
  dataplane::PortDrops::Reasons sum;
  for (const auto& worker : parts_->workers) {
    const dataplane::PortDrops::Reasons drops = worker->counters.read().drops.side(side);
    sum.ring_full += drops.ring_full;
    sum.not_in_one += drops.not_in_one;
  }
  return sum;
}

std::vector<Ipv6Address> Hub::br_addresses() const {
  return parts_->runtime_config->table->br_addresses().addresses();
}

bool Hub::counters_add_up() const {
  const dataplane::EngineCounters engine = parts_->engine_counters();
  const OutcomeCounters outcomes = parts_->relay_outcomes();
  std::uint64_t waiting = 0;
  for (const auto& worker : parts_->workers) waiting += worker->channel->held();
  std::uint64_t answers = 0;
  for (const auto& worker : parts_->workers) answers += worker->service ? worker->service->waiting() : 0;
  return engine.add_up() && waiting == 0 &&
         engine.outcomes.total(Disposition::kPunted) ==
             answers + outcomes.total(Disposition::kHandled, CountedBy::kDhcp) +
                 outcomes.total(Disposition::kDropped, CountedBy::kDhcp);
}

}  // namespace softwire::controlplane
