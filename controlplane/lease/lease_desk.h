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

#include "controlplane/dhcp/message.h"
#include "controlplane/dhcp/relay.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_book.h"
#include "controlplane/lease/lease_options.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane {

class LeaseDesk {
 public:
  // Who has the address, and of a shared one the port: the operator's bindings, rules, leases.
  using LookUp = std::function<std::optional<Binding>(Ipv4Address, Port)>;
  // The desk changes no book: whoever keeps a change says so there. `keep` may call `done` at once or later,
  // never after the desk is gone.
  LeaseDesk(LeaseOptions options, LookUp look_up, KeepLeases keep);

  void configure(LeaseOptions options) { options_ = std::move(options); }
  void use(KeepLeases keep) { keep_ = std::move(keep); }
  [[nodiscard]] LeaseBook& book() { return book_; }
  [[nodiscard]] const LeaseBook& book() const { return book_; }

  // A server's message to a subscriber; `server`: where it came from; `moves`: the subscriber's end may be
  // another one on the same link than it was (RFC 8539). An error is why the client must not get it.
  [[nodiscard]] Result<LeaseChange, Outcome> from_server(const dhcp::MessageView& message,
                                                         const dhcp::Subscriber& subscriber,
                                                         Ipv4Address server, WallTime now,
                                                         bool moves = false);
  // A subscriber's message that has been sent on.
  [[nodiscard]] LeaseChange from_client(const dhcp::MessageView& message,
                                        const Ipv6Address& subscriber) const;

  // Makes the change durable; `done` is called when it is, or cannot be: at once when there is nothing to do.
  void keep(LeaseChange change, std::function<void(bool)> done);
  // Ends what has expired; some at a time.
  void expire(WallTime now);

 private:
  [[nodiscard]] bool allows(const Binding& binding) const;
  // Also one that is being made durable.
  [[nodiscard]] const Lease* holder(LeaseKey key) const;
  [[nodiscard]] std::optional<Outcome> refusal(const Lease& lease, const Lease* before, WallTime now);

  LeaseOptions options_;
  LookUp look_up_;
  KeepLeases keep_;
  LeaseBook book_;
  std::map<LeaseKey, Lease> granting_;  // on their way to the store
  std::set<LeaseKey> expiring_;
  WallTime expire_again_;               // not before, when the store has failed
  std::map<LeaseKey, WallTime> moved_;  // within the interval
};

// Option 61, or hardware type and address.
ClientId client_id_of(const dhcp::MessageView& message);

}  // namespace softwire::controlplane
