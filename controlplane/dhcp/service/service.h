// SPDX-License-Identifier: BSD-3-Clause
// Takes the DHCP packets that the packet path punts, and injects the answers
// (draft-ietf-dhc-v4configuration-06 section 5.1). It parses each message, checks its sender, and passes it
// to the relay, the embedded server or DhcpOverIpv6, and to the lease manager. The control thread owns it.
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

// All services of a hub share this, because an answer may reach another worker than the message.
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

  // Handles some of the punted packets, and returns how many. `now` is the start of new leases. Requires: the
  // packet path has taken what the last call injected; the channel has room for the packets of one call.
  unsigned poll(WallTime now);
  // Drops the answers that still wait for their leases. Call it before the service ends.
  void give_up();

  // Has one outcome (CountedBy::kDhcp) for every punted packet, except those that wait.
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
  // Returns nullopt when the packet waits for a lease to be durable. It is counted then.
  [[nodiscard]] std::optional<Outcome> handle(dataplane::Mbuf& packet, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_softwire(const UdpDatagram& datagram,
                                                     const dataplane::FrameContext& context, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_ipv6(dataplane::Mbuf& packet,
                                                 const dataplane::FrameContext& context, WallTime now);
  [[nodiscard]] std::optional<Outcome> from_ce(dataplane::Mbuf& packet,
                                               const dataplane::FrameContext& context, WallTime now);
  // Parses the UDP datagram over IPv6 that was punted. The result is a view of in_.
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
  // Returns whether the sender of an information request may be answered.
  [[nodiscard]] bool may_be_told(const dhcp6::Requester& requester) const;
  // Finds the subscriber of a message that DhcpOverIpv6 has taken.
  [[nodiscard]] Result<Request, Outcome> request_of(const DhcpOverIpv6::Message& message,
                                                    Instant received_at) const;
  // Returns whether the message is of a client on the subscriber's link that has a lease of the address (RFC
  // 8539).
  [[nodiscard]] bool moves_with(const ReceivedMessage& received, Ipv4Address address) const;
  // Returns the hub's end of the subscriber's softwire. A client over IPv6 does not name it.
  [[nodiscard]] Ipv6Address br_of(const Ipv6Address& subscriber) const;
  // Returns whether the subscriber may send from the address.
  [[nodiscard]] bool owns(const Ipv6Address& subscriber, Ipv4Address address) const;
  // Returns whether the subscriber has exactly these ports of the address.
  [[nodiscard]] bool owns(const Ipv6Address& subscriber, Ipv4Address address, PortSet ports) const;
  // Returns whether the subscriber owns what a DECLINE or RELEASE gives up. True for other messages.
  [[nodiscard]] bool gives_up_its_own(const ReceivedMessage& received) const;
  [[nodiscard]] std::optional<Outcome> send_when_kept(LeaseChange change, DhcpReply reply, WallTime now);
  [[nodiscard]] Outcome send(const DhcpReply& reply);
  // Injects a new packet with this context. Returns false when there is no buffer, or no room in the channel.
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
  // Tells callbacks that come late that the service is gone.
  std::shared_ptr<Service*> self_ = std::make_shared<Service*>(this);
  std::vector<std::uint8_t> in_;   // the packet in hand
  std::vector<std::uint8_t> out_;  // the one that is being made
};

}  // namespace softwire::controlplane::dhcp
