// SPDX-License-Identifier: BSD-3-Clause
// DHCP between the dataplane and those who answer it: punted packets in, from softwires and over IPv6,
// relayed and answered packets out (draft-ietf-dhc-v4configuration-06 section 5.1). What is said to whom is
// the business of relay, server and DhcpOverIpv6; what an ACK or RELEASE means for the leases, that of the
// lease manager.
#pragma once

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
#include "dataplane/punt/punt_channel.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/outcome.h"

namespace softwire::controlplane::dhcp {

// What all services of a hub share: an answer may reach another worker than its question.
struct PendingReplies {
  PendingExchanges<Subscriber> informs;  // by the client's address, which is all that an answer names
  PendingExchanges<ReturnPath> paths;    // by the subscriber
};

class Service {
 public:
  struct Options {
    RelayOptions relay;
    Ipv4Address address;            // that clients see: the relay's and the server's
    Ipv6Address ipv6_address;       // ours, for DHCPv6
    std::uint16_t ipv6_mtu = 1500;  // octets that an answer may have with its outer header
    // What all services of a hub share; must outlive them.
    LeaseManager* leases = nullptr;
    PendingReplies* pending = nullptr;
    Server* server = nullptr;  // none: everything is relayed
    // DHCP over IPv6, and what its clients are told; none: nothing comes that way.
    std::optional<DhcpOverIpv6::Options> over_ipv6 = {};
    dhcp6::InformationServer::Lookup provision = {};
    // Who may ask: subscribers in these prefixes, and those who have a softwire; neither: everybody.
    std::vector<Ipv6Prefix> clients = {};
    bool clients_bound = false;
    std::uint8_t subscriber_mask = 64;  // length of the IPv6 prefix that is one subscriber's
    // Sees each packet that is dropped. Empty: nobody does.
    std::function<void(dataplane::Mbuf&, Outcome)> on_drop = {};
  };
  // All three must outlive the service.
  Service(Options options, const dataplane::BindingTable& table, dataplane::PuntChannel& channel,
          rte_mempool& pool);

  // Handles some of the punted packets; returns how many. What it sends down is to be taken out before the
  // next poll: the channel has room for one poll's packets. `now` is the time that leases begin at.
  unsigned poll(WallTime now);
  // Before the end: what still waits for its lease is not sent any more.
  void give_up();

  // One outcome (CountedBy::kDhcp) for every punted packet; those that wait have none yet.
  [[nodiscard]] const OutcomeCounters& outcomes() const { return outcomes_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] const MessageStatistics& statistics() const { return relay_.statistics(); }

 private:
  // A client's message, and how answers get to the client.
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
    Outcome outcome{};  // when it is sent
    ReturnPath path;
    std::optional<std::size_t> softwire_source_offset;
  };

  [[nodiscard]] DhcpReply reply_of(const Relay::ToClient& relayed, const Header& header,
                                   const dataplane::FrameContext& context) const;
  [[nodiscard]] static DhcpReply reply_of(const ServerReply& reply, const Request& request);
  [[nodiscard]] bool fits(Octets message) const;
  // Nothing: the packet waits for a lease to be durable, and is counted then.
  [[nodiscard]] std::optional<Outcome> handle(dataplane::Mbuf& packet, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_softwire(const UdpDatagram& datagram,
                                                     const dataplane::FrameContext& context, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_ipv6(dataplane::Mbuf& packet,
                                                 const dataplane::FrameContext& context, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_ce(dataplane::Mbuf& packet,
                                               const dataplane::FrameContext& context, WallTime now);
  // The UDP datagram over IPv6 that was punted; its octets are in_'s.
  [[nodiscard]] Result<Udp6Datagram, Outcome> udp6_of(dataplane::Mbuf& packet,
                                                      const dataplane::FrameContext& context);
  [[nodiscard]] std::optional<Outcome> from_client(const Request& request, WallTime now);
  // Handles a message whose IPv4 source or ciaddr is not the subscriber's. Requires: it came from a softwire,
  // and answers_not_owned(subscriber).
  [[nodiscard]] std::optional<Outcome> not_owned(const Request& request, WallTime now);
  // Returns whether the embedded server answers such messages of the subscriber, in its softwire.
  [[nodiscard]] bool answers_not_owned(const Ipv6Address& subscriber) const;
  [[nodiscard]] Outcome relay(const Request& request, WallTime now);
  [[nodiscard]] bool forward_4o6(const Dhcp4o6Server& server, const Request& request);
  [[nodiscard]] std::optional<Outcome> serve(const Request& request, WallTime now);
  // Records what the answer to a relayed message does not say. Returns false when there is no room, or
  // another subscriber's INFORM is recorded in its place: then the answer could not be delivered.
  [[nodiscard]] bool record_pending(const Request& request);
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
  // The same for information requests.
  [[nodiscard]] bool may_be_told(const dhcp6::Requester& requester) const;
  // Finds the subscriber of a message that DhcpOverIpv6 has taken.
  [[nodiscard]] Result<Request, Outcome> request_of(const DhcpOverIpv6::Message& message,
                                                    Instant received_at) const;
  // Returns whether the message is of a client on the subscriber's link that has a lease of the address (RFC
  // 8539).
  [[nodiscard]] bool moves_with(const ReceivedMessage& received, Ipv4Address address) const;
  // Our end of the subscriber's softwire, which a client over IPv6 does not name.
  [[nodiscard]] Ipv6Address br_of(const Ipv6Address& subscriber) const;
  // The subscriber may speak from the address.
  [[nodiscard]] bool owns(const Ipv6Address& subscriber, Ipv4Address address) const;
  // Of the address it has these very ports.
  [[nodiscard]] bool owns(const Ipv6Address& subscriber, Ipv4Address address, PortSet ports) const;
  // What a DECLINE or RELEASE gives up is the subscriber's; other messages give up nothing.
  [[nodiscard]] bool gives_up_its_own(const ReceivedMessage& received) const;
  [[nodiscard]] std::optional<Outcome> send_when_kept(LeaseChange change, DhcpReply reply, WallTime now);
  [[nodiscard]] Outcome send(const DhcpReply& reply);
  // A new packet for the dataplane to send as `context` says. False: no buffer, or no room on the way down.
  [[nodiscard]] bool inject(const UdpEndpoints& endpoints, Octets message,
                            const dataplane::FrameContext& context);

  [[nodiscard]] bool inject_ipv6(Octets packet, Instant received_at, const MacAddress& station = {});
  [[nodiscard]] bool inject(Octets packet, const dataplane::FrameContext& context);

  // Answers that may wait for the store at once: as many as a ring of the dataplane holds.
  static constexpr std::size_t kMaxWaiting = 1024;

  Options options_;
  std::size_t messages_a_poll_;
  const dataplane::BindingTable& table_;
  dataplane::PuntChannel& channel_;
  rte_mempool& pool_;
  Relay relay_;
  std::optional<DhcpOverIpv6> over_ipv6_;
  OutcomeCounters outcomes_;
  std::size_t waiting_ = 0;  // answers whose leases are not durable yet
  // Gone when the service is: for what comes back late.
  std::shared_ptr<Service*> self_ = std::make_shared<Service*>(this);
  std::vector<std::uint8_t> in_;   // the packet in hand
  std::vector<std::uint8_t> out_;  // the one that is being made
};

}  // namespace softwire::controlplane::dhcp
