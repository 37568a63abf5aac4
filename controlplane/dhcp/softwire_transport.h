// DHCPv4 as softwires carry it: punted packets in, relayed and answered packets out through the dataplane
// (draft-ietf-dhc-v4configuration-06 section 5.1). What is said to whom is the relay's business.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "controlplane/dhcp/datagram.h"
#include "controlplane/dhcp/relay.h"
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
    // Sees each packet that is dropped. Empty: nobody does.
    std::function<void(dataplane::Mbuf&, Outcome)> on_drop = {};
  };
  // All three must outlive the transport.
  SoftwireTransport(Options options, const dataplane::BindingTable& table, dataplane::PuntChannel& channel,
                    rte_mempool& pool);

  // Handles some of the punted packets; returns how many. What it sends down is to be taken out before the
  // next poll: the channel has room for one poll's packets.
  unsigned poll();

  // One outcome (Where::kDhcp) for every punted packet.
  [[nodiscard]] const OutcomeCounters& outcomes() const { return outcomes_; }
  [[nodiscard]] const RelayStatistics& statistics() const { return relay_.statistics(); }

 private:
  [[nodiscard]] Outcome handle(dataplane::Mbuf& packet);
  [[nodiscard]] Outcome from_softwire(const UdpDatagram& datagram, const dataplane::FrameContext& context);
  [[nodiscard]] Outcome from_server(const UdpDatagram& datagram, const dataplane::FrameContext& context);
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
  std::vector<std::uint8_t> in_;   // the packet in hand
  std::vector<std::uint8_t> out_;  // the one that is being made
};

}  // namespace softwire::controlplane::dhcp
