// SPDX-License-Identifier: BSD-3-Clause
// Tests options of the operator: filters, MSS clamping, the outer flow label, both sides on one port.
#include "controlplane/config/filter.h"
#include "dataplane/softwire/mss.h"
#include "softwire/checksum.h"
#include "tests/unit/engine_fixture.h"

namespace softwire {
namespace {

using controlplane::check_filter;
using controlplane::load_filter;
using ::testing::SizeIs;

constexpr std::size_t kIp = sizeof(EthernetHeader);

Octets tagged(const Octets& frame, std::uint16_t vlan_id) {
  Octets result = frame;
  const Octets tag = {0x81, 0x00, static_cast<std::uint8_t>(vlan_id >> 8),
                      static_cast<std::uint8_t>(vlan_id)};
  result.insert(result.begin() + 12, tag.begin(), tag.end());
  return result;
}

class Filters : public EngineTest {
 protected:
  static std::unique_ptr<dataplane::PacketFilter> filter(const std::string& expression) {
    testing::pool();  // starts the EAL
    auto loaded = load_filter(expression);
    EXPECT_TRUE(loaded) << loaded.error().text;
    return loaded ? std::move(*loaded) : nullptr;
  }
};

INSTANTIATE_TEST_SUITE_P(Burst, Filters, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

TEST_P(Filters, OnlyWhatMatchesComesIn) {
  const auto only = filter("ip src net 203.0.113.0/24 and udp dst port 1024");
  dataplane::Policy with = policy();
  with.ipv4.ingress_filter = only.get();
  Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
  Ipv4Fields out = fields;
  --out.ttl;
  expect_sent(Side::kIpv4, from_internet(fields), Side::kIpv6, to_b4(kB4One, out), Outcome::kEncapsulated,
              with);
  fields.destination_port = 1025;
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kIngressFilter, with);
}

TEST_P(Filters, OnlyWhatMatchesLeaves) {
  const auto only = filter("ip6 dst host 2001:db8:1::1");
  dataplane::Policy with = policy();
  with.ipv6.egress_filter = only.get();
  Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
  Ipv4Fields out = fields;
  --out.ttl;
  expect_sent(Side::kIpv4, from_internet(fields), Side::kIpv6, to_b4(kB4One, out), Outcome::kEncapsulated,
              with);
  fields.destination_port = 2048;
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kEgressFilter, with);
  // Fragments too: the packet is dropped, and no buffer is lost.
  fields.payload_octets = 1460;
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kEgressFilter, with);
  // The other side has no filter.
  Ipv4Fields up{.source = kShared, .destination = kHost};
  const Octets in = from_b4(kB4One, up);
  --up.ttl;
  expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(up), Outcome::kDecapsulated, with);
}

// As in other border relays. A filter stays as it is when a side gets a VLAN.
TEST_P(Filters, DoNotSeeTheTagOfTheSide_Ieee8021Q) {
  constexpr std::uint16_t kVlan = 164;
  const auto only_in = filter("ip src net 203.0.113.0/24 and udp dst port 1024");
  const auto only_out = filter("ip src host 192.0.2.1 and udp src port 1024");
  dataplane::Policy with = policy();
  with.ipv4.vlan_id = kVlan;
  with.ipv4.ingress_filter = only_in.get();
  with.ipv4.egress_filter = only_out.get();
  Ipv4Fields down{.source = kHost, .destination = kShared, .destination_port = 1024};
  Ipv4Fields arrived = down;
  --arrived.ttl;
  expect_sent(Side::kIpv4, tagged(from_internet(down), kVlan), Side::kIpv6, to_b4(kB4One, arrived),
              Outcome::kEncapsulated, with);
  expect_dropped(Side::kIpv4, tagged(from_internet(down), kVlan + 1), Outcome::kIngressFilter, with);
  down.destination_port = 1025;
  expect_dropped(Side::kIpv4, tagged(from_internet(down), kVlan), Outcome::kIngressFilter, with);
  Ipv4Fields up{.source = kShared, .destination = kHost, .source_port = 1024};
  Ipv4Fields left = up;
  --left.ttl;
  expect_sent(Side::kIpv6, from_b4(kB4One, up), Side::kIpv4, tagged(to_internet(left), kVlan),
              Outcome::kDecapsulated, with);
  up.source_port = 1025;
  expect_dropped(Side::kIpv6, from_b4(kB4One, up), Outcome::kEgressFilter, with);
}

TEST_P(Filters, EveryFragmentIsLookedAt) {
  const auto first = filter("ip6[42:2] & 0xfff8 = 0");
  dataplane::Policy with = policy();
  with.ipv6.egress_filter = first.get();
  EngineHarness hub(with, bindings());
  const auto result =
      run(hub, Side::kIpv4,
          from_internet(
              {.source = kHost, .destination = kShared, .destination_port = 1024, .payload_octets = 1460}));
  EXPECT_EQ(result.outcomes[Outcome::kEncapsulated], frames());
  EXPECT_EQ(result.outcomes[Outcome::kEgressFilter], frames());
  EXPECT_THAT(result.ipv6, SizeIs(frames()));
}

TEST(Filter, SeesAllSegmentsAndNothingBeyondTheEnd) {
  testing::pool();
  const auto far = load_filter("udp[20] = 0x21");
  ASSERT_TRUE(far) << far.error().text;
  Octets frame = from_internet({.source = kHost, .destination = kShared, .payload_octets = 40});
  frame[kIp + 40] = 0x21;
  for (const std::size_t segment : {std::size_t{65535}, std::size_t{16}}) {
    dataplane::Mbuf* whole = testing::make_frame(frame, segment);
    EXPECT_TRUE((*far)->matches(*whole));
    rte_pktmbuf_free(whole);
  }
  frame.resize(kIp + 40);
  dataplane::Mbuf* cut = testing::make_frame(frame);
  EXPECT_FALSE((*far)->matches(*cut));
  rte_pktmbuf_free(cut);
}

TEST(Filter, WhatIsNoExpressionIsRefusedWithTheReason) {
  EXPECT_TRUE(check_filter("tcp or icmp"));
  const auto incomplete = check_filter("tcp or");
  ASSERT_FALSE(incomplete);
  EXPECT_THAT(incomplete.error().text, ::testing::HasSubstr("syntax error"));
  const auto misspelt = check_filter("tpc or icmp");
  ASSERT_FALSE(misspelt);
  EXPECT_THAT(misspelt.error().text, ::testing::HasSubstr("'tpc'"));
}

// A TCP segment with these options, which start on a word boundary.
Octets segment(const Ipv4Fields& fields, std::uint16_t flags, const Octets& options) {
  Ipv4Fields tcp = fields;
  tcp.protocol = ip_protocol::kTcp;
  tcp.payload_octets = static_cast<unsigned>(12 + options.size() + 5);
  Octets packet = ipv4_packet(tcp);
  std::copy(options.begin(), options.end(), packet.begin() + 40);
  const be16 offset_flags(static_cast<std::uint16_t>((5 + options.size() / 4) << 12 | flags));
  std::memcpy(&packet[32], &offset_flags, 2);
  packet[36] = packet[37] = 0;
  const be16 sum = checksum({packet.data() + 20, packet.size() - 20},
                            pseudo_header_sum(fields.source, fields.destination, ip_protocol::kTcp,
                                              static_cast<std::uint16_t>(packet.size() - 20)));
  std::memcpy(&packet[36], &sum, 2);
  return packet;
}

constexpr std::uint16_t kSyn = 2;

class Mss : public EngineTest {
 protected:
  // Returns the inner packet that leaves when `packet` arrives from the Internet in segments of at most
  // `octets`.
  static Octets through(const Octets& packet, std::size_t octets = 65535) {
    dataplane::Policy with = policy();
    with.tcp_mss = 1420;
    EngineHarness hub(with, bindings());
    const auto result = hub.run(
        Side::kIpv4, {ethernet_frame({kHubIpv4Mac, kRouterIpv4Mac}, ether_type::kIpv4, packet)}, 1, octets);
    EXPECT_THAT(result.ipv6, SizeIs(1));
    if (result.ipv6.empty()) return {};
    return {result.ipv6[0].begin() + kIp + sizeof(Ipv6Header), result.ipv6[0].end()};
  }
  static Ipv4Fields down(std::uint8_t ttl) {
    return {.source = kHost, .destination = kShared, .destination_port = 1024, .ttl = ttl};
  }
};

INSTANTIATE_TEST_SUITE_P(Burst, Mss, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

TEST_P(Mss, IsLoweredWhereverItStands_Rfc9293_3_7_1) {
  const Octets high = {2, 4, 0x05, 0xb4};  // 1460
  const Octets low = {2, 4, 0x05, 0x8c};   // 1420
  for (const Octets& before : {Octets{}, Octets{1, 1, 1, 1}, Octets{1}, Octets{4, 2, 1}, Octets{3, 3, 7}}) {
    const auto with = [&before](Octets mss) {
      mss.insert(mss.begin(), before.begin(), before.end());
      mss.resize((mss.size() + 3) / 4 * 4);
      return mss;
    };
    for (const std::size_t octets : {std::size_t{65535}, std::size_t{20}}) {
      EXPECT_EQ(through(segment(down(64), kSyn, with(high)), octets), segment(down(63), kSyn, with(low)));
    }
  }
}

TEST_P(Mss, IsLoweredOnTheWayUpToo) {
  dataplane::Policy with = policy();
  with.tcp_mss = 1420;
  Ipv4Fields up{.source = kShared, .destination = kHost};
  const Octets in = ethernet_frame(
      {kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
      ipv6_packet({.source = kB4One, .destination = kBr}, segment(up, kSyn, {2, 4, 0x23, 0x00})));
  --up.ttl;
  const Octets out =
      ethernet_frame({kRouterIpv4Mac, kHubIpv4Mac}, ether_type::kIpv4, segment(up, kSyn, {2, 4, 0x05, 0x8c}));
  expect_sent(Side::kIpv6, in, Side::kIpv4, out, Outcome::kDecapsulated, with);
}

TEST_P(Mss, OfNothingElseIsTouched) {
  const auto unchanged = [](std::uint16_t flags, const Octets& options) {
    EXPECT_EQ(through(segment(down(64), flags, options)), segment(down(63), flags, options));
  };
  unchanged(0x10, {2, 4, 0x05, 0xb4});           // no SYN
  unchanged(kSyn, {2, 4, 0x05, 0x8b});           // lower
  unchanged(kSyn, {});                           // none: 536
  unchanged(kSyn, {0, 2, 4, 0x05});              // after the end
  unchanged(kSyn, {2, 1, 0x05, 0xb4});           // malformed
  unchanged(kSyn, {2, 9, 0x05, 0xb4});           // runs past the header
  unchanged(kSyn, {2, 3, 0xff, 1, 1, 1, 1, 2});  // not its length; cut off
}

TEST_P(Mss, MalformedHeadersPass) {
  Octets packet = segment(down(64), kSyn, {2, 4, 0x05, 0xb4});
  packet[32] = 0xf0;  // data offset beyond the end
  Octets out = through(packet);
  ASSERT_EQ(out.size(), packet.size());
  EXPECT_EQ(out[42], 0x05);
  EXPECT_EQ(out[43], 0xb4);
  packet[32] = 0x40;
  out = through(packet);
  EXPECT_EQ(out[43], 0xb4);
}

std::uint32_t label_of(const Octets& frame) {
  be32 word;
  std::memcpy(static_cast<void*>(&word), &frame[kIp], sizeof word);
  return word.value() & 0xfffff;
}

TEST(FlowLabel, IsThatOfTheFlow_Rfc6438_3) {
  dataplane::Policy with = policy();
  with.flow_label = true;
  EngineHarness hub(with, bindings());
  std::vector<Octets> flows;
  for (Port port = 1; port <= 200; ++port) {
    flows.push_back(from_internet(
        {.source = kHost, .destination = kShared, .source_port = port, .destination_port = 1024}));
  }
  const auto first = hub.run(Side::kIpv4, flows);
  const auto again = hub.run(Side::kIpv4, flows);
  ASSERT_THAT(first.ipv6, SizeIs(200));
  EXPECT_EQ(first.ipv6, again.ipv6);
  std::set<std::uint32_t> labels;
  for (const Octets& frame : first.ipv6) labels.insert(label_of(frame));
  EXPECT_GE(labels.size(), 195U);
  EXPECT_FALSE(labels.contains(0));
}

TEST(FlowLabel, IsZeroUnlessAskedFor) {
  EngineHarness hub(policy(), bindings());
  const auto result = hub.run(
      Side::kIpv4, {from_internet({.source = kHost, .destination = kShared, .destination_port = 1024})});
  ASSERT_THAT(result.ipv6, SizeIs(1));
  EXPECT_EQ(label_of(result.ipv6[0]), 0U);
}

class OnAStick : public EngineTest {
 protected:
  // Frames in one burst on the one port.
  static EngineHarness::Run receive(const dataplane::Policy& with, const std::vector<Octets>& frames) {
    EngineHarness hub(with, bindings());
    return hub.run_on_a_stick(frames);
  }
};

TEST_F(OnAStick, SidesAreToldApartByEthernetType) {
  const Ipv4Fields down{.source = kHost, .destination = kShared, .destination_port = 1024};
  const Ipv4Fields up{.source = kShared, .destination = kHost};
  const auto result =
      receive(policy(), {from_b4(kB4One, up), from_internet(down), from_b4(kB4One, up), Octets(13)});
  EXPECT_EQ(result.outcomes[Outcome::kEncapsulated], 1);
  EXPECT_EQ(result.outcomes[Outcome::kDecapsulated], 2);
  EXPECT_EQ(result.outcomes[Outcome::kFrameTruncated], 1);
}

TEST_F(OnAStick, SidesAreToldApartByVlan_Ieee8021Q) {
  dataplane::Policy with = policy();
  with.ipv4.vlan_id = 164;
  with.ipv6.vlan_id = 125;
  const Octets down = from_internet({.source = kHost, .destination = kShared, .destination_port = 1024});
  const Octets up = from_b4(kB4One, {.source = kShared, .destination = kHost});
  const auto result = receive(
      with, {tagged(down, 164), tagged(up, 125), tagged(down, 125), tagged(up, 164), up, tagged(down, 7)});
  EXPECT_EQ(result.outcomes[Outcome::kEncapsulated], 1);
  EXPECT_EQ(result.outcomes[Outcome::kDecapsulated], 1);
  EXPECT_EQ(result.outcomes[Outcome::kForeignMac], 2);
  EXPECT_EQ(result.outcomes[Outcome::kForeignVlan], 2);
}

// One port, a VLAN and a MAC address for each side.
TEST_F(OnAStick, EachSideHasItsMacAddress) {
  dataplane::Policy with = policy();
  with.ipv4.vlan_id = 164;
  with.ipv6.vlan_id = 125;
  ASSERT_FALSE(with.ipv4.mac == with.ipv6.mac);
  const auto to = [](Octets frame, const MacAddress& mac) {
    std::ranges::copy(mac.octets(), frame.begin());
    return frame;
  };
  const Octets down =
      tagged(from_internet({.source = kHost, .destination = kShared, .destination_port = 1024}), 164);
  const Octets up = tagged(from_b4(kB4One, {.source = kShared, .destination = kHost}), 125);
  const auto result = receive(
      with, {to(down, with.ipv4.mac), to(up, with.ipv6.mac), to(down, with.ipv6.mac), to(up, with.ipv4.mac)});
  EXPECT_EQ(result.outcomes[Outcome::kEncapsulated], 1);
  EXPECT_EQ(result.outcomes[Outcome::kDecapsulated], 1);
  EXPECT_EQ(result.outcomes[Outcome::kForeignMac], 2);
}

}  // namespace
}  // namespace softwire
