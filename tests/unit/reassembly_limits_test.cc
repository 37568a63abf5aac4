// SPDX-License-Identifier: BSD-3-Clause
// Tests the limits of reassembly: what is not held, and who loses packets when too many wait.
#include "tests/unit/reassembly_fixture.h"

namespace softwire {
namespace {

class ReassemblyLimits : public Reassembly {};
INSTANTIATE_TEST_SUITE_P(Bursts, ReassemblyLimits, ::testing::Values(1U, 4U, 64U));

TEST_P(ReassemblyLimits, FragmentLimit) {
  dataplane::Policy few = policy();
  few.ipv6.reassembly.fragments = 3;
  const Octets inner = ipv4_packet(kUp);
  const auto frames_of = [&](const std::vector<unsigned>& at) {
    std::vector<Octets> frames;
    for (const Piece& piece : cut(static_cast<unsigned>(inner.size()), at)) {
      frames.push_back(ipv6_fragment(kB4One, inner, piece));
    }
    return frames;
  };
  EngineHarness enough(few, bindings());
  EXPECT_EQ(run(enough, Side::kIpv6, frames_of({8, 16})).ipv4.size(), 1);
  EngineHarness hub(few, bindings());
  EXPECT_EQ(run(hub, Side::kIpv6, frames_of({8, 16, 24, 32})).outcomes[Outcome::kFragmentExcess], 5);
}

TEST_P(ReassemblyLimits, DatagramLimit) {
  dataplane::Policy few = policy();
  few.ipv6.reassembly.datagrams = 2;
  const Octets inner = ipv4_packet(kUp);
  std::vector<Octets> frames;
  for (std::uint32_t id = 0; id < 5; ++id) frames.push_back(ipv6_fragment(kB4One, inner, {0, 800}, id));
  EngineHarness hub(few, bindings());
  EXPECT_EQ(run(hub, Side::kIpv6, frames).outcomes[Outcome::kReassemblyFull], 3);
  EXPECT_EQ(hub.engine().counters().held, 2);
  few.ipv6.reassembly.datagrams = 0;
  EngineHarness none(few, bindings());
  EXPECT_EQ(run(none, Side::kIpv6, frames).outcomes[Outcome::kReassemblyFull], 5);
}

// The default limits can be reached: there is a buffer for each packet.
TEST(ReassemblyPolicy, EveryPacketHasABuffer) {
  EXPECT_EQ(dataplane::ReassemblyPolicy{}.buffers(), 20000U);
  EXPECT_EQ((dataplane::ReassemblyPolicy{.datagrams = 0}).buffers(), 0U);
  EXPECT_EQ((dataplane::ReassemblyPolicy{.datagrams = 2, .fragments = 8192}).buffers(), 8192U);
}

TEST_P(ReassemblyLimits, OneSourceLosesItsOwnOldest) {
  dataplane::Policy few = policy();
  few.ipv6.reassembly.source_datagrams = few.ipv4.reassembly.source_datagrams = 3;
  const Octets inner = ipv4_packet(kUp);
  const auto pieces = cut(static_cast<unsigned>(inner.size()), {800});
  EngineHarness hub(few, bindings());
  run(hub, Side::kIpv6, {ipv6_fragment(kB4Two, inner, pieces[0], 1)});
  std::vector<Octets> frames;
  for (std::uint32_t id = 0; id < 50; ++id) frames.push_back(ipv6_fragment(kB4One, inner, pieces[0], id));
  auto result = run(hub, Side::kIpv6, frames);
  EXPECT_EQ(result.outcomes[Outcome::kReassemblySource], 47);
  EXPECT_EQ(hub.engine().counters().held, 4);
  // The newest ones are still there.
  result = run(hub, Side::kIpv6, {ipv6_fragment(kB4One, inner, pieces[1], 49)});
  EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(one_hop_on(kUp))));
  // The same on the IPv4 side, where an address is a source.
  frames.clear();
  Octets packet = ipv4_packet(kDown);
  for (std::uint8_t id = 0; id < 50; ++id) {
    packet[5] = id;
    frames.push_back(on_ipv4_side(ipv4_fragment(packet, {0, 800})));
  }
  EXPECT_EQ(run(hub, Side::kIpv4, frames).outcomes[Outcome::kReassemblySource], 47);
}

TEST_P(ReassemblyLimits, WhenFullTheOldestOfTheGreediestGoes) {
  dataplane::Policy few = policy();
  few.ipv6.reassembly.datagrams = 4;
  const Octets inner = ipv4_packet(kUp);
  const auto pieces = cut(static_cast<unsigned>(inner.size()), {800});
  const auto part = [&](const Ipv6Address& b4, std::uint32_t id, unsigned number) {
    return ipv6_fragment(b4, inner, pieces[number], id);
  };
  EngineHarness hub(few, bindings());
  run(hub, Side::kIpv6, {part(kB4One, 1, 0), part(kB4Two, 1, 0), part(kB4Two, 2, 0), part(kB4Two, 3, 0)});
  auto result = run(hub, Side::kIpv6, {part(kB4One, 2, 0)});
  EXPECT_EQ(result.outcomes[Outcome::kReassemblyFull], 1);
  // Those of the smaller one are all there, and the newer ones of the other.
  result = run(hub, Side::kIpv6, {part(kB4One, 1, 1), part(kB4One, 2, 1), part(kB4Two, 3, 1)});
  EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], 3);
  EXPECT_EQ(result.ipv4.size(), 2);
  EXPECT_EQ(hub.engine().counters().held, 1);
}

TEST_P(ReassemblyLimits, WhenBuffersRunOutTheGreediestGoes) {
  dataplane::Policy many = policy();
  many.ipv6.reassembly = {.datagrams = 10, .fragments = 250};  // 256 buffers
  const Octets inner(4000, 1);
  EngineHarness hub(many, bindings());
  std::vector<Octets> frames;
  for (unsigned i = 0; i < 250; ++i) {
    frames.push_back(ipv6_fragment(kB4One, inner, {16 * i + 8, 16 * i + 16}));
  }
  run(hub, Side::kIpv6, frames);
  EXPECT_EQ(hub.engine().held_buffers(), 250);
  const Octets packet = ipv4_packet(kUp);
  frames.clear();
  for (std::uint32_t id = 0; id < 7; ++id) frames.push_back(ipv6_fragment(kB4Two, packet, {0, 800}, id));
  EXPECT_EQ(run(hub, Side::kIpv6, frames).outcomes[Outcome::kReassemblyFull], 250);
  EXPECT_EQ(hub.engine().held_buffers(), 7);
}

TEST_P(ReassemblyLimits, WhatCannotBeValidHoldsNothing_Rfc7596_6_2) {
  const Ipv6Address stranger = *parse_ipv6("2001:db8:dead::1");
  dataplane::Policy relaying = policy();
  dataplane::Policy plain = policy();
  plain.dhcp_relay = {};
  const Octets packet = ipv4_packet(kUp);
  const auto outcome_is = [&](const dataplane::Policy& with, Side side, const Octets& frame,
                              Outcome expected) {
    EngineHarness hub(with, bindings());
    EXPECT_EQ(run(hub, side, {frame}).outcomes[expected], 1) << info(expected).name;
    EXPECT_EQ(hub.engine().counters().held, 0);
  };
  // Fragments of a softwire, and a fragment in one, from an address that has no softwire.
  outcome_is(plain, Side::kIpv6, ipv6_fragment(stranger, packet, {0, 800}), Outcome::kFragmentStranger);
  outcome_is(plain, Side::kIpv6, in_softwire(stranger, ipv4_fragment(packet, {0, 800})),
             Outcome::kFragmentStranger);
  // From an address that has no softwire, with the address of a subscriber: only DHCP to the relay may come
  // from there.
  Ipv4Fields fields = kUp;
  const auto from_stranger = [&] {
    return in_softwire(stranger, ipv4_fragment(ipv4_packet(fields), {0, 800}));
  };
  outcome_is(relaying, Side::kIpv6, from_stranger(), Outcome::kFragmentStranger);
  fields.destination = kRelay;
  fields.protocol = ip_protocol::kTcp;
  outcome_is(relaying, Side::kIpv6, from_stranger(), Outcome::kFragmentStranger);
  fields.protocol = ip_protocol::kUdp;
  EngineHarness hub(relaying, bindings());
  run(hub, Side::kIpv6, {from_stranger()});
  EXPECT_EQ(hub.engine().counters().held, 1);
  // DHCP over IPv6 comes in no softwire.
  dataplane::Policy over_ipv6 = plain;
  over_ipv6.dhcp_over_ipv6.dhcpv6 = true;
  outcome_is(over_ipv6, Side::kIpv6, ipv6_fragment(stranger, packet, {0, 800}), Outcome::kFragmentStranger);
  // From a source that nobody has, to another subscriber.
  fields = kUp;
  fields.source = kHost;
  fields.destination = kShared;
  for (const dataplane::Policy& with : {plain, relaying}) {
    outcome_is(with, Side::kIpv6, in_softwire(kB4One, ipv4_fragment(ipv4_packet(fields), {0, 800})),
               Outcome::kNoBindingSource);
  }
  // From the Internet, with the source of a subscriber.
  fields = kDown;
  fields.source = kWhole;
  outcome_is(plain, Side::kIpv4, on_ipv4_side(ipv4_fragment(ipv4_packet(fields), {0, 800})),
             Outcome::kIpv4Spoofed);
}

// With DHCP, clients that have no softwire yet may send fragments, but all together they are one source.
TEST_P(ReassemblyLimits, StrangersCountAsOneSource_DhcV4Configuration_5_1) {
  dataplane::Policy few = policy();
  few.ipv6.reassembly.source_datagrams = 2;
  const Octets inner = ipv4_packet(kUp);
  std::vector<Octets> frames;
  for (std::uint64_t i = 1; i <= 9; ++i) {
    frames.push_back(ipv6_fragment(Ipv6Address::from_host(0x20010db8'dead0000 + i, i), inner, {0, 800}));
  }
  EngineHarness hub(few, bindings());
  EXPECT_EQ(run(hub, Side::kIpv6, frames).outcomes[Outcome::kReassemblySource], 7);
  EXPECT_EQ(hub.engine().counters().held, 2);
}

}  // namespace
}  // namespace softwire
