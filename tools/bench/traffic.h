// SPDX-License-Identifier: BSD-3-Clause
// The configuration of the measured hub, and the packets that it gets.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/packet/mbuf.h"
#include "dataplane/policy/policy.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/rule.h"
#include "softwire/wire.h"
#include "tools/bench/scenario.h"

namespace softwire::bench {

// The frame check sequence, which RFC 2544 counts as part of the frame. It is never in memory.
inline constexpr unsigned kFrameCheckBytes = 4;
inline constexpr unsigned kMinFrame = 64;
inline constexpr unsigned kMaxFrame = 1518;

// Lengths of successive frames of Shape::kImix: 7 of 64 octets, 4 of 594, 1 of 1454.
inline constexpr std::array<unsigned, 12> kImixFrames{64, 594, 64, 64, 594, 64, 1454, 64, 594, 64, 594, 64};

// Shape::kFragments: an IPv4 packet of 1500 octets, fragmented by an IPv4 link with an MTU of 1280 octets, or
// in its softwire by an IPv6 link with an MTU of 1500. The length of the first fragment is in octets of the
// UDP datagram, or of the IPv4 packet.
inline constexpr unsigned kFragmentedIpv4 = 1500;
inline constexpr unsigned kIpv4FirstPiece = (1280 - sizeof(Ipv4Header)) & ~7U;
inline constexpr unsigned kIpv6FirstPiece = (1500 - sizeof(Ipv6Header) - sizeof(Ipv6FragmentHeader)) & ~7U;

// Returns the octets of a frame on the IPv4 side: `frame`, or the rounded average. For fragments, returns
// half of the frame of the whole packet.
[[nodiscard]] unsigned mean_frame(Shape shape, unsigned frame);

// 64 subscribers for each of the 131072 addresses in 198.18.0.0/15 (RFC 2544 appendix C.2.2).
inline constexpr std::uint32_t kMaxBindings = 1U << 23;
inline constexpr std::uint32_t kMaxFlows = 1U << 24;

// Returns the policy. With Shape::kFragments, softwire packets with 1500 octets must be fragmented in two;
// otherwise they fit.
[[nodiscard]] dataplane::Policy policy(Shape shape = Shape::kUniform);

// Returns the binding with this index, which is below kMaxBindings. PSID offset 6 and length 6: the ports
// below 1024, and so the DHCPv4 client port, are in no set. All bindings share one BR address.
[[nodiscard]] Binding binding(std::uint32_t index);

// Returns a rule that maps 2001:2::/40 to 198.18.0.0/15. The subscriber with this index has the address and
// ports of binding(index). MAP-T: all other IPv4 addresses are in 2001:2:ffff::/64.
[[nodiscard]] Rule map_rule(RuleKind kind = RuleKind::kMapE);

// Returns the number of 2 MB pages for a table with this many bindings.
[[nodiscard]] unsigned table_huge_pages(std::uint32_t bindings);

class Traffic {
 public:
  // Makes table and flows. Flows are distributed evenly over the bindings, and come in a random order that is
  // the same in every run. With MAP, the table has one rule, and its CEs replace the bindings.
  static Result<Traffic> create(std::uint32_t bindings, std::uint32_t flows,
                                Mechanism mechanism = Mechanism::kBindings);

  // Writes the packet of the next flow into the buffer, as it arrives on `side`. `frame`: octets of the frame
  // on the IPv4 side. Does not write the payload; for translated packets the UDP checksum assumes zeros.
  void write_next(Side side, unsigned frame, dataplane::Mbuf& mbuf);

  // Writes the packet of the next flow as two fragments, as they arrive on `side`. Does not write the
  // payload. Not for translated packets.
  void write_next_fragments(Side side, dataplane::Mbuf& first, dataplane::Mbuf& later);

  // Returns the same flows over the same table for another worker. They begin at another flow.
  [[nodiscard]] Traffic copy(std::size_t first_flow) const;
  // Removes the flows of bindings with an odd PSID, because those bindings may change.
  void leave_out_odd_psids();

  [[nodiscard]] const dataplane::BindingTable& table() const { return *table_; }
  [[nodiscard]] dataplane::BindingTable& changing_table() { return *table_; }
  [[nodiscard]] Mechanism mechanism() const { return mechanism_; }

 private:
  struct Flow {
    Ipv4Address subscriber;
    Ipv4Address remote;
    be16 port;  // the subscriber's port, in its port set
    Ipv6Address b4;
  };

  Traffic(std::shared_ptr<dataplane::BindingTable> table, std::vector<Flow> flows, Mechanism mechanism)
      : table_(std::move(table)), flows_(std::move(flows)), mechanism_(mechanism) {}
  const Flow& next_flow();
  static Ipv4Header ipv4_header(const Flow& flow, Side side, unsigned length);
  static UdpHeader udp_header(const Flow& flow, Side side, unsigned length);
  static Ipv6Header outer_header(const Flow& flow, std::uint8_t next_header, unsigned payload);
  static Ipv6Header translated_header(const Flow& flow, unsigned payload);

  std::shared_ptr<dataplane::BindingTable> table_;
  std::vector<Flow> flows_;
  Mechanism mechanism_;
  std::size_t next_ = 0;
  std::uint32_t identification_ = 0;  // of the next fragmented packet
};

}  // namespace softwire::bench
