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

// The state of one worker, and of the control plane that serves it.
struct WorkerState {
  std::unique_ptr<dataplane::PuntChannel> channel;
  std::unique_ptr<dataplane::Pipeline> pipeline;
  std::optional<dhcp::Service> service;  // not set: DHCP is off, and nothing is punted
  dataplane::CounterPublisher counters;

  // Handles punted packets until none is left.
  // Handles all punted packets.
  void drain(WallTime now) {
    while (service && service->poll(now) != 0) {
    }
  }
  void finish(WallTime now) {
    drain(now);
    if (service) service->give_up();
  }
};

// Returns an error if the configuration forces an instruction set that this processor does not support.
std::optional<Error> unsupported_instruction_set(const Config& config) {
  const std::optional<dataplane::InstructionSet> set = config.daemon.instruction_set;
  if (!set || dataplane::is_supported(*set)) return std::nullopt;
  return Error{"instruction-set: this processor does not support " + std::string(dataplane::to_text(*set)) +
               "; give auto, or at most " +
               std::string(dataplane::to_text(dataplane::best_instruction_set()))};
}

}  // namespace

struct Hub::Impl {
  Options options;
  rte_mempool* pool = nullptr;
  std::unique_ptr<dataplane::Reclaimer> reclaimer;
  dataplane::InstructionSet instruction_set{};
  RuntimeConfigPtr runtime_config;
  dataplane::SnapshotPublisher snapshots;
  dataplane::GatewayPublisher gateways;
  dataplane::AddressConflicts conflicts;  // must outlive the engines
  AddressClaims claims;
  std::unique_ptr<DropCapture> drops;  // must outlive the engines
  std::unique_ptr<Explainer> explainer;
  std::vector<std::unique_ptr<WorkerState>> workers;
  // Counters of services that a reload replaced.
  OutcomeCounters past_outcomes;
  dhcp::MessageStatistics past_statistics;
  Instant last_frame{};
  dhcp::PendingReplies pending;
  std::optional<dhcp::MessageRates> rates;  // set by configure_dhcp()
  std::optional<dhcp::Server> server;       // not set: the embedded server is off
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
    leases.ended(key);
    if (server) server->freed(key);
  }
  // Applies the settings of leases and of the embedded server.
  void configure_dhcp() {
    rates.emplace(runtime_config->dhcp_server_rate, runtime_config->dhcp_subscriber_rate, options.seed);
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
  // Keeps leases for a hub without a store.
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
    // The operator already has this binding: it lasts longer than a lease, so no lease is added.
    if (before == nullptr && occupancy(table, lease.binding) == Occupancy::kSame) return true;
    const auto error = is_renewed          ? TableError::kNone
                       : before != nullptr ? table.replace(before->binding, lease.binding).error
                                           : table.add(lease.binding).error;
    if (error == TableError::kNone) leases.granted(lease);
    return error == TableError::kNone;
  }

  [[nodiscard]] static bool has_service(const RuntimeConfig& config) {
    return config.snapshot.policy.dhcp_relay.enabled || config.service.over_ipv6;
  }
  // Starts the service of the worker, or gives it the new options. Answers that wait for a durable lease must
  // survive a reload.
  void start_service(WorkerState& worker) {
    if (!has_service(*runtime_config)) return;
    dhcp::Service::Options service = runtime_config->service;
    service.on_drop = [this](dataplane::Mbuf& packet, Outcome outcome) {
      drops->relay_dropped(packet, outcome);
    };
    service.provision = [this](const dhcp6::Requester& requester) {
      return provision_of(*runtime_config->table, leases.table(), requester);
    };
    service.leases = &leases;
    service.pending = &pending;
    service.rates = &*rates;
    service.server = server ? &*server : nullptr;
    if (worker.service) {
      worker.service->configure(std::move(service), *runtime_config->table);
    } else {
      worker.service.emplace(std::move(service), *runtime_config->table, *worker.channel, *pool);
    }
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

Hub::Hub(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Hub::~Hub() = default;

Result<std::unique_ptr<Hub>> Hub::create(const Config& config, rte_mempool& pool, const Options& options) {
  const auto softwires = read_softwires(config);
  if (!softwires) return softwires.error();
  return create(config, *softwires, pool, options);
}

Result<std::unique_ptr<Hub>> Hub::create(const Config& config, const Softwires& softwires, rte_mempool& pool,
                                         const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->pool = &pool;
  impl->reclaimer = dataplane::Reclaimer::create(options.workers);
  if (impl->reclaimer == nullptr) return Error{"no memory for the workers"};
  impl->drops = DropCapture::create(options.workers, *impl->reclaimer);
  if (impl->drops == nullptr) return Error{"no memory for the rings of the workers"};
  auto runtime_config = make_runtime_config(config, softwires, options);
  if (!runtime_config) return runtime_config.error();
  impl->runtime_config = std::move(*runtime_config);
  impl->runtime_config->table->publish(*impl->reclaimer);
  impl->configure_dhcp();
  const dataplane::Snapshot& snapshot = impl->runtime_config->snapshot;
  if (auto error = unsupported_instruction_set(config)) return *error;
  impl->instruction_set = config.daemon.instruction_set.value_or(dataplane::best_instruction_set());
  for (unsigned number = 0; number < options.workers; ++number) {
    auto worker = std::make_unique<WorkerState>();
    worker->channel = dataplane::PuntChannel::create();
    if (worker->channel == nullptr) return Error{"no memory for the rings of the workers"};
    worker->pipeline =
        dataplane::make_pipeline(impl->instruction_set, snapshot.policy, *snapshot.table, *worker->channel,
                                 dataplane::Engine::Resources{.pool = pool,
                                                              .seed = options.seed + number,
                                                              .gateway_publisher = &impl->gateways,
                                                              .probes_gateways = number == 0,
                                                              .drops = &impl->drops->channel(number),
                                                              .conflicts = &impl->conflicts});
    impl->start_service(*worker);
    impl->reclaimer->add(number);
    impl->workers.push_back(std::move(worker));
  }
  impl->snapshots.publish(snapshot);
  return std::unique_ptr<Hub>(new Hub(std::move(impl)));
}

dataplane::InstructionSet Hub::instruction_set() const {
  return impl_->instruction_set;
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
  WorkerState& worker = *impl_->workers.front();
  impl_->last_frame = now;
  impl_->leases.expire(impl_->now());
  if (impl_->runtime_config->snapshot.policy.on_a_stick) {
    worker.pipeline->receive_on_a_stick(frames, now, output);
  } else {
    worker.pipeline->receive(side, frames, now, output);
  }
  while (worker.service && worker.service->poll(impl_->now()) + worker.pipeline->send_injected(output) != 0) {
  }
  worker.counters.publish({.engine = worker.pipeline->counters(), .drops = {}, .load = {}});
}

void Hub::poll(Instant now, dataplane::Output& output) {
  WorkerState& worker = *impl_->workers.front();
  worker.pipeline->poll(now, output);
  worker.counters.publish({.engine = worker.pipeline->counters(), .drops = {}, .load = {}});
}

Hub::WorkerParts Hub::worker(unsigned number) {
  WorkerState& worker = *impl_->workers[number];
  return {*worker.pipeline, worker.counters};
}

const dataplane::SnapshotPublisher& Hub::snapshots() const {
  return impl_->snapshots;
}

dataplane::Reclaimer& Hub::reclaimer() {
  return *impl_->reclaimer;
}

unsigned Hub::serve(unsigned max_drops) {
  unsigned handled = 0;
  const WallTime now = impl_->now();
  impl_->leases.expire(now);
  for (const auto& worker : impl_->workers) {
    if (worker->service) handled += worker->service->poll(now);
  }
  handled += impl_->drops->drain(max_drops);
  impl_->reclaimer->reclaim();
  return handled;
}

Result<RuntimeConfigPtr> Hub::prepare(const Config& config, const Softwires& softwires) const {
  return make_runtime_config(config, softwires, impl_->options);
}

Result<Explanation> Hub::explain(Side side, std::span<const std::uint8_t> frame) {
  // Made when it is first used, because most hubs do not need it.
  if (impl_->explainer == nullptr) impl_->explainer = Explainer::create();
  if (impl_->explainer == nullptr) return Error{"no memory for the buffers to explain a packet with"};
  const dataplane::Snapshot& now = impl_->runtime_config->snapshot;
  return impl_->explainer->explain(now.policy, *now.table, impl_->gateways, side, frame);
}

DropCapture& Hub::drop_capture() {
  return *impl_->drops;
}

void Hub::activate(RuntimeConfigPtr next) {
  next->table->publish(*impl_->reclaimer);
  impl_->snapshots.publish(next->snapshot);
  // A marker. When it can be released, everything that was published before can be released as well.
  impl_->reclaimer->retire([](void*, std::uint64_t) {}, nullptr, 0, 0);
  impl_->reclaimer->synchronize();
  // All workers have the new snapshot: nothing more is punted by the old policy, and nobody reads the old
  // table.
  for (const auto& worker : impl_->workers) {
    if (impl_->has_service(*next)) {
      worker->drain(impl_->now());
    } else {
      impl_->end_service(*worker);
    }
  }
  impl_->runtime_config = std::move(next);
  impl_->configure_dhcp();
  for (const auto& worker : impl_->workers) impl_->start_service(*worker);
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
  return *impl_->runtime_config->table;
}

const BindingTable& Hub::table() const {
  return *impl_->runtime_config->table;
}

void Hub::keep_leases_in(KeepLeases keep) {
  impl_->leases.use(std::move(keep));
  impl_->configure_dhcp();
}

const LeaseTable& Hub::leases() const {
  return impl_->leases.table();
}

void Hub::lease_granted(const Lease& lease) {
  impl_->leases.granted(lease);
}

void Hub::doubt_leases() {
  impl_->leases.doubt_all();
}

void Hub::lease_ended(LeaseKey key) {
  impl_->lease_ended(key);
}

std::vector<std::pair<std::string, std::uint64_t>> Hub::counters() const {
  std::vector<std::pair<std::string, std::uint64_t>> result;
  const dataplane::EngineCounters engine = impl_->engine_counters();
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
  result.emplace_back("bindings", impl_->runtime_config->table->size());
  result.emplace_back("rules", impl_->runtime_config->table->rules());
  result.emplace_back("leases", impl_->leases.table().size());
  const OutcomeCounters counted = outcomes();
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    result.emplace_back(kOutcomes[i].name, counted[static_cast<Outcome>(i)]);
  }
  impl_->relay_statistics().for_each(
      [&](std::string_view name, std::uint64_t value) { result.emplace_back(std::string(name), value); });
  return result;
}

OutcomeCounters Hub::outcomes() const {
  OutcomeCounters outcomes = impl_->engine_counters().outcomes;
  outcomes += impl_->relay_outcomes();
  return outcomes;
}

const dataplane::GatewayPublisher& Hub::gateways() const {
  return impl_->gateways;
}

std::vector<AddressClaim> Hub::address_claims() {
  return impl_->claims.update(impl_->conflicts.list(), impl_->now());
}

dataplane::WorkerLoad Hub::load_of_worker(unsigned number) const {
  return impl_->workers[number]->counters.read().load;
}

Hub::Report Hub::report() const {
  Report report;
  report.workers.reserve(impl_->workers.size());
  for (const auto& worker : impl_->workers) {
    report.workers.push_back({worker->counters.read(), worker->channel->held()});
  }
  report.relay = impl_->relay_outcomes();
  report.dhcp = impl_->relay_statistics();
  const BindingTable& table = *impl_->runtime_config->table;
  report.bindings = table.size();
  report.rules = table.rules();
  report.leases = impl_->leases.table().size();
  report.br_addresses = table.br_addresses().size();
  report.table_bytes = table.bytes();
  report.table_bytes_in_use = table.bytes_in_use();
  const dataplane::Policy& policy = impl_->runtime_config->snapshot.policy;
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    const dataplane::SidePolicy& of_side = side == Side::kIpv4 ? policy.ipv4 : policy.ipv6;
    report.gateway_known[static_cast<std::size_t>(side)] =
        of_side.gateway_mac.is_set() ||
        has_mac(dataplane::GatewayPublisher::read(impl_->gateways.latest(side)).state);
  }
  return report;
}

std::size_t Hub::free_dhcp_places() const {
  return impl_->server ? impl_->server->free_slots() : 0;
}

dhcp::MessageStatistics Hub::dhcp_statistics() const {
  return impl_->relay_statistics();
}

dataplane::PortDrops::Reasons Hub::drops(Side side) const {
  dataplane::PortDrops::Reasons sum;
  for (const auto& worker : impl_->workers) {
    const dataplane::PortDrops::Reasons drops = worker->counters.read().drops.side(side);
    sum += drops;
  }
  return sum;
}

std::vector<Ipv6Address> Hub::br_addresses() const {
  return impl_->runtime_config->table->br_addresses().addresses();
}

bool Hub::counters_add_up() const {
  const dataplane::EngineCounters engine = impl_->engine_counters();
  const OutcomeCounters outcomes = impl_->relay_outcomes();
  std::uint64_t waiting = 0;
  for (const auto& worker : impl_->workers) waiting += worker->channel->held();
  std::uint64_t answers = 0;
  for (const auto& worker : impl_->workers) answers += worker->service ? worker->service->waiting() : 0;
  return engine.add_up() && waiting == 0 &&
         engine.outcomes.total(Disposition::kPunted) ==
             answers + outcomes.total(Disposition::kHandled, CountedBy::kDhcp) +
                 outcomes.total(Disposition::kDropped, CountedBy::kDhcp);
}

}  // namespace softwire::controlplane
