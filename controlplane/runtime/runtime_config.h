// SPDX-License-Identifier: BSD-3-Clause
// The configuration that workers and control plane run with: a policy with its tables, and the settings of
// the control plane's services.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "controlplane/config/filter.h"
#include "controlplane/dhcp/service/service.h"
#include "controlplane/dhcp/settings/server_options.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_options.h"
#include "controlplane/lease/lease_table.h"
#include "controlplane/runtime/hub.h"
#include "dataplane/tables/binding_table.h"
#include "dataplane/tables/snapshot.h"

namespace softwire::controlplane {

struct RuntimeConfig {
  std::vector<std::unique_ptr<dataplane::PacketFilter>> filters;  // used by the policy
  std::unique_ptr<dataplane::BindingTable> table;
  dataplane::Snapshot snapshot;
  std::function<Occupancy(const Binding&)> occupancy;  // answers whether a lease fits in the table
  dhcp::Service::Options service;
  std::uint32_t dhcp_server_rate = 0;      // dhcp-relay.server-rate
  std::uint32_t dhcp_subscriber_rate = 0;  // dhcp-relay.subscriber-rate
  LeaseOptions leases;
  dhcp::ServerOptions server;
};

// Makes the configuration. An error names the key that is wrong or missing, and the remedy.
Result<RuntimeConfigPtr> make_runtime_config(const Config& config, const Softwires& softwires,
                                             const Hub::Options& options);

// Returns what occupies the address and ports of a lease. They are free if the table has no entry for the
// address, or only bindings with the same port parameters and other PSIDs.
Occupancy occupancy(const dataplane::BindingTable& table, const Binding& binding);

// Returns the softwires that a DHCPv6 client gets: its binding, or its rule.
dhcp6::Provision provision_of(const dataplane::BindingTable& table, const LeaseTable& leases,
                              const dhcp6::Requester& requester);

}  // namespace softwire::controlplane
