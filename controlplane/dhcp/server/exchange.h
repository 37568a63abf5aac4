// SPDX-License-Identifier: BSD-3-Clause
// A client's message, and the facts by which the embedded server decides about it.
#pragma once

#include <optional>

#include "controlplane/dhcp/codec/subscriber.h"
#include "controlplane/dhcp/server/client_message.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_table.h"
#include "softwire/port_set.h"
#include "softwire/source_kind.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane::dhcp {

// An address and ports that can be leased.
struct AddressSlot {
  Ipv4Address ipv4;
  PortSet ports;
  [[nodiscard]] LeaseKey key() const { return {ipv4, ports.psid}; }
  friend bool operator==(const AddressSlot&, const AddressSlot&) = default;
};
inline AddressSlot slot_of(const Lease& lease) {
  return {lease.binding.ipv4, lease.binding.ports};
}

// The objects that it refers to must outlive it.
struct Exchange {
  const ClientMessage& message;
  const Subscriber& subscriber;
  bool unicast;
  WallTime now;
  const LeaseTable& lease_table;
  bool may_move = false;  // the subscriber's end may move on its link (RFC 8539)
  SourceKind kind = SourceKind::kStranger;
  std::optional<LeaseKey> takes = {};  // the lease that the client takes over if it gets one

  // Returns whether the lease belongs to the client.
  [[nodiscard]] bool is_of(const Lease& lease) const {
    const Ipv6Address& b4 = lease.binding.b4;
    const bool is_there =
        b4 == subscriber.address || (may_move && lease_table.link_of(subscriber.address).contains(b4));
    return is_there && lease.client == message.client;
  }
  // Returns the client's lease in this table, or null when there is none.
  [[nodiscard]] const Lease* find_in(const LeaseTable& leases) const {
    return may_move ? leases.find_on_link(subscriber.address, message.client,
                                          lease_table.link_of(subscriber.address))
                    : leases.find(subscriber.address, message.client);
  }
};

}  // namespace softwire::controlplane::dhcp
