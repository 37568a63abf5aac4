// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/runtime_config.h"

#include <string>
#include <utility>

#include "controlplane/config/policy.h"
#include "controlplane/dhcp/service/softwire_end.h"
#include "controlplane/softwires/fill_table.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

using dataplane::BindingTable;

namespace {

// Makes an error about a key that is missing.
Error missing(const Config& config, const std::string& what) {
  return Error{(config.path.empty() ? "command line" : config.path) + ": " + what};
}

// Checks that a side has all settings that it needs.
Result<Done> check_side(const Config& config, const dataplane::SidePolicy& side, bool has_gateway,
                        const std::string& section) {
  if (!side.mac.is_set()) {
    return missing(config, section + ".mac is not set; give the source MAC address of sent frames");
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
    return missing(config,
                   "ipv4.address is not set; give the hub's address, which is needed to resolve "
                   "ipv4.gateway, or give ipv4.gateway-mac");
  }
  return check_side(config, policy.ipv6, !policy.ipv6_gateway.is_unspecified(), "ipv6");
}

dhcp::Service::Options service_options(const Config& config, const BindingTable& table) {
  dhcp::Service::Options options;
  const dhcp::RelaySettings& settings = config.dhcp_relay;
  static_cast<dhcp::RelaySettings&>(options.relay) = settings;
  options.address = config.dhcp_relay.is_on() ? config.dhcp_relay.address : config.dhcp_server.address;
  options.ipv6_address = config.ipv6_address;
  options.relay.br_addresses = table.br_addresses().addresses();
  if (options.relay.br_addresses.empty())
    options.relay.br_addresses.emplace_back();  // only MAP-T: there is no BR address
  options.clients = config.dhcp_relay.clients;
  options.clients_bound = config.dhcp_relay.clients_bound;
  options.subscriber_mask = config.dhcp_relay.subscriber_mask;
  options.relay.max_message = config.ipv4.mtu - dhcp::kDatagramHeaderBytes;
  options.ipv6_mtu = config.ipv6.mtu;
  return options;
}

dhcp::DhcpOverIpv6::Options over_ipv6_options(const Config& config, const BindingTable& table) {
  dhcp::DhcpOverIpv6::Options over_ipv6;
  over_ipv6.address = config.ipv6_address;
  if (table.br_addresses().size() != 0) over_ipv6.br = table.br_addresses().addresses().front();
  over_ipv6.reply_port = config.dhcp_over_ipv6.reply_port;
  over_ipv6.relays = config.dhcp_over_ipv6.relays;
  // DUID-LL (RFC 8415 section 11.4) for Ethernet.
  over_ipv6.information.server_duid = {0, 3, 0, 1};
  const auto mac = config.ipv6.mac.octets();
  over_ipv6.information.server_duid.insert(over_ipv6.information.server_duid.end(), mac.begin(), mac.end());
  over_ipv6.information.refresh_time = std::chrono::seconds(config.dhcp_over_ipv6.refresh_time);
  over_ipv6.information.dns_servers = config.dhcp_over_ipv6.dns_servers;
  if (config.dhcp_relay.is_on() || config.dhcp_server.is_on()) {
    over_ipv6.information.dhcp4o6_servers = {config.ipv6_address};
  }
  return over_ipv6;
}

// Checks the settings that DHCP needs from outside its own sections.
Result<Done> check_dhcp(const Config& config, const BindingTable& table) {
  const bool is_on = config.dhcp_relay.is_on() || config.dhcp_server.is_on();
  if (is_on && table.br_addresses().size() == 0 &&
      (config.dhcp_over_ipv6.is_on() || !config.dhcp_relay.dhcp4o6_servers.empty() ||
       !table.has_translating_rules())) {
    const std::string key = !config.dhcp_relay.servers.empty()           ? "dhcp-relay.server"
                            : !config.dhcp_relay.dhcp4o6_servers.empty() ? "dhcp-relay.dhcp4o6-server"
                                                                         : "dhcp-server.pool";
    return missing(config, key +
                               " is set, but no BR address is known that clients could send to; give "
                               "br-address, or softwires with bindings");
  }
  for (const dhcp::Dhcp4o6Server& server : config.dhcp_relay.dhcp4o6_servers) {
    if (!table.is_br(server.address)) continue;
    return missing(config, "dhcp-relay.dhcp4o6-server " + to_string(server.address) +
                               " is a BR address, the hub's own; give the server's");
  }
  if (config.dhcp_server.is_on() && config.dhcp_relay.is_on() &&
      config.dhcp_server.address != config.dhcp_relay.address) {
    return missing(config,
                   "dhcp-server.address and dhcp-relay.address differ, but clients see one server; give both "
                   "the same address");
  }
  if (!config.dhcp_relay.circuit_id.empty() &&
      (table.br_addresses().size() > 1 ||
       config.dhcp_relay.client_suboption == dhcp::suboption::kCircuitId)) {
    return missing(config,
                   "dhcp-relay.circuit-id is set, but sub-option 1 is in use, by the BR address if there are "
                   "several, or by dhcp-relay.client-suboption; remove dhcp-relay.circuit-id");
  }
  if (config.dhcp_over_ipv6.is_on() && config.ipv6_address.is_unspecified()) {
    return missing(
        config, "dhcp-over-ipv6 is on, but ipv6.address is not set; give the address that clients send to");
  }
  for (const dhcp::StaticLease& lease : config.dhcp_server.static_leases) {
    const std::string why = binding_conflict(config, {lease.ipv4, lease.ports, lease.subscriber.address, {}});
    if (!why.empty()) return missing(config, "dhcp-server.static: " + why);
  }
  return Done{};
}

// Returns whether the table needs an index of subscribers by address.
bool answers_dhcp(const Config& config) {
  return config.dhcp_relay.is_on() || config.dhcp_server.is_on() || config.dhcp_over_ipv6.is_on();
}

}  // namespace

Occupancy occupancy(const BindingTable& table, const Binding& binding) {
  const BindingTable::Leaf leaf = table.find(binding.ipv4.host());
  if (leaf.kind == BindingTable::Kind::kNone) return Occupancy::kFree;
  const auto there = table.lookup(binding.ipv4, binding.ports.range(0).first);
  if (there && *there == binding) return Occupancy::kSame;
  const bool is_divided_alike =
      leaf.kind == BindingTable::Kind::kBinding && leaf.parameters() == binding.ports.parameters;
  return is_divided_alike && !there ? Occupancy::kFree : Occupancy::kOther;
}

dhcp6::Provision provision_of(const BindingTable& table, const LeaseTable& leases,
                              const dhcp6::Requester& requester) {
  dhcp6::Provision provision;
  const Ipv6Address& address =
      requester.peer_address.is_link_local() ? requester.link_address : requester.peer_address;
  provision.binding = dhcp::lasting_binding(table, leases, address);
  if (const auto rule = table.rule_of(address)) {
    (rule->kind == RuleKind::kMapE ? provision.map_e : provision.map_t).push_back(*rule);
  }
  return provision;
}

Result<RuntimeConfigPtr> make_runtime_config(const Config& config, const Softwires& softwires,
                                             const Hub::Options& options) {
  auto runtime_config = std::make_shared<RuntimeConfig>();
  runtime_config->table = BindingTable::create();
  if (runtime_config->table == nullptr) return Error{"no memory for the tables"};
  BindingTable& table = *runtime_config->table;
  table.set_strict_ce_address(config.strict_ce_address);
  if (answers_dhcp(config)) table.index_subscribers(config.dhcp_relay.subscriber_mask);
  for (const Ipv6Address& br : config.br_addresses) table.add_br(br);
  if (const auto filled = fill_table(config, softwires, table); !filled) return filled.error();

  dataplane::Policy& policy = runtime_config->snapshot.policy;
  policy = make_policy(config);
  policy.ipv4.accept_any_mac = options.accept_any_mac;
  policy.ipv6.accept_any_mac = options.accept_any_mac;
  divide_limits(policy, options.workers);
  if (const auto checked = check_sides(config, policy); !checked) return checked.error();
  if (const auto checked = check_dhcp(config, table); !checked) return checked.error();
  for (auto [expression, filter] : {std::pair{&config.ipv4.ingress_filter, &policy.ipv4.ingress_filter},
                                    std::pair{&config.ipv4.egress_filter, &policy.ipv4.egress_filter},
                                    std::pair{&config.ipv6.ingress_filter, &policy.ipv6.ingress_filter},
                                    std::pair{&config.ipv6.egress_filter, &policy.ipv6.egress_filter}}) {
    if (expression->empty()) continue;
    auto loaded = load_filter(*expression);
    if (!loaded) return missing(config, loaded.error().text);
    *filter = loaded->get();
    runtime_config->filters.push_back(std::move(*loaded));
  }
  runtime_config->snapshot.table = &table;
  runtime_config->service = service_options(config, table);
  if (config.dhcp_over_ipv6.is_on()) runtime_config->service.over_ipv6 = over_ipv6_options(config, table);
  runtime_config->dhcp_server_rate = config.dhcp_relay.server_rate;
  runtime_config->dhcp_subscriber_rate = config.dhcp_relay.subscriber_rate;
  runtime_config->leases = config.leases;
  runtime_config->leases.subscriber_mask = config.dhcp_relay.subscriber_mask;
  runtime_config->server = config.dhcp_server;
  runtime_config->server.take_over_interval = config.leases.move_interval;
  runtime_config->server.subscriber_mask = config.dhcp_relay.subscriber_mask;
  runtime_config->server.max_message = config.ipv6.mtu - sizeof(Ipv6Header) - dhcp::kDatagramHeaderBytes;
  runtime_config->occupancy = [&table,
                               owned = std::make_shared<const Config>(config)](const Binding& binding) {
    return binding_conflict(*owned, binding).empty() ? occupancy(table, binding) : Occupancy::kOther;
  };
  runtime_config->server.occupancy = runtime_config->occupancy;
  return runtime_config;
}

}  // namespace softwire::controlplane
