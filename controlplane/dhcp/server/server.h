// SPDX-License-Identifier: BSD-3-Clause
// The embedded DHCPv4 server. It leases addresses, whole or with a PSID, to subscribers behind softwires (RFC
// 2131 section 4.3, RFC 7618). It handles messages; the caller handles packets, passes the time, and owns the
// lease table. The control thread owns the server.
//
// The server identifies a client by its softwire and its client identifier, so a subscriber cannot act for a
// client of another subscriber. Over DHCPv6 it identifies a client by its link and its client identifier,
// because the end of the softwire may move on the link (RFC 8539). A client has one lease.
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

// The answer to a message, and its changes to the leases.
struct ServerReply {
  Outcome outcome;               // kDhcpAnswered, kDhcpReleased, kDhcpDeclined, or the reason of the drop
  Octets message = {};           // empty: none
  Ipv4Address destination = {};  // at port 68; the source is port 67 of the server's address
  // A new lease. It replaces a lease with the same key. The caller makes it durable, puts it into the lease
  // table, and only then sends the message. The caller applies grants and releases in the order of the
  // replies, each within AddressAllocator::kOfferTime unless ServerOptions::is_granting returns true for
  // longer.
  std::optional<Lease> grant = {};
  // A lease that ends. With a grant, it is the client's previous lease, or a lease of the same subscriber
  // that the client takes over. It may have the key of the grant.
  std::optional<LeaseKey> release = {};
  // The offset at which DHCPv4 over DHCPv6 may insert option 109; see ReplyBuilder.
  std::optional<std::size_t> softwire_source_offset = {};
};

// Octets that it returns are valid until the next call with a message.
class Server {
 public:
  // Requires: options.max_message is at least ReplyBuilder::kMinReplyLimit; is_host(options.address);
  // find_conflict() returns nullopt for the pools and static leases.
  Server(ServerOptions options, const LeaseTable& lease_table);
  // Replaces the options. Leases that the new options do not cover are not renewed. Requires: the same as the
  // constructor.
  void configure(ServerOptions options, const LeaseTable& lease_table);
  // Answers a client's message. A lease in the lease table, expired or not, is not given to another
  // subscriber. A subscriber with a binding by a rule (received.given) gets exactly that binding, without a
  // lease. When the subscriber's end may move, the server identifies clients on the link by their client
  // identifiers alone. Requires: the subscriber owns the IPv4 source address and ciaddr, unless they are
  // 0.0.0.0.
  ServerReply answer(const ReceivedMessage& received, WallTime now, const LeaseTable& lease_table);

  // Answers a message with an IPv4 source address or ciaddr that the subscriber does not own. A client that
  // renews by unicast gets a NAK, because its lease no longer exists (RFC 2131 section 4.3.2). Other messages
  // get no answer: kDhcpSourceNotOwned.
  ServerReply answer_not_owned(const ReceivedMessage& received, WallTime now, const LeaseTable& lease_table);

  // Undoes a grant, and the release of the same reply, because they did not become durable.
  void not_kept(const Lease& grant, const std::optional<LeaseKey>& taken, const LeaseTable& lease_table) {
    allocator_.not_kept(grant, taken, lease_table);
  }
  // Makes the slot available again. Call it when a lease leaves the lease table for any reason, or when a
  // binding or rule no longer occupies the slot. Without this call the slot may never be leased again.
  void freed(LeaseKey key) { allocator_.freed(key); }

  // Returns whether the options let the server serve the subscriber.
  [[nodiscard]] bool serves(const Ipv6Address& subscriber) const;
  [[nodiscard]] const MessageStatistics& statistics() const { return statistics_; }
  // See AddressAllocator::free_slots().
  [[nodiscard]] std::size_t free_slots() const { return allocator_.free_slots(); }

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
