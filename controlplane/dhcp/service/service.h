// SPDX-License-Identifier: BSD-3-Clause
// Takes the DHCP packets that the packet path punts, and injects the answers
// (draft-ietf-dhc-v4configuration-06 section 5.1). It parses each message, checks its sender, and passes it
// to the relay, the embedded server or DhcpOverIpv6, and to the lease manager. Each worker has one; the
// control thread owns it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "controlplane/dhcp/codec/datagram.h"
#include "controlplane/dhcp/relay/relay.h"
#include "controlplane/dhcp/server/server.h"
#include "controlplane/dhcp/service/dhcp_over_ipv6.h"
#include "controlplane/dhcp/service/pending_exchanges.h"
#include "controlplane/lease/lease_manager.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/policy/fair_rate.h"
#include "dataplane/punt/punt_channel.h"
#include "dataplane/punt/subscriber_rates.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/outcome.h"
#include "softwire/source_kind.h"

namespace softwire::controlplane::dhcp {

// Shared by all services of a hub, because the answer may reach another worker than the message.
struct PendingReplies {
  PendingExchanges<Subscriber> informs;  // by the client's address; the answer names nothing else
  PendingExchanges<ReturnPath> paths;    // by the subscriber's address
};

// Limits of messages. Shared by all services of a hub.
struct MessageRates {
  // `to_server`: messages a second that each server gets. `of_client`: messages a second of one client behind
  // a DHCPv6 relay; the packet path limits all others. `seed`: for hashes; hard to guess.
  MessageRates(std::uint32_t to_server, std::uint32_t of_client, std::uint64_t seed)
      : to_servers(to_server, std::max(to_server / 10, 32U), seed),
        of_clients(of_client, 5 * of_client, seed),
        key(~seed) {}

  dataplane::FairShare to_servers;
  dataplane::SubscriberRates of_clients;
  std::uint64_t key;  // for the identities of clients behind relays
};

class Service {
 public:
  struct Options {
    RelayOptions relay;
    Ipv4Address address;            // of the relay and of the server, which clients see
    Ipv6Address ipv6_address;       // our own, for DHCPv6
    std::uint16_t ipv6_mtu = 1500;  // the maximum of an answer with its outer header, in octets
    // Shared by all services of a hub. They must outlive the services.
    LeaseManager* leases = nullptr;
    PendingReplies* pending = nullptr;
    MessageRates* rates = nullptr;  // null: no limits
    Server* server = nullptr;       // null: all messages are relayed
    // Options of DHCP over IPv6, and the softwires that its clients get. Not set: DHCP over IPv6 is off.
    std::optional<DhcpOverIpv6::Options> over_ipv6 = {};
    dhcp6::InformationServer::Lookup provision = {};
    // The subscribers that may use DHCP: those in `clients`, and with `clients_bound` those that have a
    // softwire. If neither is set: all.
    std::vector<Ipv6Prefix> clients = {};
    bool clients_bound = false;
    std::uint8_t subscriber_mask = 64;  // length of a subscriber's IPv6 prefix
    // Called for each dropped packet. May be empty.
    std::function<void(dataplane::Mbuf&, Outcome)> on_drop = {};
  };
  // Table (until configure()), channel and pool must outlive the service.
  Service(Options options, const dataplane::BindingTable& table, dataplane::PuntChannel& channel,
          rte_mempool& pool);

  // Replaces options and table, for a reload. Answers that wait for a durable lease are sent when the new
  // options allow it. Counters continue.
  void configure(Options options, const dataplane::BindingTable& table);

  // Handles some of the punted packets, and returns their number. `now`: the start of new leases. Requires:
  // the packet path has taken the packets that the last call injected; the channel has room for the packets
  // of one call.
  unsigned poll(WallTime now);
  // Drops the answers that still wait for a durable lease. Call it before the destructor.
  void give_up();

  // Returns the outcomes (CountedBy::kDhcp): one for every punted packet, except for those that wait.
  [[nodiscard]] const OutcomeCounters& outcomes() const { return outcomes_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] const MessageStatistics& statistics() const { return relay_.statistics(); }

 private:
  // A client's message, and the way back to the client.
  struct Request {
    ReceivedMessage received;
    ReturnPath path;
    Instant received_at{};
  };
  // An answer on its way to a client.
  struct DhcpReply {
    Subscriber subscriber;
    Ipv4Address destination;
    std::vector<std::uint8_t> message;
    Instant received_at{};
    Outcome outcome{};  // counted when the answer is sent
    ReturnPath path;
    std::optional<std::size_t> softwire_source_offset;
  };

  [[nodiscard]] DhcpReply reply_of(const Relay::ToClient& relayed, const Header& header,
                                   const dataplane::FrameContext& context) const;
  [[nodiscard]] static DhcpReply reply_of(const ServerReply& reply, const Request& request);
  [[nodiscard]] bool fits(Octets message) const;
  // Returns the outcome of a punted packet, or nullopt when its answer waits for a durable lease; then the
  // outcome is counted later.
  [[nodiscard]] std::optional<Outcome> handle(dataplane::Mbuf& packet, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_softwire(const UdpDatagram& datagram,
                                                     const dataplane::FrameContext& context, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_ipv6(dataplane::Mbuf& packet,
                                                 const dataplane::FrameContext& context, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_ce(dataplane::Mbuf& packet,
                                               const dataplane::FrameContext& context, WallTime now);
  // Parses a punted UDP datagram over IPv6. The result is a view of in_.
  [[nodiscard]] Result<Udp6Datagram, Outcome> udp6_of(dataplane::Mbuf& packet,
                                                      const dataplane::FrameContext& context);
  [[nodiscard]] std::optional<Outcome> from_client(const Request& request, WallTime now);
  // Handles a message with an IPv4 source address or ciaddr that the subscriber does not own. Requires: it
  // came through a softwire, and answers_not_owned(subscriber).
  [[nodiscard]] std::optional<Outcome> not_owned(const Request& request, WallTime now);
  // Returns whether the embedded server answers such messages of the subscriber.
  [[nodiscard]] bool answers_not_owned(const Ipv6Address& subscriber) const;
  [[nodiscard]] Outcome relay(const Request& request, WallTime now);
  [[nodiscard]] bool forward_4o6(const Dhcp4o6Server& server, const Request& request);
  [[nodiscard]] std::optional<Outcome> serve(const Request& request, WallTime now);
  // Counts the message for the rate to servers, and records the facts that its answer will not contain.
  // Returns the reason when one of them is not possible: the rate is reached, there is no room, or an INFORM
  // of another subscriber has the same key; then nothing is counted or recorded.
  [[nodiscard]] std::optional<Outcome> reserve_exchange(const Request& request);
  [[nodiscard]] std::optional<Outcome> from_server(const UdpDatagram& datagram,
                                                   const dataplane::FrameContext& context, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_dhcp4o6_server(const Udp6Datagram& datagram,
                                                           const dataplane::FrameContext& context,
                                                           WallTime now);
  [[nodiscard]] std::optional<Outcome> deliver(const Relay::ToClient& relayed, const MessageView& message,
                                               Ipv4Address server, const dataplane::FrameContext& context,
                                               WallTime now);
  [[nodiscard]] std::optional<Outcome> from_server_to_client(const UdpDatagram& datagram,
                                                             const dataplane::FrameContext& context);
  [[nodiscard]] bool may_ask(const Ipv6Address& subscriber) const;
  // Returns the source of a subscriber's messages, as limits count it.
  [[nodiscard]] Source source_of(const Ipv6Address& subscriber) const;
  // Does so for a message over DHCPv6. The subscriber's end of the softwire is what the client says, so the
  // limits count by where the message comes from.
  [[nodiscard]] Source source_of(const dhcp6::RelayPath& path, const Ipv6Address& subscriber) const;
  // Returns whether one more message of this client behind a DHCPv6 relay is allowed, and counts it if so.
  [[nodiscard]] bool is_within_rate(const Request& request);
  // Returns whether one more answer may wait for a durable lease.
  [[nodiscard]] bool has_room_to_wait(const Ipv6Address& subscriber) const;
  // Returns whether an information request of this client is answered.
  [[nodiscard]] bool may_be_told(const dhcp6::Requester& requester) const;
  // Finds the subscriber of a message from DhcpOverIpv6.
  [[nodiscard]] Result<Request, Outcome> request_of(const DhcpOverIpv6::Message& message,
                                                    Instant received_at) const;
  // Returns whether the client that sent the message has a lease of the address, with any softwire end on the
  // subscriber's link (RFC 8539). Returns false when the end must not move.
  [[nodiscard]] bool has_lease_on_link(const ReceivedMessage& received, Ipv4Address address) const;
  // Returns the hub's end of the subscriber's softwire. A message over IPv6 does not name it.
  [[nodiscard]] Ipv6Address br_of(const Ipv6Address& subscriber) const;
  // Returns whether the subscriber may send from the address.
  [[nodiscard]] bool owns(const Ipv6Address& subscriber, Ipv4Address address) const;
  // Returns whether the subscriber has exactly these ports of the address.
  [[nodiscard]] bool owns(const Ipv6Address& subscriber, Ipv4Address address, PortSet ports) const;
  // Returns whether the subscriber owns the address and ports that a DECLINE or RELEASE gives up. True for
  // other messages.
  [[nodiscard]] bool gives_up_its_own(const ReceivedMessage& received) const;
  [[nodiscard]] std::optional<Outcome> send_when_kept(LeaseChange change, DhcpReply reply, WallTime now);
  [[nodiscard]] Outcome send(const DhcpReply& reply);
  // Return whether the hub has the address that an answer leaves from.
  [[nodiscard]] bool is_ours(const Ipv6Address& br) const;
  [[nodiscard]] bool is_ours(const ByTranslation& path, const Ipv6Address& subscriber) const;
  // Makes and injects a packet with this context. Returns false when the pool has no buffer, or the channel
  // no room.
  [[nodiscard]] bool inject(const UdpEndpoints& endpoints, Octets message,
                            const dataplane::FrameContext& context);

  [[nodiscard]] bool inject_ipv6(Octets packet, Instant received_at, const MacAddress& station = {});
  [[nodiscard]] bool inject(Octets packet, const dataplane::FrameContext& context);

  // Maximum of answers that wait for the store: the size of a ring of the dataplane. Each kind of sources may
  // use a part of it (up_to_kind()).
  static constexpr std::size_t kMaxWaiting = 1024;

  Options options_;
  std::size_t messages_a_poll_;
  const dataplane::BindingTable* table_;
  dataplane::PuntChannel& channel_;
  rte_mempool& pool_;
  Relay relay_;
  std::optional<DhcpOverIpv6> over_ipv6_;
  OutcomeCounters outcomes_;
  std::size_t waiting_ = 0;  // answers that wait for a durable lease
  // Tells late callbacks that the service no longer exists.
  std::shared_ptr<Service*> self_ = std::make_shared<Service*>(this);
  std::vector<std::uint8_t> in_;   // the packet that is being handled
  std::vector<std::uint8_t> out_;  // the packet that is being made
};

}  // namespace softwire::controlplane::dhcp
