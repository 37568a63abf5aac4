// DHCPv4 as softwires carry it: punted packets in, relayed and answered packets out through the dataplane
// (draft-ietf-dhc-v4configuration-06 section 5.1). What is said to whom is the relay's business.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "controlplane/dhcp/datagram.h"
#include "controlplane/dhcp/relay.h"
#include "controlplane/lease/lease_desk.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/punt/punt.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/outcome.h"

namespace softwire::controlplane::dhcp {

class SoftwireTransport {
 public:
  struct Options {
    RelayOptions relay;
    std::uint16_t ipv6_mtu = 1500;  // octets that an answer may have with its outer header
    LeaseDesk* leases = nullptr;    // who keeps them; must outlive the transport
    // Sees each packet that is dropped. Empty: nobody does.
    std::function<void(dataplane::Mbuf&, Outcome)> on_drop = {};
  };
  // All three must outlive the transport.
  SoftwireTransport(Options options, const dataplane::BindingTable& table, dataplane::PuntChannel& channel,
                    rte_mempool& pool);

  // Handles some of the punted packets; returns how many. What it sends down is to be taken out before the
  // next poll: the channel has room for one poll's packets. `now` is the time that leases begin at.
  unsigned poll(WallTime now);
  // Before the end: what still waits for its lease is not sent any more.
  void give_up();

  // One outcome (Where::kDhcp) for every punted packet; those that wait have none yet.
  [[nodiscard]] const OutcomeCounters& outcomes() const { return outcomes_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] const RelayStatistics& statistics() const { return relay_.statistics(); }

 private:
  // An answer on its way to a client.
  struct Answer {
    Subscriber subscriber;
    Ipv4Address destination;
    std::vector<std::uint8_t> message;
    Instant received_at{};
    Outcome outcome{};  // when it is sent
  };

  // Nothing: the packet waits for a lease to be durable, and is counted then.
  [[nodiscard]] std::optional<Outcome> handle(dataplane::Mbuf& packet, WallTime now);
  [[nodiscard]] Outcome from_softwire(const UdpDatagram& datagram, const dataplane::FrameContext& context);
  [[nodiscard]] std::optional<Outcome> from_server(const UdpDatagram& datagram,
                                                   const dataplane::FrameContext& context, WallTime now);
  // The subscriber may speak from the address.
  [[nodiscard]] bool owns(const Ipv6Address& subscriber, Ipv4Address address) const;
  [[nodiscard]] std::optional<Outcome> send_when_kept(LeaseChange change, Answer answer);
  [[nodiscard]] Outcome send(const Answer& answer);
  // A new packet for the dataplane to send as `context` says. False: no buffer, or no room on the way down.
  [[nodiscard]] bool inject(const UdpEndpoints& endpoints, Octets message,
                            const dataplane::FrameContext& context);

  Options options_;
  std::size_t messages_a_poll_;
  const dataplane::BindingTable& table_;
  dataplane::PuntChannel& channel_;
  rte_mempool& pool_;
  Relay relay_;
  OutcomeCounters outcomes_;
  std::size_t waiting_ = 0;  // answers whose leases are not durable yet
  // Gone when the transport is: for what comes back late.
  std::shared_ptr<SoftwireTransport*> self_ = std::make_shared<SoftwireTransport*>(this);
  std::vector<std::uint8_t> in_;   // the packet in hand
  std::vector<std::uint8_t> out_;  // the one that is being made
};

}  // namespace softwire::controlplane::dhcp
