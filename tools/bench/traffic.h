// SPDX-License-Identifier: BSD-3-Clause
// What the hub under test is configured with, and the packets that it is given.
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

// The Ethernet frame as RFC 2544 counts it, from MAC address to frame check sequence. The sequence itself is
// never in memory.
inline constexpr unsigned kFrameCheckBytes = 4;
inline constexpr unsigned kMinFrame = 64;
inline constexpr unsigned kMaxFrame = 1518;

// Frames of Shape::kImix, one after the other: 7 of 64 octets, 4 of 594, 1 of 1454.
inline constexpr std::array<unsigned, 12> kImixFrames{64, 594, 64, 64, 594, 64, 1454, 64, 594, 64, 594, 64};

// Shape::kFragments: an IPv4 packet of 1500 octets, cut by an IPv4 link with an MTU of 1280 octets, or, in
// its softwire, by an IPv6 link with one of 1500. The first piece: octets of the UDP datagram, or of the IPv4
// packet.
inline constexpr unsigned kFragmentedIpv4 = 1500;
inline constexpr unsigned kIpv4FirstPiece = (1280 - sizeof(Ipv4Header)) & ~7U;
inline constexpr unsigned kIpv6FirstPiece = (1500 - sizeof(Ipv6Header) - sizeof(Ipv6FragmentHeader)) & ~7U;

// Octets of a frame, on the IPv4 side, as `frame` says or on average, rounded; of fragments half of the frame
// that the whole packet fills.
[[nodiscard]] unsigned mean_frame(Shape shape, unsigned frame);

// 64 subscribers an address, in the 131072 addresses of 198.18.0.0/15 (RFC 2544 appendix C.2.2).
inline constexpr std::uint32_t kMaxBindings = 1U << 23;
inline constexpr std::uint32_t kMaxFlows = 1U << 24;

// With Shape::kFragments, softwire packets that carry 1500 octets must be cut in two on their way out; else
// they fit.
[[nodiscard]] dataplane::Policy policy(Shape shape = Shape::kUniform);

// The binding number `index`, below kMaxBindings: PSID offset 6 and length 6, so that the ports below 1024,
// and the DHCPv4 client port among them, are in no set. All share one BR address.
[[nodiscard]] Binding binding(std::uint32_t index);

// 2001:2::/40 for 198.18.0.0/15: the subscriber number `index` has the address and ports of binding(index).
// MAP-T: the rest of the world is in 2001:2:ffff::/64.
[[nodiscard]] Rule map_rule(RuleKind kind = RuleKind::kMapE);

// 2 MB pages that a table of so many bindings takes.
[[nodiscard]] unsigned table_huge_pages(std::uint32_t bindings);

class Traffic {
 public:
  // Table and flows. Flows are dealt out evenly over the bindings and come in a random order, the same in
  // every run. With MAP, the table has one rule, whose CEs stand for the bindings.
  static Result<Traffic> create(std::uint32_t bindings, std::uint32_t flows,
                                Mechanism mechanism = Mechanism::kBindings);

  // Makes the buffer hold the next flow's packet, as it comes in on `side`, of a frame that counts
  // `frame` octets on the IPv4 side. Its payload octets are left as they are; where packets are translated,
  // the UDP checksum takes them for zeros.
  void write_next(Side side, unsigned frame, dataplane::Mbuf& mbuf);

  // Makes the two buffers hold the next flow's packet in two fragments, as it comes in on `side`. Not for
  // packets that are translated. Payload octets likewise.
  void write_next_fragments(Side side, dataplane::Mbuf& first, dataplane::Mbuf& later);

  // The same flows over the same table, for another worker: it begins at another flow.
  [[nodiscard]] Traffic copy(std::size_t first_flow) const;
  // Without the flows of bindings with an odd PSID, which may change then.
  void leave_out_odd_psids();

  [[nodiscard]] const dataplane::BindingTable& table() const { return *table_; }
  [[nodiscard]] dataplane::BindingTable& changing_table() { return *table_; }
  [[nodiscard]] Mechanism mechanism() const { return mechanism_; }

 private:
  struct Flow {
    Ipv4Address subscriber;
    Ipv4Address remote;
    be16 port;  // of the subscriber, in its port set
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
  std::uint32_t identification_ = 0;  // of the next packet in fragments
};

}  // namespace softwire::bench
