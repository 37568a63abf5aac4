// SPDX-License-Identifier: BSD-3-Clause
// The embedded DHCPv4 server: addresses, and addresses with a PSID, for subscribers behind softwires (RFC
// 2131 section 4.3, RFC 7618). It knows messages and their senders, but not how they travel. The caller tells
// it the time, and keeps the lease table. The control thread owns it.
//
// The server identifies a client by its softwire and its identifier, so that nobody can speak for another
// subscriber's client. Over DHCPv6 it identifies a client by its link and its identifier, because the end of
// the softwire may move there (RFC 8539). A client has one lease.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/message_statistics.h"
#include "controlplane/dhcp/codec/received_message.h"
#include "controlplane/dhcp/codec/subscriber.h"
#include "controlplane/dhcp/server/address_allocator.h"
#include "controlplane/dhcp/server/exchange.h"
#include "controlplane/dhcp/server/reply_builder.h"
#include "controlplane/dhcp/settings/server_options.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_table.h"
#include "softwire/outcome.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane::dhcp {

// The answer to a message, and what it changes.
struct ServerReply {
  Outcome outcome;               // kDhcpAnswered, kDhcpReleased, kDhcpDeclined, or why not
  Octets message = {};           // empty: none
  Ipv4Address destination = {};  // IPv4, port 68; from port 67 of the server's address
  // A new lease. It replaces a lease with the same key. The caller makes it durable, puts it into the lease
  // table, and only then sends the message. Grants and releases take effect in the order of the replies, and
  // within AddressAllocator::kOfferTime, or as long as ServerOptions::is_granting says.
  std::optional<Lease> grant = {};
  // A lease that ends. With a grant it is the client's other lease, or the lease of another client of the
  // subscriber that this client takes over; it may have the key of the grant.
  std::optional<LeaseKey> release = {};
  // Where DHCPv4 over DHCPv6 may put option 109 into the message; see ReplyBuilder.
  std::optional<std::size_t> softwire_source_offset = {};
};

// The octets that it returns are valid until its next message.
class Server {
 public:
  // Requires: options.max_message is at least ReplyBuilder::kMinReplyLimit, options.address is a host's, and
  // find_conflict() finds nothing in pools and static leases.
  Server(ServerOptions options, const LeaseTable& lease_table);
  // Takes other options. Leases that they do not cover are not renewed. Requires: as the constructor.
  void configure(ServerOptions options, const LeaseTable& lease_table);
  // Answers a client's message. Nobody else gets what is in the lease table, ended or not. When a rule gives
  // the subscriber something (received.given), it gets exactly that, and there is no lease of it. When the
  // subscriber's end may move, the server tells clients on its link apart by their identifiers alone.
  // Requires: the subscriber owns the IPv4 source and ciaddr.
  ServerReply answer(const ReceivedMessage& received, WallTime now, const LeaseTable& lease_table);

  // Answers a message whose IPv4 source or ciaddr is not the subscriber's. A client that renews by unicast
  // gets a NAK: that tells it that its lease is gone (RFC 2131 section 4.3.2). Others get nothing:
  // kDhcpSourceNotOwned.
  ServerReply answer_not_owned(const ReceivedMessage& received, WallTime now, const LeaseTable& lease_table);

  // Tells the server that a grant, and the release that went with it, did not become durable. The server
  // undoes both.
  void not_kept(const Lease& grant, const std::optional<LeaseKey>& taken, const LeaseTable& lease_table) {
    allocator_.not_kept(grant, taken, lease_table);
  }
  // Tells the server that a lease has gone from the lease table, by release or otherwise, or that something
  // else is no longer in the way of a binding. Without this call the slot may never be given again.
  void freed(LeaseKey key) { allocator_.freed(key); }

  // Returns whether the options name the subscriber.
  [[nodiscard]] bool serves(const Ipv6Address& subscriber) const;
  [[nodiscard]] const MessageStatistics& statistics() const { return statistics_; }

 private:
  [[nodiscard]] ServerReply discover(const Exchange& exchange);
  [[nodiscard]] ServerReply request(const Exchange& exchange);
  [[nodiscard]] ServerReply release(const Exchange& exchange);
  [[nodiscard]] ServerReply decline(const Exchange& exchange);
  [[nodiscard]] ServerReply inform(const Exchange& exchange);
  [[nodiscard]] ServerReply discover(const Exchange& exchange, const AddressSlot& given);
  [[nodiscard]] ServerReply request(const Exchange& exchange, const AddressSlot& given);

  [[nodiscard]] ServerReply grant(const Exchange& exchange, const AddressSlot& slot);
  [[nodiscard]] ServerReply refuse(const Exchange& exchange);  // NAK
  [[nodiscard]] ServerReply send(const Exchange& exchange, MessageType type);
  void start(const Exchange& exchange, MessageType type);
  void add_lease(const AddressSlot& slot);
  void add_configured(const Exchange& exchange);

  ServerOptions options_;
  AddressAllocator allocator_;
  MessageStatistics statistics_;
  ReplyBuilder builder_;
};

}  // namespace softwire::controlplane::dhcp
