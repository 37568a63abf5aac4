// SPDX-License-Identifier: BSD-3-Clause
// The embedded DHCPv4 server: addresses, and addresses with a PSID, for subscribers behind softwires (RFC
// 2131 section 4.3, RFC 7618). It knows messages and who sent them, not how they travel; the time is told to
// it; and the leases are in a lease table that its caller keeps.
//
// A client is told apart by its softwire and its identifier, so that nobody can speak for another
// subscriber's client; over DHCPv6 by its link and its identifier, for the softwire's end may move there (RFC
// 8539). A client has one lease.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/message_statistics.h"
#include "controlplane/dhcp/codec/received_message.h"
#include "controlplane/dhcp/codec/subscriber.h"
#include "controlplane/dhcp/server/client_message.h"
#include "controlplane/dhcp/server/lease_pool.h"
#include "controlplane/dhcp/server/reply_builder.h"
#include "controlplane/dhcp/settings/server_options.h"
#include "controlplane/lease/lease.h"
#include "controlplane/lease/lease_table.h"
#include "softwire/outcome.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane::dhcp {

// What a message comes to.
struct ServerReply {
  Outcome outcome;               // kDhcpAnswered, kDhcpReleased, kDhcpDeclined, or why not
  Octets message = {};           // empty: none
  Ipv4Address destination = {};  // IPv4, port 68; from port 67 of the server's address
  // Takes the place of a lease with the same key. Must be durable before the message is sent, and goes into
  // the lease table then. Grants and releases take effect in the order in which they were returned, and
  // within Server::kOfferTime, or as long as ServerOptions::is_granting says.
  std::optional<Lease> grant = {};
  // Ends. With a grant: the client's other lease, or that of another client of the same subscriber's, from
  // which this one takes it over; it may have the key of the grant.
  std::optional<LeaseKey> release = {};
  // Where DHCPv4 over DHCPv6 may put option 109 into the message; see ReplyBuilder.
  std::optional<std::size_t> softwire_source_offset = {};
};

// The octets that it returns live until its next message.
class Server {
 public:
  static constexpr std::chrono::seconds kOfferTime{60};       // that an offer, or a grant on its way, is kept
  static constexpr std::chrono::seconds kDeclinedTime{3600};  // that a declined slot is out of use
  static constexpr std::size_t kMaxDeclined = 65'536;
  static constexpr std::size_t kMaxDeclinedOfSubscriber = 4;  // beyond: given again as if nothing were

  // options.max_message must be at least ReplyBuilder::kMinReplyLimit, options.address one of a host, and
  // find_conflict() nothing in pools and static leases.
  Server(ServerOptions options, const LeaseTable& lease_table);
  // Other options from the next message on. Leases that they do not cover are not renewed.
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

  // To be told of a grant that did not become durable, and of the release that went with it: all is as it
  // was.
  void not_kept(const Lease& grant, const std::optional<LeaseKey>& taken, const LeaseTable& lease_table);
  // To be told of every lease that has gone from the lease table, by release or otherwise, and of every other
  // thing that was in the way of a binding: else the slot may never be given again.
  void freed(LeaseKey key);

  // Whether a subscriber is one of those that the options name.
  [[nodiscard]] bool serves(const Ipv6Address& subscriber) const;
  [[nodiscard]] const MessageStatistics& statistics() const { return statistics_; }

 private:
  // What can be leased.
  struct AddressSlot {
    Ipv4Address ipv4;
    PortSet ports;
    [[nodiscard]] LeaseKey key() const { return {ipv4, ports.psid}; }
    friend bool operator==(const AddressSlot&, const AddressSlot&) = default;
  };
  static AddressSlot slot_of(const Lease& lease) { return {lease.binding.ipv4, lease.binding.ports}; }

  // A message and what it has to be judged by.
  struct Exchange {
    const ClientMessage& message;
    const Subscriber& subscriber;
    bool unicast;
    WallTime now;
    const LeaseTable& lease_table;
    bool moves = false;
    std::optional<LeaseKey> takes = {};  // the lease that it takes over if it gets one
    [[nodiscard]] bool is_of(const Lease& lease) const {
      const Ipv6Address& b4 = lease.binding.b4;
      const bool is_there =
          b4 == subscriber.address || (moves && lease_table.link_of(subscriber.address).contains(b4));
      return is_there && lease.client == message.client;
    }
    // The client's lease among these; null when there is none.
    [[nodiscard]] const Lease* find_in(const LeaseTable& leases) const {
      return moves ? leases.find_on_link(subscriber.address, message.client,
                                         lease_table.link_of(subscriber.address))
                   : leases.find(subscriber.address, message.client);
    }
  };

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

  // What a client gets for a DISCOVER; or why it gets nothing.
  [[nodiscard]] Result<AddressSlot, Outcome> choose(const Exchange& exchange);
  [[nodiscard]] std::optional<AddressSlot> choose_from(LeasePool& pool, const Exchange& exchange);
  // Whether the client may have it, as far as the options, leases, offers and bindings are concerned.
  [[nodiscard]] bool is_available(const Exchange& exchange, const AddressSlot& slot) const;
  [[nodiscard]] Occupancy occupancy(const Exchange& exchange, const AddressSlot& slot) const;
  [[nodiscard]] bool gives(const Ipv6Address& subscriber, const AddressSlot& slot) const;
  [[nodiscard]] bool is_in_use(const LeaseTable& lease_table, LeaseKey key) const;
  [[nodiscard]] bool is_at_limit(const Exchange& exchange) const;
  // Clients of the subscriber beside this one that are in some of the lease tables.
  [[nodiscard]] std::size_t count_others(const Exchange& exchange,
                                         std::initializer_list<const LeaseTable*> tables) const;
  // The lease that a client takes over which has none where its subscriber has all that it may.
  [[nodiscard]] std::optional<LeaseKey> lease_to_take(const Exchange& exchange) const;
  [[nodiscard]] Ipv6Prefix subscriber_of(const Ipv6Address& b4) const {
    return Ipv6Prefix::of(b4, options_.subscriber_mask);
  }
  // The client's lease: granted just now, or in the lease table. Null when there is none.
  [[nodiscard]] const Lease* lease_of(const Exchange& exchange) const;
  [[nodiscard]] const StaticLease* static_lease_of(const Ipv6Address& subscriber) const;
  [[nodiscard]] LeasePool* pool_of(LeaseKey key);
  [[nodiscard]] const LeasePool* pool_of(LeaseKey key) const;

  // Puts a client's slot into offers_ or granted_, where there must be room.
  void remember(LeaseTable& where, const Exchange& exchange, const AddressSlot& slot);
  [[nodiscard]] bool has_room(const LeaseTable& where, const Exchange& exchange) const;
  void forget(LeaseTable& where, LeaseKey key, const LeaseTable& lease_table);
  void forget_offer(const Exchange& exchange);
  void forget_ended(WallTime now, const LeaseTable& lease_table);

  ServerOptions options_;
  std::vector<LeasePool> pools_;
  std::map<Ipv4Address, std::size_t> pool_from_;  // by first address
  std::map<std::uint8_t, std::unordered_map<Ipv6Address, StaticLease>, std::greater<>>
      static_leases_;  // by length of prefix, the longest first, and prefix
  std::set<LeaseKey> static_keys_;
  // What is not given to anybody else for a while, each until it `expires`: a client's offer, a grant that
  // may be on its way to the lease table, and what was declined, of clients without an identifier.
  LeaseTable offers_;
  LeaseTable granted_;
  LeaseTable declined_;
  LeaseTable leaving_;                       // taken over from their clients, but in the lease table still
  std::map<Ipv6Address, WallTime> took_at_;  // by the subscriber's prefix, within the interval
  MessageStatistics statistics_;
  ReplyBuilder builder_;
};

}  // namespace softwire::controlplane::dhcp
