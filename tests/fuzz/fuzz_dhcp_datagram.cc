// SPDX-License-Identifier: BSD-3-Clause
// Input: an IPv4 packet for the relay. Its parsed fields must be the same after it is written again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "controlplane/dhcp/codec/datagram.h"
#include "tests/fuzz/require.h"

using softwire::fuzz::require;
namespace dhcp = softwire::controlplane::dhcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto taken = dhcp::parse_datagram({data, size});
  if (!taken) return 0;
  const std::uint8_t* const payload = taken->payload.data();
  require(payload >= data + dhcp::kDatagramHeaderBytes && payload + taken->payload.size() <= data + size);

  std::vector<std::uint8_t> packet(dhcp::kDatagramHeaderBytes + taken->payload.size());
  dhcp::write_datagram(taken->endpoints, taken->payload, packet);
  const auto again = dhcp::parse_datagram(packet);
  require(again.ok() && again->endpoints == taken->endpoints);
  require(std::ranges::equal(again->payload, taken->payload));
  return 0;
}
