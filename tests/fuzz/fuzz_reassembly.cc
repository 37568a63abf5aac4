// SPDX-License-Identifier: BSD-3-Clause
// Fragments in any order and of any form. Every frame is held or has one outcome, no buffer is lost, and
// nothing is held after the time limit. Input: six octets for each fragment: options (bit 0: last fragment;
// bits 1-2: outer IPv6, inner IPv4, or IPv4 side; bit 3: another subscriber), identification, offset (units
// of 8 octets), length, fill octet of the payload, and tenths of a second that have passed.
#include <cstdint>
#include <cstring>

#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "tests/fuzz/require.h"
#include "tests/support/engine_harness.h"

namespace softwire {
namespace {

using testing::Octets;

const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
const Ipv6Address kB4One = *parse_ipv6("2001:db8:1::1");
const Ipv6Address kB4Two = *parse_ipv6("2001:db8:1::2");
const Ipv4Address kShared(192, 0, 2, 1);
const Ipv4Address kHost(203, 0, 113, 7);

dataplane::Policy policy() {
  dataplane::Policy result;
  result.ipv4.gateway_mac = result.ipv6.gateway_mac = MacAddress({2, 0, 0, 0, 1, 4});
  result.ipv4.accept_any_mac = result.ipv6.accept_any_mac = true;
  result.ipv6.mtu = 1280;
  result.ipv4.reassembly = result.ipv6.reassembly = {.datagrams = 4, .fragments = 6};
  return result;
}

std::vector<Binding> bindings() {
  return {{kShared, *PortSet::make(0, 6, 1), kB4One, kBr}, {kShared, *PortSet::make(0, 6, 2), kB4Two, kBr}};
}

Octets payload(const std::uint8_t* input) {
  Octets result(input[3], input[4]);
  if (result.size() >= 4 && input[2] == 0)
    result[0] = result[2] = 4;  // ports from 1024, which a subscriber has
  return result;
}

Octets ipv4(const std::uint8_t* input, Ipv4Address source, Ipv4Address destination) {
  const Octets body = payload(input);
  Ipv4Header header;
  header.total_length = be16(static_cast<std::uint16_t>(sizeof header + body.size()));
  header.identification = be16(input[1] & 3);
  header.fragment =
      be16(static_cast<std::uint16_t>(((input[0] & 1) != 0 ? 0 : Ipv4Header::kMoreFragments) | input[2]));
  header.time_to_live = 64;
  header.protocol = ip_protocol::kUdp;
  header.source = source;
  header.destination = destination;
  header.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
  Octets result(sizeof header + body.size());
  std::memcpy(result.data(), static_cast<const void*>(&header), sizeof header);
  std::copy(body.begin(), body.end(), result.begin() + sizeof header);
  return result;
}

}  // namespace
}  // namespace softwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  using softwire::Side;
  using softwire::fuzz::require;
  namespace ip_protocol = softwire::ip_protocol;
  static softwire::testing::EngineHarness hub(softwire::policy(), softwire::bindings());
  std::uint64_t frames = 0;
  const std::uint64_t generated = hub.engine().counters().generated;
  std::uint64_t outcomes = 0;
  const auto run = [&](Side side, const softwire::testing::Octets& frame) {
    const auto result = hub.run(side, std::vector<softwire::testing::Octets>{frame});
    ++frames;
    for (std::size_t i = 0; i < softwire::kOutcomeCount; ++i) {
      outcomes += result.outcomes[static_cast<softwire::Outcome>(i)];
    }
    require(hub.engine().counters().held <= std::size_t{2} * 4 * 6);
  };
  for (; size >= 6; data += 6, size -= 6) {
    hub.now += 100ms * data[5];
    const auto& b4 = (data[0] & 8) != 0 ? softwire::kB4Two : softwire::kB4One;
    softwire::testing::Ipv6Fields outer{.source = b4, .destination = softwire::kBr};
    switch (data[0] >> 1 & 3) {
      case 0: {
        const unsigned offset = data[2] * 8U | ((data[0] & 1) != 0 ? 0U : 1U);
        outer.next_header = ip_protocol::kFragment;
        outer.extension_headers = {ip_protocol::kIpv4,
                                   0,
                                   static_cast<std::uint8_t>(offset >> 8),
                                   static_cast<std::uint8_t>(offset),
                                   0,
                                   0,
                                   0,
                                   data[1]};
        // The first fragment has the start of a packet that may be valid.
        const auto inner =
            data[2] == 0 ? softwire::ipv4(data, softwire::kShared, softwire::kHost) : softwire::payload(data);
        run(Side::kIpv6, softwire::testing::ethernet_frame({}, softwire::ether_type::kIpv6,
                                                           softwire::testing::ipv6_packet(outer, inner)));
        break;
      }
      case 1:
        run(Side::kIpv6, softwire::testing::ethernet_frame(
                             {}, softwire::ether_type::kIpv6,
                             softwire::testing::ipv6_packet(
                                 outer, softwire::ipv4(data, softwire::kShared, softwire::kHost))));
        break;
      default:
        run(Side::kIpv4,
            softwire::testing::ethernet_frame({}, softwire::ether_type::kIpv4,
                                              softwire::ipv4(data, softwire::kHost, softwire::kShared)));
    }
  }
  hub.now += 15s;
  run(Side::kIpv4, softwire::testing::Octets(1));
  require(hub.engine().counters().held == 0 && hub.engine().held_buffers() == 0);
  require(outcomes == frames + hub.engine().counters().generated - generated);
  return 0;
}
