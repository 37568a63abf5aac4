// SPDX-License-Identifier: BSD-3-Clause
// What the workers go by: a policy with its tables, and what the control plane's services are told.
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
  std::vector<std::unique_ptr<dataplane::PacketFilter>> filters;  // of the policy
  std::unique_ptr<dataplane::BindingTable> table;
  dataplane::Snapshot snapshot;
  std::function<Occupancy(const Binding&)> occupancy;  // of what leases want
  dhcp::Service::Options service;
  LeaseOptions leases;
  dhcp::ServerOptions server;
};

// An error names what the configuration says, or does not say, and what would be right.
Result<RuntimeConfigPtr> make_runtime_config(const Config& config, const Softwires& softwires,
                                             const Hub::Options& options);

// What the table has where a lease wants to be: nothing else may have the address, or any part of it with
// other ports.
Occupancy occupancy(const dataplane::BindingTable& table, const Binding& binding);

// What somebody who asks is told: a binding, or its rule.
dhcp6::Provision provision_of(const dataplane::BindingTable& table, const LeaseTable& leases,
                              const dhcp6::Requester& requester);

}  // namespace softwire::controlplane
