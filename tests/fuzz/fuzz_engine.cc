// SPDX-License-Identifier: BSD-3-Clause
// The frame parser and the packet path of both sides. Any frame, in any segments, ends with one outcome, and
// no buffer is lost. Input: one octet of options, one of segment size, then the frame.
#include <algorithm>
#include <cstdint>

#include "softwire/address_text.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/traffic.h"
#include "tests/support/engine_harness.h"

namespace softwire {
namespace {

dataplane::Policy policy() {
  dataplane::Policy result;
  result.ipv4.mac = result.ipv6.mac = MacAddress({2, 0, 0, 0, 0, 4});
  result.ipv4.gateway_mac = result.ipv6.gateway_mac = MacAddress({2, 0, 0, 0, 1, 4});
  result.ipv4.accept_any_mac = result.ipv6.accept_any_mac = true;
  result.ipv4_address = Ipv4Address(198, 51, 100, 1);
  result.ipv4.reassembly.datagrams = result.ipv6.reassembly.datagrams = 8;
  result.dhcp_relay.enabled = true;
  result.dhcp_relay.address = Ipv4Address(198, 51, 100, 1);
  result.ipv6_address = *parse_ipv6("2001:db8:6::1");
  result.dhcp_over_ipv6 = {.dhcpv6 = true, .dhcpv4 = true};
  return result;
}

}  // namespace
}  // namespace softwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using softwire::Side;
  using softwire::testing::without_identification;
  static softwire::testing::EngineHarness hub(softwire::policy(), softwire::fuzz::world().bindings,
                                              softwire::fuzz::world().rules);
  if (size < 2) return 0;
  const Side side = (data[0] & 1) != 0 ? Side::kIpv6 : Side::kIpv4;
  // The harness has 4095 buffers. A frame uses at most 64, and only a few fragments wait.
  const std::size_t segment_octets = data[1] == 0 ? 65535 : std::max<std::size_t>(data[1], size / 64 + 1);
  const softwire::testing::Octets frame(data + 2, data + size);
  hub.now += std::chrono::milliseconds(10);  // the punt rate then allows packets
  const auto& counters = hub.engine().counters();
  const std::uint64_t made = counters.generated - counters.held;
  const auto result = hub.run(side, {frame, frame, frame}, 3, segment_octets);
  // The same frame three times gives three outcomes, in addition to those of generated packets, minus the
  // held ones.
  std::uint64_t outcomes = 0;
  for (std::size_t i = 0; i < softwire::kOutcomeCount; ++i) {
    outcomes += result.outcomes[static_cast<softwire::Outcome>(i)];
  }
  softwire::fuzz::require(outcomes == 3 + counters.generated - counters.held - made);
  softwire::fuzz::require(result.ipv4.empty() || result.ipv6.empty());
  for (const auto& [punted, context] : result.punted) {
    if (context.reason != softwire::Outcome::kPuntDhcpTranslated) continue;
    softwire::fuzz::require(hub.table().translating_rule(context.outer_source) != nullptr &&
                            hub.table().is_in_dmr(context.outer_destination) &&
                            context.ip_offset + sizeof(softwire::Ipv6Header) < punted.size());
  }
  if (result.outcomes[softwire::Outcome::kFragment] != 0) return 0;  // identifications make those differ
  for (const auto* sent : {&result.ipv4, &result.ipv6}) {
    softwire::fuzz::require(sent->empty() || sent->size() == 3);
    for (const auto& out : *sent) {
      softwire::fuzz::require(without_identification(out) == without_identification(sent->front()));
    }
  }
  return 0;
}
