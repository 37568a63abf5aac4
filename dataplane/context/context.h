// SPDX-License-Identifier: BSD-3-Clause
// What every room of the packet path reads, passed along with each packet. One worker owns it.
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

struct Context {
  Policy policy;              // changes between two bursts only
  const BindingTable* table;  // likewise
  EngineCounters counters;    // every room counts what it decides
  EthernetHeaders ethernet;
  rte_mempool& pool;         // buffers for packets that the hub makes
  Fragmenter fragmenter;     // cuts packets, and numbers those that the hub makes
  std::uint64_t seed;        // of hashes; hard to guess
  DropChannel* drops;        // where dropped packets are shown; null: nowhere
  Output* output = nullptr;  // of the burst in progress
  Instant now{};             // time of the burst in progress

  // IPv4 addresses of the hub itself, in host order: its own, and the DHCP relay's.
  [[nodiscard]] bool is_own_address(std::uint32_t address) const {
    return address != 0 && (address == policy.ipv4_address.host() ||
                            (policy.dhcp_relay.enabled && address == policy.dhcp_relay.address.host()));
  }
  // IPv6 addresses of the hub itself: its own, its link-local one, and the BR addresses.
  [[nodiscard]] bool is_own_address(const Ipv6Address& address) const {
    return !address.is_unspecified() &&
           (address == policy.ipv6_address || address == link_local_address(policy.ipv6.mac) ||
            table->is_br(address));
  }
  // Whether the address names one node, and another than the hub (RFC 4443 section 2.4 (e.6)).
  [[nodiscard]] bool is_other_node(const Ipv6Address& address) const {
    return !address.is_multicast() && !address.is_unspecified() && !is_own_address(address);
  }
  // Whether the frame came to a BR address. Requires: `ip_offset` is where its IPv6 header starts.
  [[nodiscard]] bool is_to_br(Mbuf& frame, unsigned ip_offset) const {
    return table->is_br(ipv6_header(frame, ip_offset).destination);
  }
};

}  // namespace softwire::dataplane
