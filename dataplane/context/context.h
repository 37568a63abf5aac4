// SPDX-License-Identifier: BSD-3-Clause
// The data that every room of the packet path reads. It is passed along with each packet. One worker owns it.
#pragma once

#include <rte_mempool.h>

#include <array>
#include <cstdint>

#include "dataplane/capture/drop_channel.h"
#include "dataplane/counters/engine_counters.h"
#include "dataplane/fragment/fragment.h"
#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/headers.h"
#include "dataplane/packet/output.h"
#include "dataplane/policy/policy.h"
#include "dataplane/policy/source_rates.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/derived_address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// The Ethernet headers of both sides. Only NextHops changes them: their destination is the MAC address of the
// gateway, or zero until it is resolved.
class EthernetHeaders {
 public:
  [[nodiscard]] const EthernetTemplate& operator[](Side side) const {
    return templates_[static_cast<std::size_t>(side)];
  }

 private:
  friend class NextHops;
  explicit EthernetHeaders(const Policy& policy)
      : templates_{EthernetTemplate(policy.ipv4, ether_type::kIpv4),
                   EthernetTemplate(policy.ipv6, ether_type::kIpv6)} {}
  [[nodiscard]] EthernetTemplate& of(Side side) { return templates_[static_cast<std::size_t>(side)]; }

  std::array<EthernetTemplate, 2> templates_;  // by Side
};

// The IPv4 addresses of the hub itself: its own, and the DHCP relay's. In host byte order, because each
// packet is compared with them.
class OwnIpv4Addresses {
 public:
  explicit OwnIpv4Addresses(const Policy& policy)
      : hub_(policy.ipv4_address.host()),
        relay_(policy.dhcp_relay.enabled ? policy.dhcp_relay.address.host() : hub_) {}

  // `address`: in host byte order. 0.0.0.0 stands for an address that is not set.
  [[nodiscard]] bool contains(std::uint32_t address) const {
    return (address == hub_ || address == relay_) && address != 0;
  }

 private:
  std::uint32_t hub_;
  std::uint32_t relay_;
};

struct Context {
  Policy policy;              // changes only between two bursts
  OwnIpv4Addresses own_ipv4;  // of the policy
  const BindingTable* table;  // changes between two bursts only
  EngineCounters counters;    // every room counts its own decisions
  // Limits of echo replies, ARP replies and Neighbor Advertisements to one source, by Side.
  std::array<SourceRates, 2> answer_rates;
  EthernetHeaders ethernet;
  rte_mempool& pool;         // buffers for packets that the hub makes
  Fragmenter fragmenter;     // fragments packets, and makes IPv4 identifications
  std::uint64_t seed;        // for hashes; hard to guess
  DropChannel* drops;        // takes dropped packets for capture; null: no capture
  Output* output = nullptr;  // output of the current burst
  Instant now{};             // time of the current burst

  // What a request is for. Each has a limit of its own.
  enum class Answer : std::uint8_t { kOwnAddress, kProxied };
  // Returns whether the hub may answer one more request of a source, and counts it if so. `source`: an
  // identity of sender.h.
  [[nodiscard]] bool may_answer(Side side, const Ipv6Address& source, Answer answer = Answer::kOwnAddress) {
    return answer_rates[static_cast<std::size_t>(side)].take(source, now, static_cast<unsigned>(answer));
  }
  // Returns whether the address, in host byte order, is an IPv4 address of the hub itself.
  [[nodiscard]] bool is_own_address(std::uint32_t address) const { return own_ipv4.contains(address); }
  // Returns whether the address is an IPv6 address of the hub itself: its own, its link-local one, or a BR
  // address.
  [[nodiscard]] bool is_own_address(const Ipv6Address& address) const {
    return !address.is_unspecified() &&
           (address == policy.ipv6_address || address == link_local_address(policy.ipv6.mac) ||
            table->is_br(address));
  }
  // Returns whether the address belongs to one node, other than the hub (RFC 4443 section 2.4 (e.6)).
  [[nodiscard]] bool is_other_node(const Ipv6Address& address) const {
    return !address.is_multicast() && !address.is_unspecified() && !address.is_loopback() &&
           !is_own_address(address);
  }
  // Returns whether the IPv6 destination of the frame is a BR address. `ip_offset`: octets into the frame
  // where its IPv6 header starts.
  [[nodiscard]] bool is_to_br(Mbuf& frame, unsigned ip_offset) const {
    return table->is_br(ipv6_header(frame, ip_offset).destination);
  }
};

}  // namespace softwire::dataplane
