// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/fill_table.h"

#include <algorithm>
#include <optional>
#include <string>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

using dataplane::BindingTable;
using dataplane::TableError;

// Returns why the table refused a binding. Names both bindings.
std::string error_text(const Binding& binding, const BindingTable::Change& change) {
  switch (change.error) {
    case TableError::kDuplicate:
      return "'" + to_statement(binding) + "' overlaps '" + to_statement(change.other) +
             "': an address and PSID can be bound once only";
    case TableError::kPortLayout:
      return "'" + to_statement(binding) + "' disagrees with '" + to_statement(change.other) +
             "': all bindings of an address must have the same psid-offset and psid-len";
    case TableError::kNoMemory:
      return "no memory for more bindings";
    default:
      return "'" + to_statement(binding) + "' is not a valid binding";
  }
}

// Returns why the table refused a rule. Names both rules.
std::string error_text(const Rule& rule, const BindingTable::RuleChange& change) {
  switch (change.error) {
    case TableError::kDuplicate:
      return "'" + to_statement(rule) + "' has the " + (change.other.ipv4 == rule.ipv4 ? "ipv4" : "ipv6") +
             " of '" + to_statement(change.other) + "': a prefix can have one rule only";
    case TableError::kNoMemory:
      return "no memory for more rules";
    default:
      return "'" + to_statement(rule) + "' is not a valid rule";
  }
}

// Returns the conflict if the binding's IPv4 address is one of the hub or of a server; else nullopt.
std::optional<std::string> belongs_to_another(const Binding& binding, const Config& config) {
  const auto is = [&binding](const char* what) { return to_string(binding.ipv4) + " is " + what; };
  if (binding.ipv4 == config.ipv4_address) return is("ipv4.address, the hub's own");
  if (config.dhcp_server.is_on() && binding.ipv4 == config.dhcp_server.address) {
    return is("dhcp-server.address, the hub's own");
  }
  if (!config.dhcp_relay.is_on()) return std::nullopt;
  if (binding.ipv4 == config.dhcp_relay.address) return is("dhcp-relay.address, the hub's own");
  const auto& servers = config.dhcp_relay.servers;
  if (std::ranges::find(servers, binding.ipv4) != servers.end()) return is("a dhcp-relay.server");
  const auto& over_ipv6 = config.dhcp_relay.dhcp4o6_servers;
  if (std::ranges::find(over_ipv6, binding.ipv4, &dhcp::Dhcp4o6Server::identifier) != over_ipv6.end()) {
    return is("the identifier of a dhcp-relay.dhcp4o6-server");
  }
  return std::nullopt;
}

// Returns the conflict and its remedy if the rule's IPv4 prefix contains an address of the hub or of a
// server; else nullopt.
std::optional<std::string> rule_conflict(const Rule& rule, const Config& config) {
  const std::string prefix = "ipv4: " + to_string(rule.ipv4) + " contains ";
  if (rule.ipv4.contains(config.ipv4_address)) {
    return prefix + to_string(config.ipv4_address) + ", which is ipv4.address; give CEs other addresses";
  }
  if (config.dhcp_server.is_on() && rule.ipv4.contains(config.dhcp_server.address)) {
    return prefix + to_string(config.dhcp_server.address) +
           ", which is dhcp-server.address; give CEs other addresses";
  }
  if (!config.dhcp_relay.is_on()) return std::nullopt;
  if (rule.ipv4.contains(config.dhcp_relay.address)) {
    return prefix + to_string(config.dhcp_relay.address) +
           ", which is dhcp-relay.address; give CEs other addresses";
  }
  // A server's address may be in the prefix if no CE can have the DHCP server port.
  if (rule.is_shared() && rule.port_parameters().excludes(kDhcpServerPort)) return std::nullopt;
  for (const Ipv4Address server : config.dhcp_relay.servers) {
    if (!rule.ipv4.contains(server)) continue;
    return prefix + to_string(server) + ", which is a dhcp-relay.server; give CEs other addresses";
  }
  for (const dhcp::Dhcp4o6Server& server : config.dhcp_relay.dhcp4o6_servers) {
    if (!rule.ipv4.contains(server.identifier)) continue;
    return prefix + to_string(server.identifier) +
           ", which is the identifier of a dhcp-relay.dhcp4o6-server; give CEs other addresses";
  }
  return std::nullopt;
}

// Returns the conflict if the rule gives an IPv6 address of the hub to a CE or a DMR. The hub never sends
// softwire packets to its own addresses.
std::optional<std::string> gives_away_own_ipv6(const Rule& rule, const Config& config,
                                               const BindingTable& table) {
  const auto is_ce = [&](const Ipv6Address& own) {
    return (config.strict_ce_address ? rule.ce_of(own) : rule.ce_around(own)).has_value();
  };
  const auto is_in_dmr = [&rule](const Ipv6Address& own) {
    return rule.kind == RuleKind::kMapT && rule.dmr.contains(own);
  };
  for (const Ipv6Address& br : table.br_addresses().addresses()) {
    if (is_in_dmr(br)) {
      return "the BR address " + to_string(br) + " is in dmr " + to_string(rule.dmr) + "; give another";
    }
    if (is_ce(br)) {
      return "the BR address " + to_string(br) +
             " is the address of a CE under this rule; give the BR another address";
    }
  }
  if (is_in_dmr(config.ipv6_address)) {
    return to_string(config.ipv6_address) + ", which is ipv6.address, is in dmr " + to_string(rule.dmr) +
           "; give another";
  }
  if (is_ce(config.ipv6_address)) {
    return to_string(config.ipv6_address) +
           ", which is ipv6.address, is the address of a CE under this rule; give another";
  }
  return std::nullopt;
}

}  // namespace

std::string place_of_store(const Config& config) {
  return config.state + "/softwired.db";
}

Result<Softwires> read_softwires(const Config& config) {
  if (config.softwires.empty()) return Softwires{};
  return read_softwires(config.softwires, config.port_68);
}

std::string binding_conflict(const Config& config, const Binding& binding) {
  if (const auto why = belongs_to_another(binding, config)) {
    return *why + "; give the subscriber another address";
  }
  if (binding.b4 == config.ipv6_address) {
    return "b4 " + to_string(binding.b4) + " is ipv6.address, the hub's own; give the subscriber's";
  }
  return {};
}

Result<Done> fill_table(const Config& config, const Softwires& softwires, BindingTable& table) {
  const auto at = [&config](const auto& statement, const std::string& what) {
    return Error{(statement.line == 0 ? place_of_store(config)
                                      : config.softwires + ":" + std::to_string(statement.line)) +
                 ": " + what};
  };
  for (const RuleStatement& statement : softwires.rules) {
    if (const auto why = rule_conflict(statement.rule, config)) return at(statement, *why);
    const BindingTable::RuleChange change = table.add(statement.rule);
    if (change.error != TableError::kNone) return at(statement, error_text(statement.rule, change));
  }
  for (const BindingStatement& statement : softwires.bindings) {
    if (const auto why = binding_conflict(config, statement.binding); !why.empty()) return at(statement, why);
    const BindingTable::Change change = table.add(statement.binding);
    if (change.error != TableError::kNone) return at(statement, error_text(statement.binding, change));
  }
  for (const RuleStatement& statement : softwires.rules) {
    if (const auto why = gives_away_own_ipv6(statement.rule, config, table)) return at(statement, *why);
  }
  for (const BindingStatement& statement : softwires.bindings) {
    if (table.is_br(statement.binding.b4)) {
      return at(statement, "b4 " + to_string(statement.binding.b4) +
                               " is a BR address, of another binding or br-address; give the subscriber's");
    }
  }
  return Done{};
}

}  // namespace softwire::controlplane
