#include "controlplane/hub/hub.h"

#include <optional>

#include "controlplane/config/filter.h"
#include "controlplane/config/policy.h"
#include "controlplane/dhcp/softwire_transport.h"
#include "controlplane/hub/load_softwires.h"
#include "dataplane/punt/punt.h"
#include "dataplane/tables/binding_table.h"

namespace softwire::controlplane {

namespace {

using dataplane::BindingTable;

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

dhcp::SoftwireTransport::Options transport_options(const Config& config, const BindingTable& table) {
  dhcp::SoftwireTransport::Options options;
  options.relay.servers = config.dhcp_relay.servers;
  options.relay.address = config.dhcp_relay.address;
  options.relay.br_addresses = table.br_addresses().addresses();
  options.relay.client_suboption = config.dhcp_relay.client_suboption;
  options.relay.hop_limit = config.dhcp_relay.hop_limit;
  options.relay.max_message = config.ipv4.mtu - dhcp::kDatagramHeaderBytes;
  options.ipv6_mtu = config.ipv6.mtu;
  return options;
}

}  // namespace

struct Hub::Parts {
  bool on_a_stick = false;
  std::vector<std::unique_ptr<dataplane::PacketFilter>> filters;  // of the engine's policy
  std::unique_ptr<BindingTable> table;
  std::unique_ptr<dataplane::PuntChannel> channel;
  std::optional<dhcp::SoftwireTransport> transport;  // none: the relay is off, and nothing is punted
  std::optional<dataplane::Engine> engine;
};

Hub::Hub(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Hub::~Hub() = default;

Result<std::unique_ptr<Hub>> Hub::create(const Config& config, rte_mempool& pool, const Options& options) {
  auto parts = std::make_unique<Parts>();
  parts->table = BindingTable::create();
  parts->channel = dataplane::PuntChannel::create();
  if (parts->table == nullptr || parts->channel == nullptr) return Error{"no memory for the tables"};
  parts->table->set_strict_ce_address(config.strict_ce_address);
  for (const Ipv6Address& br : config.br_addresses) parts->table->add_br(br);
  if (!config.softwires.empty()) {
    if (const auto loaded = load_softwires(config, *parts->table); !loaded) return loaded.error();
  }

  dataplane::Policy policy = make_policy(config);
  policy.ipv4.accept_any_mac = options.accept_any_mac;
  policy.ipv6.accept_any_mac = options.accept_any_mac;
  if (const auto checked = check_sides(config, policy); !checked) return checked.error();
  if (policy.dhcp_relay.enabled && parts->table->br_addresses().size() == 0) {
    return missing(config,
                   "dhcp-relay.server is set, but no BR address is known that clients could send to; give "
                   "br-address, or softwires with bindings");
  }
  for (auto [expression, filter] : {std::pair{&config.ipv4.ingress_filter, &policy.ipv4.ingress_filter},
                                    std::pair{&config.ipv4.egress_filter, &policy.ipv4.egress_filter},
                                    std::pair{&config.ipv6.ingress_filter, &policy.ipv6.ingress_filter},
                                    std::pair{&config.ipv6.egress_filter, &policy.ipv6.egress_filter}}) {
    if (expression->empty()) continue;
    auto loaded = load_filter(*expression);
    if (!loaded) return missing(config, loaded.error().text);
    *filter = loaded->get();
    parts->filters.push_back(std::move(*loaded));
  }
  parts->on_a_stick = policy.on_a_stick;
  parts->engine.emplace(policy, *parts->table, *parts->channel,
                        dataplane::Engine::Resources{.pool = pool, .seed = options.seed});
  if (policy.dhcp_relay.enabled) {
    parts->transport.emplace(transport_options(config, *parts->table), *parts->table, *parts->channel, pool);
  }
  return std::unique_ptr<Hub>(new Hub(std::move(parts)));
}

void Hub::receive(Side side, std::span<dataplane::Mbuf* const> frames, Instant now,
                  dataplane::Output& output) {
  if (parts_->on_a_stick) {
    parts_->engine->receive_on_a_stick(frames, now, output);
  } else {
    parts_->engine->receive(side, frames, now, output);
  }
  if (!parts_->transport) return;
  while (parts_->transport->poll() + parts_->engine->send_injected(output) != 0) {
  }
}

void Hub::poll(Instant now, dataplane::Output& output) {
  parts_->engine->poll(now, output);
}

std::vector<std::pair<std::string, std::uint64_t>> Hub::counters() const {
  std::vector<std::pair<std::string, std::uint64_t>> result;
  const dataplane::EngineCounters& engine = parts_->engine->counters();
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
  result.emplace_back("bindings", parts_->table->size());
  result.emplace_back("rules", parts_->table->rules());
  OutcomeCounters outcomes = engine.outcomes;
  if (parts_->transport) outcomes += parts_->transport->outcomes();
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    result.emplace_back(kOutcomes[i].name, outcomes[static_cast<Outcome>(i)]);
  }
  const dhcp::RelayStatistics none{};
  const dhcp::RelayStatistics& statistics = parts_->transport ? parts_->transport->statistics() : none;
  statistics.for_each(
      [&](std::string_view name, std::uint64_t value) { result.emplace_back(std::string(name), value); });
  return result;
}

bool Hub::counters_add_up() const {
  const dataplane::EngineCounters& engine = parts_->engine->counters();
  const std::uint64_t punted = engine.outcomes.total(Disposition::kPunted);
  std::uint64_t accounted = 0;
  if (parts_->transport) {
    const OutcomeCounters& outcomes = parts_->transport->outcomes();
    accounted = outcomes.total(Disposition::kHandled, Where::kDhcp) +
                outcomes.total(Disposition::kDropped, Where::kDhcp);
  }
  return engine.add_up() && punted == accounted && parts_->channel->held() == 0;
}

}  // namespace softwire::controlplane
