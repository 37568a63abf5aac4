// SPDX-License-Identifier: BSD-3-Clause
// Input: an IPv6 packet to a DHCP port of the hub. Its parsed fields must be the same after it is written
// again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "controlplane/dhcp/codec/udp6_datagram.h"
#include "tests/fuzz/require.h"

using softwire::fuzz::require;
namespace dhcp = softwire::controlplane::dhcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto taken = dhcp::parse_udp6({data, size});
  if (!taken) return 0;
  const std::uint8_t* const payload = taken->payload.data();
  require(payload >= data + dhcp::kUdp6HeaderBytes && payload + taken->payload.size() <= data + size);

  std::vector<std::uint8_t> packet(dhcp::kUdp6HeaderBytes + taken->payload.size());
  dhcp::write_udp6(taken->endpoints, taken->payload, packet);
  const auto again = dhcp::parse_udp6(packet);
  require(again.ok() && again->endpoints == taken->endpoints);
  require(std::ranges::equal(again->payload, taken->payload));
  return 0;
}
