// SPDX-License-Identifier: BSD-3-Clause
// A small world of subscribers and hosts, and frames between them, made from the choices of an input. A frame
// is mostly right: a few octets choose sender, receiver, ports and faults, so that a fuzzer gets behind the
// checks of headers and checksums. Any octets can be frames too.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/policy/policy.h"
#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/rule.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/reference_table.h"
#include "tests/support/frames.h"

namespace softwire::fuzz {

using testing::Octets;

// Bindings, MAP-E and MAP-T rules that overlap each other.
[[nodiscard]] const ReferenceTable& world();

inline constexpr Ipv4Address kHubIpv4(198, 51, 100, 1);
inline constexpr Ipv4Address kGatewayIpv4(198, 51, 100, 254);
inline constexpr MacAddress kHubMac({2, 0, 0, 0, 0, 4});
inline constexpr MacAddress kGatewayMac({2, 0, 0, 0, 1, 4});
[[nodiscard]] Ipv6Address hub_ipv6();
[[nodiscard]] Ipv6Address gateway_ipv6();

// Policies that differ in what changes the way of a packet. Their gateways have configured MAC addresses.
inline constexpr unsigned kPolicies = 4;
[[nodiscard]] dataplane::Policy policy(unsigned number);

struct Frame {
  Side side = Side::kIpv4;
  Octets octets;
};

// Makes the next frames of the input: one, or the fragments of one packet.
std::vector<Frame> next_frames(Input& input);

// What an IPv4 packet has as ports in either direction, read by definition (RFC 7597 section 5.1, RFC 7596
// section 8.1). Only for whole packets and first fragments.
struct Ports {
  std::optional<Port> source;
  std::optional<Port> destination;
};
struct Ipv4View {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  Ports ports;
  bool is_later_fragment = false;
};
// Returns nullopt when the octets do not begin with a whole IPv4 header.
std::optional<Ipv4View> read_ipv4(std::span<const std::uint8_t> packet);

// An IPv6 packet in a frame, with an IPv4 packet in it or not. Extension headers other than a fragment header
// are skipped.
struct Ipv6View {
  Ipv6Address source;
  Ipv6Address destination;
  std::uint8_t protocol = 0;  // after the extension headers
  bool is_later_fragment = false;
  std::span<const std::uint8_t> payload;
};
std::optional<Ipv6View> read_ipv6(std::span<const std::uint8_t> packet);

// Returns the IP packet of an Ethernet frame, behind a VLAN tag or not.
std::span<const std::uint8_t> packet_of(std::span<const std::uint8_t> frame);

}  // namespace softwire::fuzz
