// SPDX-License-Identifier: BSD-3-Clause
// Tests the whole engine in this process. Every test uses bursts of 1, 4 and 64 frames.
#include "softwire/checksum.h"
#include "tests/unit/engine_fixture.h"

namespace softwire {
namespace {

class Engine : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(Burst, Engine, ::testing::Values(1, 4, 64), ::testing::PrintToStringParamName());

TEST_P(Engine, EncapsulatesToTheSubscriberOfThePort_Rfc7596_6_2) {
  for (const auto& [port, b4] : {std::pair(1024, kB4One), std::pair(2047, kB4One), std::pair(2048, kB4Two)}) {
    Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = std::uint16_t(port)};
    const Octets in = from_internet(fields);
    --fields.ttl;
    expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(b4, fields), Outcome::kEncapsulated);
  }
}

TEST_P(Engine, DecapsulatesWhatTheBindingAllows_Rfc7596_6_2) {
  Ipv4Fields fields{.source = kShared, .destination = kHost, .source_port = 1500};
  const Octets in = from_b4(kB4One, fields);
  --fields.ttl;
  expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(fields), Outcome::kDecapsulated);
}

TEST_P(Engine, DropsASourceThatNoBindingHas_Rfc7596_6_2) {
  expect_dropped(Side::kIpv6, from_b4(kB4One, {.source = kShared, .destination = kHost, .source_port = 3072}),
                 Outcome::kNoBindingSource);
  expect_dropped(Side::kIpv6, from_b4(kB4One, {.source = {192, 0, 2, 2}, .destination = kHost}),
                 Outcome::kNoBindingSource);
}

TEST_P(Engine, DropsAnotherSubscribersSource_Rfc7596_6_2) {
  expect_dropped(Side::kIpv6, from_b4(kB4Two, {.source = kShared, .destination = kHost, .source_port = 1024}),
                 Outcome::kWrongB4);
  expect_dropped(Side::kIpv6, from_b4(kB4One, {.source = kWhole, .destination = kHost}), Outcome::kWrongB4);
}

TEST_P(Engine, DropsAnotherBrAddress_Rfc7596_6_2) {
  const Ipv4Fields fields{.source = kShared, .destination = kHost, .source_port = 1024};
  expect_dropped(Side::kIpv6, from_b4(kB4One, fields, kOtherBr), Outcome::kWrongBr);
  expect_dropped(Side::kIpv6, from_b4(kB4One, fields, *parse_ipv6("2001:db8::bad")), Outcome::kNotOurBr);
  expect_dropped(
      Side::kIpv6,
      from_b4(kB4Two, {.source = {10, 0, 0, 1}, .destination = kHost}, *parse_ipv6("2001:db8::bad")),
      Outcome::kNotOurBr);
}

TEST_P(Engine, WholeAddressNeedsNoPort_Rfc7597_5_1) {
  for (const std::uint8_t protocol :
       {ip_protocol::kTcp, ip_protocol::kIcmp, std::uint8_t{47}, std::uint8_t{50}}) {
    Ipv4Fields fields{.source = kHost, .destination = kWhole, .protocol = protocol};
    Octets in = from_internet(fields);
    --fields.ttl;
    expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4Whole, fields), Outcome::kEncapsulated);
    fields = {.source = kWhole, .destination = kHost, .protocol = protocol, .fragment = 0x00b9};
    in = from_b4(kB4Whole, fields);
    --fields.ttl;
    expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(fields), Outcome::kDecapsulated);
  }
}

TEST_P(Engine, SharedAddressNeedsAPort_Rfc7597_5_1) {
  const Ipv4Fields gre{.source = kHost, .destination = kShared, .protocol = 47};
  const Ipv4Fields timestamp{
      .source = kHost, .destination = kShared, .protocol = ip_protocol::kIcmp, .icmp_type = 13};
  expect_dropped(Side::kIpv4, from_internet(gre), Outcome::kProtocolNoPort);
  expect_dropped(Side::kIpv4, from_internet(timestamp), Outcome::kIcmpType);
  const auto upstream = [](Ipv4Fields fields) {
    std::swap(fields.source, fields.destination);
    return from_b4(kB4One, fields);
  };
  expect_dropped(Side::kIpv6, upstream(gre), Outcome::kProtocolNoPort);
  expect_dropped(Side::kIpv6, upstream(timestamp), Outcome::kIcmpType);
}

TEST_P(Engine, EchoGoesByIdentifier_Rfc7596_8_1) {
  for (const std::uint8_t type : {IcmpEcho::kRequest, IcmpEcho::kReply}) {
    Ipv4Fields fields{.source = kHost, .destination = kShared, .source_port = 2100};
    fields.protocol = ip_protocol::kIcmp;
    fields.icmp_type = type;
    Octets in = from_internet(fields);
    --fields.ttl;
    expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4Two, fields), Outcome::kEncapsulated);
    fields.source_port = 4000;
    expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kNoBindingDestination);
  }
}

TEST_P(Engine, PortsBelowTheOffsetAreNobodys_Rfc7597_5_1) {
  Ipv4Fields fields{.source = kHost, .destination = {192, 0, 2, 77}, .destination_port = 1232};
  const Octets in = from_internet(fields);
  --fields.ttl;
  expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4Other, fields, kOtherBr), Outcome::kEncapsulated);
  fields.destination_port = 0x34 << 2;  // A = 0
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kNoBindingDestination);
}

TEST_P(Engine, DhcpClientPortIsNobodys_DhcV4Configuration_5_1_Item3) {
  EngineHarness hub(policy(), {{kShared, *PortSet::make(0, 6, 0), kB4One, kBr}});
  const auto result =
      run(hub, Side::kIpv4, from_internet({.source = kHost, .destination = kShared, .destination_port = 68}));
  EXPECT_EQ(result.outcomes[Outcome::kNoBindingDestination], frames());
  const auto beside =
      run(hub, Side::kIpv4, from_internet({.source = kHost, .destination = kShared, .destination_port = 69}));
  EXPECT_EQ(beside.outcomes[Outcome::kEncapsulated], frames());
}

TEST_P(Engine, HairpinsBetweenSoftwires_Rfc7596_6_2) {
  Ipv4Fields fields{.source = kShared, .destination = kWhole, .source_port = 1024};
  const Octets in = from_b4(kB4One, fields);
  Ipv4Fields out = fields;
  --out.ttl;
  expect_sent(Side::kIpv6, in, Side::kIpv6, to_b4(kB4Whole, out), Outcome::kHairpinned);

  dataplane::Policy off = policy();
  off.hairpinning = false;
  expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(out), Outcome::kDecapsulated, off);

  fields.destination = kShared;
  fields.destination_port = 9;  // bound to no subscriber, and not sent to the Internet either
  expect_dropped(Side::kIpv6, from_b4(kB4One, fields), Outcome::kNoBindingDestination);
}

TEST_P(Engine, TtlOfOneEndsHere_Rfc1812_5_3_1) {
  for (const std::uint8_t ttl : {0, 1}) {
    expect_dropped(
        Side::kIpv4,
        from_internet({.source = kHost, .destination = kShared, .destination_port = 1024, .ttl = ttl}),
        Outcome::kIpv4Ttl);
    expect_dropped(Side::kIpv6, from_b4(kB4One, {.source = kShared, .destination = kHost, .ttl = ttl}),
                   Outcome::kIpv4Ttl);
    expect_dropped(Side::kIpv6, from_b4(kB4One, {.source = kShared, .destination = kWhole, .ttl = ttl}),
                   Outcome::kIpv4Ttl);
  }
}

TEST_P(Engine, EcnOnDecapsulation_Rfc6040_4_2) {
  constexpr std::uint8_t kDropped = 0xff;
  // By inner and then outer field: Not-ECT, ECT(1), ECT(0), CE.
  constexpr std::uint8_t kExpected[4][4] = {{0, 0, 0, kDropped}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};
  for (std::uint8_t inner = 0; inner < 4; ++inner) {
    for (std::uint8_t outer = 0; outer < 4; ++outer) {
      Ipv4Fields fields{.source = kShared, .destination = kHost};
      fields.type_of_service = static_cast<std::uint8_t>(0xb8 | inner);
      const Octets in = ethernet_frame({kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
                                       ipv6_packet({.source = kB4One,
                                                    .destination = kBr,
                                                    .traffic_class = static_cast<std::uint8_t>(0xb8 | outer)},
                                                   ipv4_packet(fields)));
      if (kExpected[inner][outer] == kDropped) {
        expect_dropped(Side::kIpv6, in, Outcome::kEcnNotCapable);
        continue;
      }
      --fields.ttl;
      fields.type_of_service = static_cast<std::uint8_t>(0xb8 | kExpected[inner][outer]);
      expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(fields), Outcome::kDecapsulated);
    }
  }
}

TEST_P(Engine, DscpOfTheOuterHeaderIsCopiedBackOrNot_Rfc6333_7_1) {
  for (const bool copy : {true, false}) {
    dataplane::Policy with = policy();
    with.copy_dscp = copy;
    Ipv4Fields fields{.source = kShared, .destination = kHost, .type_of_service = 0x28};
    const Octets in = ethernet_frame(
        {kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
        ipv6_packet({.source = kB4One, .destination = kBr, .traffic_class = 0xb8}, ipv4_packet(fields)));
    --fields.ttl;
    fields.type_of_service = copy ? 0xb8 : 0x28;
    expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(fields), Outcome::kDecapsulated, with);
  }
}

TEST_P(Engine, OurOwnAddressAsSourceIsAMartian_Rfc1812_5_3_7) {
  expect_dropped(Side::kIpv4,
                 from_internet({.source = kRelay, .destination = kShared, .destination_port = 1024}),
                 Outcome::kIpv4Martian);
}

TEST_P(Engine, GroupFrameAroundAPacketForOneHost_Rfc1812_5_3_4) {
  dataplane::Policy any = policy();
  any.ipv4.accept_any_mac = any.ipv6.accept_any_mac = true;
  for (const MacAddress& group : {MacAddress::broadcast(), MacAddress({0x33, 0x33, 0, 0, 0, 1})}) {
    const auto& with = group == MacAddress::broadcast() ? policy() : any;
    expect_dropped(
        Side::kIpv4,
        ethernet_frame({group, kRouterIpv4Mac}, ether_type::kIpv4,
                       ipv4_packet({.source = kHost, .destination = kShared, .destination_port = 1024})),
        Outcome::kLinkBroadcast, with);
    expect_dropped(Side::kIpv6,
                   ethernet_frame({group, kRouterIpv6Mac}, ether_type::kIpv6,
                                  ipv6_packet({.source = kB4One, .destination = kBr},
                                              ipv4_packet({.source = kShared, .destination = kHost}))),
                   Outcome::kLinkBroadcast, with);
  }
  // Captures with made-up MAC addresses have other group addresses too.
  Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
  const Octets made_up = ethernet_frame({MacAddress({5, 4, 3, 2, 1, 0}), kRouterIpv4Mac}, ether_type::kIpv4,
                                        ipv4_packet(fields));
  --fields.ttl;
  expect_sent(Side::kIpv4, made_up, Side::kIpv6, to_b4(kB4One, fields), Outcome::kEncapsulated, any);
}

TEST_P(Engine, EthernetPaddingIsCut) {
  Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024, .payload_octets = 1};
  Octets in = from_internet(fields);
  in.resize(60, 0xee);
  --fields.ttl;
  expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4One, fields), Outcome::kEncapsulated);
  fields = {.source = kShared, .destination = kHost, .payload_octets = 0};
  in = from_b4(kB4One, fields);
  in.resize(in.size() + 9, 0xee);
  --fields.ttl;
  expect_sent(Side::kIpv6, in, Side::kIpv4, to_internet(fields), Outcome::kDecapsulated);
}

TEST_P(Engine, VlanTagsOfEachSide_Ieee8021Q) {
  dataplane::Policy tagged = policy();
  tagged.ipv4.vlan_id = 100;
  tagged.ipv6.vlan_id = 200;
  const EthernetFields ipv4_in{kHubIpv4Mac, kRouterIpv4Mac, 100 | 0xe000, true};
  const EthernetFields ipv6_out{kRouterIpv6Mac, kHubIpv6Mac, 200, true};
  Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
  const Octets in = ethernet_frame(ipv4_in, ether_type::kIpv4, ipv4_packet(fields));
  --fields.ttl;
  const Octets out = ethernet_frame(ipv6_out, ether_type::kIpv6,
                                    ipv6_packet({.source = kBr, .destination = kB4One}, ipv4_packet(fields)));
  expect_sent(Side::kIpv4, in, Side::kIpv6, out, Outcome::kEncapsulated, tagged);
  expect_dropped(Side::kIpv4, in, Outcome::kForeignVlan);
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kForeignVlan, tagged);
  // A tag with a priority but without a VLAN counts as no tag.
  const EthernetFields priority{kHubIpv4Mac, kRouterIpv4Mac, 0xe000, true};
  ++fields.ttl;
  const Octets priority_in = ethernet_frame(priority, ether_type::kIpv4, ipv4_packet(fields));
  --fields.ttl;
  expect_sent(Side::kIpv4, priority_in, Side::kIpv6, to_b4(kB4One, fields), Outcome::kEncapsulated);
}

TEST_P(Engine, FramesForOtherStations) {
  const Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
  const Octets frame =
      ethernet_frame({kRouterIpv4Mac, kRouterIpv4Mac}, ether_type::kIpv4, ipv4_packet(fields));
  expect_dropped(Side::kIpv4, frame, Outcome::kForeignMac);
  dataplane::Policy any = policy();
  any.ipv4.accept_any_mac = true;
  Ipv4Fields out = fields;
  --out.ttl;
  expect_sent(Side::kIpv4, frame, Side::kIpv6, to_b4(kB4One, out), Outcome::kEncapsulated, any);
}

TEST_P(Engine, TooBigForTheOtherSide_Rfc2473_7_2) {
  Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
  fields.payload_octets = 1500 - 40 - 28;
  const Octets fits = from_internet(fields);
  Ipv4Fields out = fields;
  --out.ttl;
  expect_sent(Side::kIpv4, fits, Side::kIpv6, to_b4(kB4One, out), Outcome::kEncapsulated);
  ++fields.payload_octets;
  fields.fragment = Ipv4Header::kDontFragment;
  expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kTooBigForIpv6);
  dataplane::Policy narrow = policy();
  narrow.ipv4.mtu = 576;
  Ipv4Fields up{.source = kShared, .destination = kHost, .fragment = Ipv4Header::kDontFragment};
  up.payload_octets = 577 - 28;
  expect_dropped(Side::kIpv6, from_b4(kB4One, up), Outcome::kTooBigForIpv4, narrow);
}

TEST_P(Engine, ExtensionHeadersBeforeTheInnerPacket_Rfc2473_4_1_1) {
  const Ipv4Fields fields{.source = kShared, .destination = kHost};
  Ipv4Fields out = fields;
  --out.ttl;
  const auto with = [&](std::uint8_t first, const Octets& headers) {
    return ethernet_frame(
        {kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
        ipv6_packet(
            {.source = kB4One, .destination = kBr, .next_header = first, .extension_headers = headers},
            ipv4_packet(fields)));
  };
  const Octets encapsulation_limit = {4, 0, 4, 1, 4, 1, 1, 0};
  expect_sent(Side::kIpv6, with(60, encapsulation_limit), Side::kIpv4, to_internet(out),
              Outcome::kDecapsulated);
  const Octets atomic_fragment = {4, 0, 0, 0, 1, 2, 3, 4};
  expect_sent(Side::kIpv6, with(44, atomic_fragment), Side::kIpv4, to_internet(out), Outcome::kDecapsulated);
  const Octets last_stop = {4, 0, 0, 0, 0, 0, 0, 0};
  expect_sent(Side::kIpv6, with(43, last_stop), Side::kIpv4, to_internet(out), Outcome::kDecapsulated);

  const Octets must_discard = {4, 0, 0x84, 4, 0, 0, 0, 0};
  expect_dropped(Side::kIpv6, with(60, must_discard), Outcome::kIpv6ExtensionHeaders);
  const Octets source_route = {4, 0, 0, 1, 0, 0, 0, 0};
  expect_dropped(Side::kIpv6, with(43, source_route), Outcome::kIpv6ExtensionHeaders);
  const Octets fragment_of_tcp = {6, 0, 0, 1, 1, 2, 3, 4};
  expect_dropped(Side::kIpv6, with(44, fragment_of_tcp), Outcome::kIpv6NotSoftwire);
  Octets many(40);
  for (std::size_t i = 0; i < 5; ++i) {
    many[8 * i] = i < 4 ? 60 : 4;
    many[8 * i + 2] = 1;  // PadN of 4
    many[8 * i + 3] = 4;
  }
  expect_dropped(Side::kIpv6, with(60, many), Outcome::kIpv6ExtensionHeaders);
  const Octets too_long = {4, 200, 0, 0, 0, 0, 0, 0};
  expect_dropped(Side::kIpv6, with(60, too_long), Outcome::kIpv6Truncated);
  expect_dropped(Side::kIpv6, with(ip_protocol::kTcp, {}), Outcome::kIpv6NotSoftwire);
}

TEST_P(Engine, MartiansAndUnforwardable_Rfc1812_5_3_7) {
  for (const Ipv4Address source :
       {Ipv4Address(), Ipv4Address(127, 0, 0, 1), Ipv4Address(169, 254, 1, 1), Ipv4Address(224, 0, 0, 1)}) {
    expect_dropped(Side::kIpv4, from_internet({.source = source, .destination = kWhole}),
                   Outcome::kIpv4Martian);
    expect_dropped(Side::kIpv6, from_b4(kB4Whole, {.source = source, .destination = kHost}),
                   Outcome::kIpv4Martian);
  }
  for (const Ipv4Address to : {Ipv4Address(), Ipv4Address(127, 0, 0, 1), Ipv4Address(169, 254, 1, 1),
                               Ipv4Address(224, 0, 0, 1), Ipv4Address(255, 255, 255, 255)}) {
    expect_dropped(Side::kIpv6, from_b4(kB4Whole, {.source = kWhole, .destination = to}),
                   Outcome::kIpv4Destination);
    expect_dropped(Side::kIpv4, from_internet({.source = kHost, .destination = to}),
                   Outcome::kIpv4Destination);
  }
  expect_dropped(Side::kIpv4, from_internet({.source = kHost, .destination = kRelay}), Outcome::kIpv4Local);
  expect_dropped(Side::kIpv6, from_b4(kB4Whole, {.source = kWhole, .destination = kRelay}),
                 Outcome::kIpv4Local);
}

// A neighbour on the link may use a link-local address to reach the hub itself (RFC 3927 section 2.6.2).
TEST_P(Engine, LinkLocalNeighboursReachTheHubOnly_Rfc3927_7) {
  const Ipv4Address neighbour(169, 254, 1, 1);
  const Ipv4Fields echo{.source = neighbour, .destination = kRelay, .protocol = ip_protocol::kIcmp};
  EngineHarness hub(policy(), bindings());
  EXPECT_EQ(run(hub, Side::kIpv4, from_internet(echo)).outcomes[Outcome::kEchoHandled], frames());
  expect_dropped(Side::kIpv4, from_internet({.source = neighbour, .destination = kShared}),
                 Outcome::kIpv4Martian);
}

// With hairpinning, packets between subscribers do not come from the IPv4 side.
TEST_P(Engine, SubscriberSourceFromTheInternetIsSpoofed_Rfc2827) {
  for (const Ipv4Address source : {kWhole, kShared}) {
    Ipv4Fields fields{.source = source, .destination = kShared, .destination_port = 2048};
    const Octets in = from_internet(fields);
    expect_dropped(Side::kIpv4, in, Outcome::kIpv4Spoofed);
    fields.destination = kRelay;
    expect_dropped(Side::kIpv4, from_internet(fields), Outcome::kIpv4Spoofed);
    fields.destination = kShared;
    --fields.ttl;
    dataplane::Policy trusting = policy();
    trusting.accept_subscriber_sources = true;
    expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4Two, fields), Outcome::kEncapsulated, trusting);
    // Another device turns the packets round.
    dataplane::Policy straight = policy();
    straight.hairpinning = false;
    expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4Two, fields), Outcome::kEncapsulated, straight);
  }
  // Neighbours of subscribers are not subscribers.
  Ipv4Fields fields{.source = {192, 0, 2, 200}, .destination = kWhole};
  const Octets in = from_internet(fields);
  --fields.ttl;
  expect_sent(Side::kIpv4, in, Side::kIpv6, to_b4(kB4Whole, fields), Outcome::kEncapsulated);
  // Nor is a DHCP server whose address is bound.
  dataplane::Policy served = policy();
  served.dhcp_relay.servers[0] = kWhole;
  EngineHarness hub(served, bindings());
  const Octets answer =
      from_internet({.source = kWhole, .destination = kRelay, .source_port = 67, .destination_port = 67});
  EXPECT_EQ(run(hub, Side::kIpv4, answer).outcomes[Outcome::kPuntDhcpReply], frames());
}

TEST_P(Engine, MalformedIpv4_Rfc791_3_1) {
  const Ipv4Fields fields{.source = kHost, .destination = kWhole};
  const auto broken = [&](std::size_t offset, std::uint8_t value) {
    Octets frame = from_internet(fields);
    frame[sizeof(EthernetHeader) + offset] = value;
    return frame;
  };
  expect_dropped(Side::kIpv4, broken(0, 0x65), Outcome::kIpv4Version);
  expect_dropped(Side::kIpv4, broken(0, 0x44), Outcome::kIpv4HeaderLength);
  expect_dropped(Side::kIpv4, broken(10, 0xff), Outcome::kIpv4Checksum);
  const auto length = [&](std::uint16_t total) {
    Octets packet = ipv4_packet(fields);
    packet[2] = static_cast<std::uint8_t>(total >> 8);
    packet[3] = static_cast<std::uint8_t>(total);
    packet[10] = packet[11] = 0;
    const be16 sum = checksum({packet.data(), sizeof(Ipv4Header)});
    std::memcpy(packet.data() + 10, &sum, sizeof sum);
    return packet;
  };
  const EthernetFields ethernet{kHubIpv4Mac, kRouterIpv4Mac};
  expect_dropped(Side::kIpv4, ethernet_frame(ethernet, ether_type::kIpv4, length(19)),
                 Outcome::kIpv4HeaderLength);
  expect_dropped(Side::kIpv4, ethernet_frame(ethernet, ether_type::kIpv4, length(47)),
                 Outcome::kIpv4Truncated);
  // The length of the inner packet exceeds the outer one. The padding of the frame would fill the difference.
  Octets beyond = ethernet_frame({kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6,
                                 ipv6_packet({.source = kB4Whole, .destination = kBr}, length(47)));
  beyond.resize(beyond.size() + 20);
  expect_dropped(Side::kIpv6, beyond, Outcome::kIpv4Truncated);
}

TEST_P(Engine, EveryTruncationIsADropOrTheWholePacket) {
  const Octets down = from_internet({.source = kHost, .destination = kShared, .destination_port = 1024});
  const Octets up = from_b4(kB4One, {.source = kShared, .destination = kHost});
  for (const auto& [side, frame] : {std::pair(Side::kIpv4, down), std::pair(Side::kIpv6, up)}) {
    std::vector<Octets> cut;
    for (std::size_t length = 0; length < frame.size(); ++length) {
      cut.emplace_back(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    }
    EngineHarness hub(policy(), bindings());
    const auto result = hub.run(side, cut, GetParam());
    EXPECT_EQ(result.outcomes.total(Disposition::kDropped), cut.size());
    EXPECT_EQ(result.outcomes[Outcome::kFrameTruncated], sizeof(EthernetHeader));
  }
}

TEST_P(Engine, SegmentsAnywhereMakeNoDifference) {
  Ipv4Fields down{.source = kHost, .destination = kShared, .destination_port = 1024, .option_octets = 8};
  Ipv4Fields up{.source = kShared, .destination = kHost, .option_octets = 8};
  const Octets down_in = from_internet(down);
  Octets up_in = from_b4(kB4One, up);
  up_in.resize(up_in.size() + 30);  // padding, so that whole segments are cut off
  --down.ttl;
  --up.ttl;
  const unsigned count = std::min(frames(), 20U);  // one octet a segment: as many buffers as octets
  EngineHarness hub(policy(), bindings());
  for (std::size_t segment = 1; segment < up_in.size(); ++segment) {
    const auto encapsulated = hub.run(Side::kIpv4, std::vector<Octets>(count, down_in), GetParam(), segment);
    EXPECT_THAT(encapsulated.ipv6, ::testing::Each(to_b4(kB4One, down)));
    EXPECT_EQ(encapsulated.ipv6.size(), count);
    const auto decapsulated = hub.run(Side::kIpv6, std::vector<Octets>(count, up_in), GetParam(), segment);
    EXPECT_THAT(decapsulated.ipv4, ::testing::Each(to_internet(up)));
    EXPECT_EQ(decapsulated.ipv4.size(), count);
  }
}

// Of IPv4 in IPv4, some cards tell that the inner header is right and that the outer one, which counts here,
// is wrong.
TEST(Receive, VerdictOfThePortCountsUnlessItIsOfAnInnerHeader) {
  Octets frame = from_internet({.source = kHost, .destination = kWhole});
  frame[sizeof(EthernetHeader) + 10] ^= 1;
  EngineHarness hub(policy(), bindings());
  hub.receive_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
  EXPECT_EQ(hub.run(Side::kIpv4, {frame}).ipv6.size(), 1U);
  for (const std::uint64_t flags :
       {std::uint64_t{RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD},
        std::uint64_t{RTE_MBUF_F_RX_IP_CKSUM_BAD}, std::uint64_t{RTE_MBUF_F_RX_IP_CKSUM_NONE}}) {
    hub.receive_flags = flags;
    EXPECT_EQ(hub.run(Side::kIpv4, {frame}).outcomes[Outcome::kIpv4Checksum], 1U);
  }
}

TEST(Parse, VerdictOfThePortSavesTheChecksum) {
  Octets frame = from_internet({.source = kHost, .destination = kWhole});
  frame[sizeof(EthernetHeader) + 10] ^= 1;
  const auto parsed = [&frame](bool checksum_is_right) {
    dataplane::ParsedPacket packet;
    const auto status = dataplane::parse_ipv4_side(frame.data(), static_cast<std::uint32_t>(frame.size()),
                                                   static_cast<std::uint32_t>(frame.size()), policy().ipv4,
                                                   packet, checksum_is_right);
    return std::pair(status, packet.outcome);
  };
  EXPECT_EQ(parsed(true).first, dataplane::ParseStatus::kOk);
  EXPECT_EQ(parsed(false), std::pair(dataplane::ParseStatus::kDrop, Outcome::kIpv4Checksum));
}

}  // namespace
}  // namespace softwire
