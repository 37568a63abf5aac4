#include "controlplane/hub/hub.h"

#include <optional>

#include "controlplane/config/filter.h"
#include "controlplane/config/policy.h"
#include "controlplane/dhcp/server/server.h"
#include "controlplane/dhcp/service.h"
#include "controlplane/dhcp/softwire_end.h"
#include "controlplane/hub/fill_table.h"
#include "controlplane/lease/lease_desk.h"
#include "dataplane/punt/punt.h"
#include "dataplane/tables/binding_table.h"

namespace softwire::controlplane {

using dataplane::BindingTable;

struct Generation {
  std::vector<std::unique_ptr<dataplane::PacketFilter>> filters;  // of the policy
  std::unique_ptr<BindingTable> table;
  dataplane::Snapshot snapshot;
  std::function<Occupancy(const Binding&)> occupancy;  // of what leases want
  dhcp::Service::Options service;
  LeaseOptions leases;
  dhcp::ServerOptions server;
};

void ReleaseGeneration::operator()(Generation* generation) const {
  delete generation;
}

namespace {

// The configuration does not say something that the hub cannot do without.
Error missing(const Config& config, const std::string& what) {
  return Error{(config.path.empty() ? "command line" : config.path) + ": " + what};
}

// What a side cannot do without.
Result<Done> check_side(const Config& config, const dataplane::SidePolicy& side, bool has_gateway,
                        const std::string& section) {
  if (!side.mac.is_set()) {
    return missing(config, section + ".mac is not set; give the MAC address that frames leave from");
  }
  if (!side.gateway_mac.is_set() && !has_gateway) {
    return missing(config, "neither " + section + ".gateway nor " + section +
                               ".gateway-mac is set; give the IP address, or the MAC address, that frames "
                               "are sent to");
  }
  return Done{};
}

Result<Done> check_sides(const Config& config, const dataplane::Policy& policy) {
  const bool has_ipv4_gateway = !policy.ipv4_gateway.is_unspecified();
  if (auto checked = check_side(config, policy.ipv4, has_ipv4_gateway, "ipv4"); !checked) return checked;
  if (!policy.ipv4.gateway_mac.is_set() && policy.ipv4_address.is_unspecified()) {
    return missing(
        config, "ipv4.address is not set; give the address that asks for ipv4.gateway, or ipv4.gateway-mac");
  }
  return check_side(config, policy.ipv6, !policy.ipv6_gateway.is_unspecified(), "ipv6");
}

dhcp::Service::Options service_options(const Config& config, const BindingTable& table) {
  dhcp::Service::Options options;
  options.relay.servers = config.dhcp_relay.servers;
  options.relay.dhcp4o6_servers = config.dhcp_relay.dhcp4o6_servers;
  options.relay.address = config.dhcp_relay.address;
  options.address = config.dhcp_relay.is_on() ? config.dhcp_relay.address : config.dhcp_server.address;
  options.ipv6_address = config.ipv6_address;
  options.relay.br_addresses = table.br_addresses().addresses();
  if (options.relay.br_addresses.empty()) options.relay.br_addresses.emplace_back();  // MAP-T alone: none
  options.relay.client_suboption = config.dhcp_relay.client_suboption;
  options.relay.hop_limit = config.dhcp_relay.hop_limit;
  options.relay.client_as_text = config.dhcp_relay.client_as_text;
  options.relay.circuit_id.assign(config.dhcp_relay.circuit_id.begin(), config.dhcp_relay.circuit_id.end());
  options.relay.relay_id.assign(config.dhcp_relay.relay_id.begin(), config.dhcp_relay.relay_id.end());
  options.relay.link_selection = config.dhcp_relay.link_selection;
  options.relay.rewrite_server_identifier = config.dhcp_relay.rewrite_server_identifier;
  options.clients = config.dhcp_relay.clients;
  options.clients_bound = config.dhcp_relay.clients_bound;
  options.subscriber_mask = config.dhcp_relay.subscriber_mask;
  options.relay.max_message = config.ipv4.mtu - dhcp::kDatagramHeaderBytes;
  options.ipv6_mtu = config.ipv6.mtu;
  return options;
}

// What somebody who asks is told: a binding, or its rule.
dhcp6::Provision provision_of(const BindingTable& table, const LeaseBook& leases, const dhcp6::Asker& asker) {
  dhcp6::Provision provision;
  const Ipv6Address& address = asker.peer_address.is_link_local() ? asker.link_address : asker.peer_address;
  provision.binding = dhcp::lasting_binding(table, leases, address);
  if (const auto rule = table.rule_of(address)) {
    (rule->kind == RuleKind::kMapE ? provision.map_e : provision.map_t).push_back(*rule);
  }
  return provision;
}

dhcp::Ipv6Front::Options front_options(const Config& config, const BindingTable& table) {
  dhcp::Ipv6Front::Options front;
  front.address = config.ipv6_address;
  if (table.br_addresses().size() != 0) front.br = table.br_addresses().addresses().front();
  front.reply_port = config.dhcp_over_ipv6.reply_port;
  front.relays = config.dhcp_over_ipv6.relays;
  // DUID-LL (RFC 8415 section 11.4), of Ethernet.
  front.information.server_duid = {0, 3, 0, 1};
  const auto mac = config.ipv6.mac.octets();
  front.information.server_duid.insert(front.information.server_duid.end(), mac.begin(), mac.end());
  front.information.refresh_time = std::chrono::seconds(config.dhcp_over_ipv6.refresh_time);
  front.information.dns_servers = config.dhcp_over_ipv6.dns_servers;
  if (config.dhcp_relay.is_on() || config.dhcp_server.is_on()) {
    front.information.dhcp4o6_servers = {config.ipv6_address};
  }
  return front;
}

// What the table has where a lease wants to be: nothing else may have the address, or any part of it with
// other ports.
Occupancy occupancy(const BindingTable& table, const Binding& binding) {
  const BindingTable::Leaf leaf = table.find(binding.ipv4.host());
  if (leaf.kind == BindingTable::Kind::kNone) return Occupancy::kFree;
  const auto there = table.lookup(binding.ipv4, binding.ports.range(0).first);
  if (there && *there == binding) return Occupancy::kSame;
  const bool is_divided_alike =
      leaf.kind == BindingTable::Kind::kBinding && leaf.parameters() == binding.ports.parameters;
  return is_divided_alike && !there ? Occupancy::kFree : Occupancy::kOther;
}

// Whether subscribers have to be told apart by their own ends.
bool answers_dhcp(const Config& config) {
  return config.dhcp_relay.is_on() || config.dhcp_server.is_on() || config.dhcp_over_ipv6.dhcpv6 ||
         config.dhcp_over_ipv6.dhcpv4;
}

// Of a rate that is for all workers together.
void share(std::uint32_t& rate, unsigned workers) {
  rate = (rate + workers - 1) / workers;
}

Result<GenerationPtr> make_generation(const Config& config, const Softwires& softwires,
                                      const Hub::Options& options) {
  GenerationPtr generation(new Generation);
  generation->table = BindingTable::create();
  if (generation->table == nullptr) return Error{"no memory for the tables"};
  BindingTable& table = *generation->table;
  table.set_strict_ce_address(config.strict_ce_address);
  if (answers_dhcp(config)) table.index_subscribers();
  for (const Ipv6Address& br : config.br_addresses) table.add_br(br);
  if (const auto filled = fill_table(config, softwires, table); !filled) return filled.error();

  dataplane::Policy& policy = generation->snapshot.policy;
  policy = make_policy(config);
  policy.ipv4.accept_any_mac = options.accept_any_mac;
  policy.ipv6.accept_any_mac = options.accept_any_mac;
  for (std::uint32_t* rate :
       {&policy.ipv4.icmp_error_rate, &policy.ipv6.icmp_error_rate, &policy.punt_rate, &policy.punt_burst}) {
    share(*rate, options.workers);
  }
  policy.engines = static_cast<std::uint8_t>(options.workers);
  if (const auto checked = check_sides(config, policy); !checked) return checked.error();
  const bool is_over_ipv6 = config.dhcp_over_ipv6.dhcpv4 || config.dhcp_over_ipv6.dhcpv6;
  if (policy.dhcp_relay.enabled && table.br_addresses().size() == 0 &&
      (is_over_ipv6 || !config.dhcp_relay.dhcp4o6_servers.empty() || !table.has_translating_rules())) {
    const std::string key = !config.dhcp_relay.servers.empty()           ? "dhcp-relay.server"
                            : !config.dhcp_relay.dhcp4o6_servers.empty() ? "dhcp-relay.dhcp4o6-server"
                                                                         : "dhcp-server.pool";
    return missing(config, key +
                               " is set, but no BR address is known that clients could send to; give "
                               "br-address, or softwires with bindings");
  }
  if (config.dhcp_server.is_on() && config.dhcp_relay.is_on() &&
      config.dhcp_server.address != config.dhcp_relay.address) {
    return missing(
        config, "dhcp-server.address is not dhcp-relay.address; clients see one: give both the same address");
  }
  if (!config.dhcp_relay.circuit_id.empty() &&
      (table.br_addresses().size() > 1 ||
       config.dhcp_relay.client_suboption == dhcp::suboption::kCircuitId)) {
    return missing(
        config,
        "dhcp-relay.circuit-id is set, but sub-option 1 is taken, by the BR address when there are "
        "several or by dhcp-relay.client-suboption; take it out");
  }
  for (auto [expression, filter] : {std::pair{&config.ipv4.ingress_filter, &policy.ipv4.ingress_filter},
                                    std::pair{&config.ipv4.egress_filter, &policy.ipv4.egress_filter},
                                    std::pair{&config.ipv6.ingress_filter, &policy.ipv6.ingress_filter},
                                    std::pair{&config.ipv6.egress_filter, &policy.ipv6.egress_filter}}) {
    if (expression->empty()) continue;
    auto loaded = load_filter(*expression);
    if (!loaded) return missing(config, loaded.error().text);
    *filter = loaded->get();
    generation->filters.push_back(std::move(*loaded));
  }
  generation->snapshot.table = &table;
  generation->service = service_options(config, table);
  if (is_over_ipv6) {
    if (config.ipv6_address.is_unspecified()) {
      return missing(config,
                     "dhcp-over-ipv6 is on, but ipv6.address is not set; give the address to be asked at");
    }
    generation->service.front = front_options(config, table);
  }
  generation->leases = config.leases;
  generation->leases.subscriber_mask = config.dhcp_relay.subscriber_mask;
  generation->server = config.dhcp_server;
  generation->server.take_over_interval = config.leases.move_interval;
  generation->server.subscriber_mask = config.dhcp_relay.subscriber_mask;
  generation->server.max_message = config.ipv6.mtu - sizeof(Ipv6Header) - dhcp::kDatagramHeaderBytes;
  for (const dhcp::StaticLease& lease : config.dhcp_server.static_leases) {
    const std::string why = taken_from_hub(config, {lease.ipv4, lease.ports, lease.subscriber.address, {}});
    if (!why.empty()) return missing(config, "dhcp-server.static: " + why);
  }
  generation->occupancy = [&table, told = std::make_shared<const Config>(config)](const Binding& binding) {
    return taken_from_hub(*told, binding).empty() ? occupancy(table, binding) : Occupancy::kOther;
  };
  generation->server.occupancy = generation->occupancy;
  return generation;
}

// What one worker has, and the control plane's end of it.
struct WorkerState {
  std::unique_ptr<dataplane::PuntChannel> channel;
  std::unique_ptr<dataplane::Engine> engine;
  std::optional<dhcp::Service> service;  // none: the relay is off, and nothing is punted
  dataplane::CounterBoard counters;

  // Handles what has been punted until nothing is left.
  void finish(WallTime now) {
    while (service && service->poll(now) != 0) {
    }
    if (service) service->give_up();
  }
};

}  // namespace

struct Hub::Parts {
  Options options;
  rte_mempool* pool = nullptr;
  std::unique_ptr<dataplane::Reclaimer> reclaimer;
  GenerationPtr generation;
  dataplane::SnapshotBoard snapshots;
  dataplane::GatewayBoard gateways;
  std::unique_ptr<DropCapture> drops;  // outlives the engines
  std::unique_ptr<Explainer> explainer;
  std::vector<std::unique_ptr<WorkerState>> workers;
  // Of services that a reload has replaced.
  OutcomeCounters past_outcomes;
  dhcp::RelayStatistics past_statistics;
  Instant last_frame{};
  dhcp::AwaitedAnswers awaited;
  std::optional<dhcp::Server> server;  // none: it is off
  LeaseDesk leases{{},
                   [this](const Binding& binding) { return generation->occupancy(binding); },
                   [this](const LeaseChange& change, const std::function<void(bool)>& done) {
                     done(keep_in_memory(change));
                   }};

  [[nodiscard]] WallTime now() const {
    return options.clock ? options.clock()
                         : WallTime(std::chrono::floor<std::chrono::milliseconds>(last_frame));
  }
  void lease_ended(LeaseKey key) {
    leases.book().erase(key);
    if (server) server->freed(key);
  }
  // What the generation says of leases and the server; the services go by it from then on.
  void configure_dhcp() {
    leases.configure(generation->leases);
    generation->server.is_granting = [this](LeaseKey key) { return leases.is_granting(key); };
    if (!generation->server.is_on()) {
      server.reset();
    } else if (server) {
      server->configure(generation->server, leases.book());
    } else {
      server.emplace(generation->server, leases.book());
    }
  }
  // For a hub without a store.
  bool keep_in_memory(const LeaseChange& change) {
    using dataplane::TableError;
    BindingTable& table = *generation->table;
    LeaseBook& book = leases.book();
    for (const auto& end : {change.end, change.replaced}) {
      const Lease* ended = end ? book.find(end->key) : nullptr;
      if (ended == nullptr || ended->binding.b4 != end->b4) continue;
      (void)table.remove(ended->binding);
      lease_ended(end->key);
    }
    if (!change.grant) return true;
    const Lease& lease = *change.grant;
    const Lease* before = book.find(lease.key());
    if (before != nullptr && before->binding.b4 != lease.binding.b4) return false;
    const bool is_renewed = before != nullptr && before->binding == lease.binding;
    // What the operator says anyway lasts longer than a lease.
    if (before == nullptr && occupancy(table, lease.binding) == Occupancy::kSame) return true;
    const auto error = is_renewed          ? TableError::kNone
                       : before != nullptr ? table.replace(before->binding, lease.binding).error
                                           : table.add(lease.binding).error;
    if (error == TableError::kNone) book.put(lease);
    return error == TableError::kNone;
  }

  void start_service(WorkerState& worker) {
    if (!generation->snapshot.policy.dhcp_relay.enabled && !generation->service.front) return;
    dhcp::Service::Options service = generation->service;
    service.on_drop = [this](dataplane::Mbuf& packet, Outcome outcome) {
      drops->relay_dropped(packet, outcome);
    };
    service.provision = [this](const dhcp6::Asker& asker) {
      return provision_of(*generation->table, leases.book(), asker);
    };
    service.leases = &leases;
    service.awaited = &awaited;
    service.server = server ? &*server : nullptr;
    worker.service.emplace(std::move(service), *generation->table, *worker.channel, *pool);
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
  [[nodiscard]] dhcp::RelayStatistics relay_statistics() const {
    dhcp::RelayStatistics statistics = past_statistics;
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
  auto generation = make_generation(config, softwires, options);
  if (!generation) return generation.error();
  parts->generation = std::move(*generation);
  parts->generation->table->publish(*parts->reclaimer);
  parts->configure_dhcp();
  const dataplane::Snapshot& snapshot = parts->generation->snapshot;
  for (unsigned number = 0; number < options.workers; ++number) {
    auto worker = std::make_unique<WorkerState>();
    worker->channel = dataplane::PuntChannel::create();
    if (worker->channel == nullptr) return Error{"no memory for the rings of the workers"};
    worker->engine = std::make_unique<dataplane::Engine>(
        snapshot.policy, *snapshot.table, *worker->channel,
        dataplane::Engine::Resources{.pool = pool,
                                     .seed = options.seed + number,
                                     .gateway_board = &parts->gateways,
                                     .asks_gateways = number == 0,
                                     .drops = &parts->drops->channel(number)});
    parts->start_service(*worker);
    parts->reclaimer->add(number);
    parts->workers.push_back(std::move(worker));
  }
  parts->snapshots.publish(snapshot);
  return std::unique_ptr<Hub>(new Hub(std::move(parts)));
}

Result<Done> Hub::check(const Config& config, const Softwires& softwires) {
  Config completed = config;
  for (SideConfig* side : {&completed.ipv4, &completed.ipv6}) {
    if (!side->mac.is_set()) side->mac = MacAddress({2, 0, 0, 0, 0, 1});
  }
  if (const auto made = make_generation(completed, softwires, {}); !made) return made.error();
  return Done{};
}

void Hub::receive(Side side, std::span<dataplane::Mbuf* const> frames, Instant now,
                  dataplane::Output& output) {
  WorkerState& worker = *parts_->workers.front();
  parts_->last_frame = now;
  parts_->leases.expire(parts_->now());
  if (parts_->generation->snapshot.policy.on_a_stick) {
    worker.engine->receive_on_a_stick(frames, now, output);
  } else {
    worker.engine->receive(side, frames, now, output);
  }
  while (worker.service && worker.service->poll(parts_->now()) + worker.engine->send_injected(output) != 0) {
  }
  worker.counters.publish({.engine = worker.engine->counters(), .drops = {}});
}

void Hub::poll(Instant now, dataplane::Output& output) {
  WorkerState& worker = *parts_->workers.front();
  worker.engine->poll(now, output);
  worker.counters.publish({.engine = worker.engine->counters(), .drops = {}});
}

Hub::WorkerParts Hub::worker(unsigned number) {
  WorkerState& worker = *parts_->workers[number];
  return {*worker.engine, worker.counters};
}

const dataplane::SnapshotBoard& Hub::snapshots() const {
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

Result<GenerationPtr> Hub::prepare(const Config& config, const Softwires& softwires) const {
  return make_generation(config, softwires, parts_->options);
}

Result<Explanation> Hub::explain(Side side, std::span<const std::uint8_t> frame) {
  // Most hubs never have anything to explain.
  if (parts_->explainer == nullptr) parts_->explainer = Explainer::create();
  if (parts_->explainer == nullptr) return Error{"no memory for the buffers to explain a packet with"};
  const dataplane::Snapshot& now = parts_->generation->snapshot;
  return parts_->explainer->explain(now.policy, *now.table, parts_->gateways, side, frame);
}

DropCapture& Hub::drop_capture() {
  return *parts_->drops;
}

void Hub::go_on_with(GenerationPtr next) {
  next->table->publish(*parts_->reclaimer);
  parts_->snapshots.publish(next->snapshot);
  // A marker: when it is released, so could be whatever was published before.
  parts_->reclaimer->retire([](void*, std::uint64_t) {}, nullptr, 0, 0);
  parts_->reclaimer->synchronize();
  // The workers have gone on: nothing more is punted by the old policy, and nobody reads the old table.
  for (const auto& worker : parts_->workers) parts_->end_service(*worker);
  parts_->generation = std::move(next);
  parts_->configure_dhcp();
  for (const auto& worker : parts_->workers) parts_->start_service(*worker);
}

Result<Done> Hub::reload(const Config& config) {
  const auto softwires = read_softwires(config);
  if (!softwires) return softwires.error();
  auto next = prepare(config, *softwires);
  if (!next) return next.error();
  go_on_with(std::move(*next));
  return Done{};
}

BindingTable& Hub::table() {
  return *parts_->generation->table;
}

const BindingTable& Hub::table() const {
  return *parts_->generation->table;
}

void Hub::keep_leases_in(KeepLeases keep) {
  parts_->leases.use(std::move(keep));
  parts_->configure_dhcp();
}

const LeaseBook& Hub::leases() const {
  return parts_->leases.book();
}

void Hub::lease_granted(const Lease& lease) {
  parts_->leases.book().put(lease);
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
  result.emplace_back("bindings", parts_->generation->table->size());
  result.emplace_back("rules", parts_->generation->table->rules());
  result.emplace_back("leases", parts_->leases.book().size());
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

const dataplane::GatewayBoard& Hub::gateways() const {
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
  const BindingTable& table = *parts_->generation->table;
  report.bindings = table.size();
  report.rules = table.rules();
  report.leases = parts_->leases.book().size();
  report.br_addresses = table.br_addresses().size();
  report.table_bytes = table.bytes();
  report.table_bytes_in_use = table.bytes_in_use();
  const dataplane::Policy& policy = parts_->generation->snapshot.policy;
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
  return parts_->generation->table->br_addresses().addresses();
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
             answers + outcomes.total(Disposition::kHandled, Where::kDhcp) +
                 outcomes.total(Disposition::kDropped, Where::kDhcp);
}

}  // namespace softwire::controlplane
