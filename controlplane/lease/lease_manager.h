// SPDX-License-Identifier: BSD-3-Clause
// Derives changes to the leases from DHCPv4 messages (RFC 7596 section 6.1; RFC 7618 section 6), and checks
// whether they are allowed. An ACK grants a lease; a RELEASE, DECLINE or NAK ends one. The control thread
// owns it.
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
  // Returns what occupies the address and ports of a binding: the operator's bindings, rules, leases, the
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

  // Returns the changes that a server's message to a subscriber makes; nothing changes before keep().
  // `server`: the server that sent the message.
  // `may_move`: the subscriber's end may move on its link (RFC 8539). An error is the reason why the client
  // must not get the message.
  [[nodiscard]] Result<LeaseChange, Outcome> from_server(const dhcp::MessageView& message,
                                                         const dhcp::Subscriber& subscriber,
                                                         Ipv4Address server, WallTime now,
                                                         bool may_move = false) const;
  // Returns the reason why a subscriber's message must not be relayed, or nullopt. The reason is that the
  // message asks for one lease more than the subscriber may have: such a lease would be refused after the
  // server has granted it.
  [[nodiscard]] std::optional<Outcome> reason_not_to_relay(const dhcp::ReceivedMessage& received) const;
  // Returns whether a subscriber's message asks for a new lease although the subscriber has reached its limit
  // of new leases in an hour. Such a message goes to no server. A lease that the subscriber already has is
  // not new.
  [[nodiscard]] bool is_out_of_grants(const dhcp::ReceivedMessage& received, WallTime now) const;
  // Returns the lease with this key, or null: one that is being made durable, else one in the lease table.
  [[nodiscard]] const Lease* holder(LeaseKey key) const;
  // Returns the changes that a relayed message of a subscriber makes.
  [[nodiscard]] LeaseChange from_client(const dhcp::ReceivedMessage& received) const;

  // Makes a change durable. Calls `done` with true when it is durable, with false when it was refused. Calls
  // done(true) at once when the change is empty, or the end of the lease is already on its way to the store.
  void keep(LeaseChange change, WallTime now, std::function<void(bool)> done);
  // Returns whether a grant of the key is on its way to the store.
  [[nodiscard]] bool is_granting(LeaseKey key) const { return granting_.contains(key); }
  // Puts a durable lease into the table.
  void granted(const Lease& lease);
  // Removes a lease whose end is durable from the table.
  void ended(LeaseKey key);
  // From now on a lease that is in the table goes to another client as soon as a server gives it to that
  // client, until it is renewed. For leases that may have run out at the server unseen: the time that the
  // machine was off does not count for them.
  void doubt_all();
  // Ends expired leases, a limited number in each call.
  void expire(WallTime now);

 private:
  [[nodiscard]] bool allows(const Binding& binding) const;
  [[nodiscard]] const Lease* lease_of(const Ipv6Address& subscriber, const ClientId& client,
                                      bool may_move) const;
  void end(LeaseChange change, std::function<void(bool)> done);
  [[nodiscard]] std::optional<Outcome> reason_not_to_grant(const Lease& lease, const Lease* before,
                                                           WallTime now) const;
  // Starts the interval in which the lease must not move again.
  void record_move(LeaseKey key, WallTime now);
  [[nodiscard]] bool has_just_moved(LeaseKey key, WallTime now) const;
  // Returns whether a lease or the operator has given the subscriber the binding.
  [[nodiscard]] bool has(const Binding& binding) const;
  [[nodiscard]] bool is_spent(const Ipv6Address& b4, WallTime now) const;

  LeaseOptions options_;
  LookUp look_up_;
  KeepLeases keep_;
  LeaseTable table_;
  struct Granting {
    Lease lease;
    std::uint64_t number;
    std::optional<WallTime> moved;  // the latest move of the lease that is not durable yet
  };
  std::map<LeaseKey, Granting> granting_;  // grants on their way to the store; the latest of each key
  std::uint64_t changes_ = 0;              // sent to the store; numbers changes of the same key
  GrantLimit grant_limit_;
  std::map<LeaseKey, std::uint64_t> ending_;  // ends on their way to the store; their numbers
  std::set<LeaseKey> expiring_;               // expired leases; their end is not durable yet
  WallTime expire_again_;                     // after an error of the store: the next attempt
  std::map<LeaseKey, WallTime> moved_;        // the last durable move of each lease
  std::set<LeaseKey> doubted_;                // not renewed since doubt_all()
};

}  // namespace softwire::controlplane
