// SPDX-License-Identifier: BSD-3-Clause
// What DHCPv4 messages mean for the leases: which an ACK gives, which a RELEASE, DECLINE or NAK ends, which
// the operator does not allow (RFC 7596 section 6.1; RFC 7618 section 6).
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
  // What there is where a lease wants to be: the operator's bindings, rules, leases, the hub itself.
  using LookUp = std::function<Occupancy(const Binding&)>;
  // The manager changes no lease table: whoever keeps a change says so there. `keep` may call `done` at once
  // or later, never after the manager is gone.
  LeaseManager(LeaseOptions options, LookUp look_up, KeepLeases keep);

  void configure(LeaseOptions options) {
    options_ = std::move(options);
    table_.set_subscriber_mask(options_.subscriber_mask);
  }
  void use(KeepLeases keep) { keep_ = std::move(keep); }
  [[nodiscard]] LeaseTable& table() { return table_; }
  [[nodiscard]] const LeaseTable& table() const { return table_; }

  // A server's message to a subscriber; `server`: where it came from; `moves`: the subscriber's end may be
  // another one on the same link than it was (RFC 8539). An error is why the client must not get it.
  [[nodiscard]] Result<LeaseChange, Outcome> from_server(const dhcp::MessageView& message,
                                                         const dhcp::Subscriber& subscriber,
                                                         Ipv4Address server, WallTime now,
                                                         bool moves = false);
  // Whether a subscriber's message may be sent on to servers: not when the lease that it asks for is one more
  // than it may have, for it would be refused when the server has given it away.
  [[nodiscard]] std::optional<Outcome> refusal(const dhcp::ReceivedMessage& received) const;
  // Whether a subscriber's message may be answered at all, by whatever server: not when it asks for a lease
  // and its subscriber was given too many within the hour. What it has it may have again.
  [[nodiscard]] bool is_out_of_grants(const dhcp::ReceivedMessage& received, WallTime now) const;
  // Who has it: by a lease that is being made durable, else by one in the lease table. Null when nobody has.
  [[nodiscard]] const Lease* holder(LeaseKey key) const;
  // A subscriber's message that has been sent on.
  [[nodiscard]] LeaseChange from_client(const dhcp::ReceivedMessage& received) const;

  // Makes the change durable; `done` is called when it is, or cannot be: at once when there is nothing to do,
  // or the lease's end is on its way already.
  void keep(LeaseChange change, WallTime now, std::function<void(bool)> done);
  // Whether a grant of it is on its way to the store.
  [[nodiscard]] bool is_granting(LeaseKey key) const { return granting_.contains(key); }
  // Ends what has expired; some at a time.
  void expire(WallTime now);

 private:
  [[nodiscard]] bool allows(const Binding& binding) const;
  [[nodiscard]] const Lease* lease_of(const Ipv6Address& subscriber, const ClientId& client,
                                      bool moves) const;
  void end(LeaseChange change, std::function<void(bool)> done);
  [[nodiscard]] std::optional<Outcome> refusal(const Lease& lease, const Lease* before, WallTime now) const;
  // Starts the interval in which the lease does not move again.
  void record_move(LeaseKey key, WallTime now);
  // The subscriber has it, by a lease or by the operator.
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
  std::set<LeaseKey> expiring_;               // likewise, of what has expired
  WallTime expire_again_;                     // not before, when the store has failed
  std::map<LeaseKey, WallTime> moved_;        // within the interval
};

}  // namespace softwire::controlplane
