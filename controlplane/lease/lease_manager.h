// SPDX-License-Identifier: BSD-3-Clause
// Decides what DHCPv4 messages do to the leases (RFC 7596 section 6.1; RFC 7618 section 6): an ACK grants
// one, a RELEASE, DECLINE or NAK ends one, and some are not allowed. The control thread owns it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/received_message.h"
#include "controlplane/dhcp/codec/subscriber.h"
#include "controlplane/lease/grant_limit.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_options.h"
#include "controlplane/lease/lease_table.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane {

class LeaseManager {
 public:
  // Returns what already has the address and ports of a binding: bindings of the operator, rules, leases, the
  // hub.
  using LookUp = std::function<Occupancy(const Binding&)>;
  // `keep` makes a change durable and applies it to table(). It may call `done` at once or later, but not
  // after the manager is gone.
  LeaseManager(LeaseOptions options, LookUp look_up, KeepLeases keep);

  void configure(LeaseOptions options) {
    options_ = std::move(options);
    table_.set_subscriber_mask(options_.subscriber_mask);
  }
  void use(KeepLeases keep) { keep_ = std::move(keep); }
  [[nodiscard]] LeaseTable& table() { return table_; }
  [[nodiscard]] const LeaseTable& table() const { return table_; }

  // Returns what a server's message to a subscriber changes. `server`: the server that sent it. `may_move`:
  // the subscriber's end may move on its link (RFC 8539). An error says why the client must not get the
  // message.
  [[nodiscard]] Result<LeaseChange, Outcome> from_server(const dhcp::MessageView& message,
                                                         const dhcp::Subscriber& subscriber,
                                                         Ipv4Address server, WallTime now,
                                                         bool may_move = false);
  // Returns why a subscriber's message must not be relayed, or nullopt. It must not when it asks for one
  // lease more than the subscriber may have: the lease would be refused after the server has granted it.
  [[nodiscard]] std::optional<Outcome> reason_not_to_relay(const dhcp::ReceivedMessage& received) const;
  // Returns whether a subscriber's message asks for a new lease although the subscriber has got too many
  // within the hour. No server may answer such a message. Leases that the subscriber has do not count as new.
  [[nodiscard]] bool is_out_of_grants(const dhcp::ReceivedMessage& received, WallTime now) const;
  // Returns the lease with this key: one that is being made durable, else one in the lease table. Null: none.
  [[nodiscard]] const Lease* holder(LeaseKey key) const;
  // Returns what a subscriber's message changes that has been relayed.
  [[nodiscard]] LeaseChange from_client(const dhcp::ReceivedMessage& received) const;

  // Makes the change durable, and calls `done` when it is or cannot be. Calls it at once when there is
  // nothing to do, or when the end of the lease is already on its way to the store.
  void keep(LeaseChange change, WallTime now, std::function<void(bool)> done);
  // Returns whether a grant of the key is on its way to the store.
  [[nodiscard]] bool is_granting(LeaseKey key) const { return granting_.contains(key); }
  // Ends leases that have expired, a limited number in each call.
  void expire(WallTime now);

 private:
  [[nodiscard]] bool allows(const Binding& binding) const;
  [[nodiscard]] const Lease* lease_of(const Ipv6Address& subscriber, const ClientId& client,
                                      bool may_move) const;
  void end(LeaseChange change, std::function<void(bool)> done);
  [[nodiscard]] std::optional<Outcome> reason_not_to_grant(const Lease& lease, const Lease* before,
                                                           WallTime now) const;
  // Starts the interval in which the lease does not move again.
  void record_move(LeaseKey key, WallTime now);
  // Returns whether the subscriber has the binding, by a lease or by the operator.
  [[nodiscard]] bool has(const Binding& binding) const;
  [[nodiscard]] bool is_spent(const Ipv6Address& b4, WallTime now) const;

  LeaseOptions options_;
  LookUp look_up_;
  KeepLeases keep_;
  LeaseTable table_;
  struct Granting {
    Lease lease;
    std::uint64_t number;
  };
  std::map<LeaseKey, Granting> granting_;  // on their way to the store, the last of each key
  std::uint64_t changes_ = 0;              // that were sent to the store, to tell one of a key from the next
  GrantLimit grant_limit_;
  std::map<LeaseKey, std::uint64_t> ending_;  // ends on their way to the store, by their numbers
  std::set<LeaseKey> expiring_;               // the keys of expired leases whose end is not durable yet
  WallTime expire_again_;                     // not before, when the store has failed
  std::map<LeaseKey, WallTime> moved_;        // within the interval
};

}  // namespace softwire::controlplane
