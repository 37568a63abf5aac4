// SPDX-License-Identifier: BSD-3-Clause
// Tests received fragments from both sides, in any order, and malicious ones.
#include <random>

#include "tests/unit/reassembly_fixture.h"

namespace softwire {
namespace {

using std::chrono::seconds;

INSTANTIATE_TEST_SUITE_P(Bursts, Reassembly, ::testing::Values(1U, 4U, 64U));

TEST_P(Reassembly, OuterIpv6InEveryOrder_Rfc6333_6_3) {
  const Octets inner = ipv4_packet(kUp);
  for (const auto& at :
       std::vector<std::vector<unsigned>>{{8}, {1208}, {8, 16}, {400, 800}, {8, 600, 1208}}) {
    std::vector<Octets> frames;
    for (const Piece& piece : cut(static_cast<unsigned>(inner.size()), at)) {
      frames.push_back(ipv6_fragment(kB4One, inner, piece));
    }
    EngineHarness hub(policy(), bindings());
    in_every_order(frames, [&](const std::vector<Octets>& order) {
      const auto result = run(hub, Side::kIpv6, order);
      EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(one_hop_on(kUp))));
      EXPECT_EQ(result.outcomes[Outcome::kDecapsulated], 1);
      EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], order.size() - 1);
    });
    EXPECT_EQ(hub.engine().counters().held, 0);
    EXPECT_EQ(hub.engine().held_buffers(), 0);
  }
}

TEST_P(Reassembly, Ipv4FromTheInternetInEveryOrder_Rfc7597_8_3_2) {
  const Octets packet = ipv4_packet(kDown);
  EngineHarness hub(policy(), bindings());
  std::vector<Octets> frames;
  for (const Piece& piece : cut(1380, {8, 600, 1208})) {
    frames.push_back(on_ipv4_side(ipv4_fragment(packet, piece)));
  }
  in_every_order(frames, [&](const std::vector<Octets>& order) {
    const auto result = run(hub, Side::kIpv4, order);
    EXPECT_THAT(result.ipv6, ::testing::ElementsAre(to_b4(kB4Two, one_hop_on(kDown))));
    EXPECT_EQ(result.outcomes[Outcome::kEncapsulated], 1);
  });
  EXPECT_EQ(hub.engine().counters().side(Side::kIpv4).reassembled.packets, 24);
  EXPECT_EQ(hub.engine().held_buffers(), 0);
}

TEST_P(Reassembly, InnerIpv4FromASoftwireInEveryOrder_Rfc7597_8_3_2) {
  const Octets packet = ipv4_packet(kUp);
  EngineHarness hub(policy(), bindings());
  std::vector<Octets> frames;
  for (const Piece& piece : cut(1380, {8, 600, 1208})) {
    frames.push_back(in_softwire(kB4One, ipv4_fragment(packet, piece)));
  }
  in_every_order(frames, [&](const std::vector<Octets>& order) {
    const auto result = run(hub, Side::kIpv6, order);
    EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(one_hop_on(kUp))));
  });
}

TEST_P(Reassembly, HairpinGoesByThePortOfTheFirst_Rfc7596_6_2) {
  const Ipv4Fields fields{
      .source = kWhole, .destination = kShared, .destination_port = 2048, .payload_octets = 1372};
  const Octets packet = ipv4_packet(fields);
  EngineHarness hub(policy(), bindings());
  std::vector<Octets> frames;
  for (const Piece& piece : cut(1380, {8, 600, 1208})) {
    frames.push_back(in_softwire(kB4Whole, ipv4_fragment(packet, piece)));
  }
  in_every_order(frames, [&](const std::vector<Octets>& order) {
    const auto result = run(hub, Side::kIpv6, order);
    EXPECT_THAT(result.ipv6, ::testing::ElementsAre(to_b4(kB4Two, one_hop_on(fields))));
    EXPECT_EQ(result.outcomes[Outcome::kHairpinned], 1);
  });
}

TEST_P(Reassembly, InnerFragmentsWithinOuterFragments) {
  const Octets packet = ipv4_packet(kUp);
  std::vector<Octets> frames;
  std::uint32_t identification = 0;
  for (const Piece& piece : cut(1380, {800})) {
    const Octets inner = ipv4_fragment(packet, piece);
    ++identification;
    for (const Piece& outer : cut(static_cast<unsigned>(inner.size()), {400})) {
      frames.push_back(ipv6_fragment(kB4One, inner, outer, identification));
    }
  }
  EngineHarness hub(policy(), bindings());
  in_every_order(frames, [&](const std::vector<Octets>& order) {
    const auto result = run(hub, Side::kIpv6, order);
    EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(one_hop_on(kUp))));
    EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], 3);
  });
}

TEST_P(Reassembly, EveryFragmentMustComeThroughTheSoftwireOfThePort_Rfc7596_6_2) {
  const Octets packet = ipv4_packet(kUp);  // port 1024: of kB4One
  const auto pieces = cut(1380, {800});
  EngineHarness hub(policy(), bindings());
  // All fragments through another softwire, which does not have the port.
  auto result = run(hub, Side::kIpv6,
                    {in_softwire(kB4Two, ipv4_fragment(packet, pieces[0])),
                     in_softwire(kB4Two, ipv4_fragment(packet, pieces[1]))});
  EXPECT_EQ(result.outcomes[Outcome::kWrongB4], 1);
  EXPECT_TRUE(result.ipv4.empty());
  // The second fragment through another softwire: it is not a part of the packet.
  result = run(hub, Side::kIpv6,
               {in_softwire(kB4One, ipv4_fragment(packet, pieces[0])),
                in_softwire(kB4Two, ipv4_fragment(packet, pieces[1]))});
  EXPECT_TRUE(result.ipv4.empty());
  EXPECT_EQ(hub.engine().counters().held, 2);
}

TEST_P(Reassembly, WholeAddressesNeedNone) {
  const Ipv4Fields fields{.source = kHost, .destination = kWhole, .payload_octets = 100};
  const Octets packet = ipv4_packet(fields);
  EngineHarness hub(policy(), bindings());
  const auto result = run(hub, Side::kIpv4, {on_ipv4_side(ipv4_fragment(packet, {48, 108, true}))});
  EXPECT_EQ(result.outcomes[Outcome::kEncapsulated], 1);
  EXPECT_EQ(hub.engine().counters().held, 0);
}

TEST_P(Reassembly, FragmentsDoNotPassTheDhcpRelayBy_DhcV4Configuration_5_1_Item1) {
  EngineHarness hub(policy(), bindings());
  for (const Ipv4Address to : {kRelay, kServer, Ipv4Address(255, 255, 255, 255)}) {
    const Octets renewal = ipv4_packet({.source = kWhole,
                                        .destination = to,
                                        .source_port = 68,
                                        .destination_port = 67,
                                        .payload_octets = 300});
    std::vector<Octets> frames;
    for (const Piece& piece : cut(308, {8, 200}))
      frames.push_back(in_softwire(kB4Whole, ipv4_fragment(renewal, piece)));
    std::ranges::reverse(frames);
    const auto result = hub.run(Side::kIpv6, frames, GetParam());
    ASSERT_EQ(result.punted.size(), 1U);
    EXPECT_EQ(result.punted.front().frame, in_softwire(kB4Whole, renewal));
    EXPECT_THAT(result.ipv4, ::testing::IsEmpty());
  }
}

TEST_P(Reassembly, WholeIsFragmentedAgainWhenTooBig) {
  Ipv4Fields fields = kDown;
  fields.payload_octets = 2992;
  const Octets packet = ipv4_packet(fields);
  EngineHarness hub(policy(), bindings());
  const auto result = run(hub, Side::kIpv4,
                          {on_ipv4_side(ipv4_fragment(packet, {1480, 3000, true})),
                           on_ipv4_side(ipv4_fragment(packet, {0, 1480}))});
  EXPECT_EQ(result.ipv6.size(), 3);
  EXPECT_EQ(result.outcomes[Outcome::kFragment], 2);
}

TEST_P(Reassembly, OverlapDropsTheWholePacket_Rfc5722_4) {
  const Octets inner = ipv4_packet(kUp);
  const auto size = static_cast<unsigned>(inner.size());
  const std::vector<std::vector<Piece>> overlaps = {
      {{0, 800}, {792, size, true}},                     // by 8 octets
      {{0, 800}, {0, 808}, {800, size, true}},           // longer, same start
      {{0, 800}, {0, 792}, {800, size, true}},           // shorter, same start
      {{0, 800}, {8, 16}, {800, size, true}},            // inside
      {{8, 800}, {0, 16}, {800, size, true}},            // of the header by a later one
      {{0, 800}, {1000, size, true}, {800, 900, true}},  // two ends
      {{0, 800}, {1200, 1208}, {800, 904, true}},        // an end before what has come
  };
  for (std::size_t i = 0; i < overlaps.size(); ++i) {
    std::vector<Octets> frames;
    for (const Piece& piece : overlaps[i]) frames.push_back(ipv6_fragment(kB4One, inner, piece));
    // None of them makes a packet, and late fragments do not either.
    EngineHarness hub(policy(), bindings());
    frames.push_back(ipv6_fragment(kB4One, inner, {0, 800}));
    frames.push_back(ipv6_fragment(kB4One, inner, {800, size, true}));
    const auto result = run(hub, Side::kIpv6, frames);
    EXPECT_TRUE(result.ipv4.empty()) << i;
    EXPECT_EQ(result.outcomes[Outcome::kFragmentOverlap], frames.size()) << i;
    EXPECT_EQ(hub.engine().held_buffers(), 0);
  }
}

TEST_P(Reassembly, DuplicateIsDroppedAlone_Rfc8200_4_5) {
  const Octets inner = ipv4_packet(kUp);
  const auto pieces = cut(static_cast<unsigned>(inner.size()), {800});
  EngineHarness hub(policy(), bindings());
  const Octets first = ipv6_fragment(kB4One, inner, pieces[0]);
  const auto result = run(hub, Side::kIpv6, {first, first, first, ipv6_fragment(kB4One, inner, pieces[1])});
  EXPECT_EQ(result.ipv4.size(), 1);
  EXPECT_EQ(result.outcomes[Outcome::kFragmentDuplicate], 2);
}

TEST_P(Reassembly, OtherOctetsInTheSamePlaceAreAnOverlap_Rfc8200_4_5) {
  const Octets inner = ipv4_packet(kUp);
  const auto size = static_cast<unsigned>(inner.size());
  Octets other = inner;
  other[700] ^= 1;
  other[1300] ^= 1;
  for (const Piece& piece : {Piece{0, 800}, Piece{1208, size, true}}) {
    for (const std::size_t segment : {std::size_t{65535}, std::size_t{77}}) {
      EngineHarness hub(policy(), bindings());
      const auto result = hub.run(Side::kIpv6,
                                  {ipv6_fragment(kB4One, inner, piece), ipv6_fragment(kB4One, inner, piece),
                                   ipv6_fragment(kB4One, other, piece)},
                                  GetParam(), segment);
      EXPECT_EQ(result.outcomes[Outcome::kFragmentDuplicate], 1);
      EXPECT_EQ(result.outcomes[Outcome::kFragmentOverlap], 2);
      EXPECT_EQ(hub.engine().held_buffers(), 0);
    }
  }
  // The same rule for IPv4 fragments, whose headers may differ.
  Octets packet = ipv4_packet(kDown);
  const Octets first = on_ipv4_side(ipv4_fragment(packet, {0, 800}));
  packet[8] = 7;  // another time to live
  const Octets same = on_ipv4_side(ipv4_fragment(packet, {0, 800}));
  packet[400] ^= 1;
  EngineHarness hub(policy(), bindings());
  const auto result = run(hub, Side::kIpv4, {first, same, on_ipv4_side(ipv4_fragment(packet, {0, 800}))});
  EXPECT_EQ(result.outcomes[Outcome::kFragmentDuplicate], 1);
  EXPECT_EQ(result.outcomes[Outcome::kFragmentOverlap], 2);
}

TEST_P(Reassembly, ImpossibleFragments_Rfc8200_4_5) {
  const Octets inner(65536, 1);
  const auto expect_invalid = [&](const Piece& piece) {
    EngineHarness hub(policy(), bindings());
    EXPECT_EQ(
        run(hub, Side::kIpv6, {ipv6_fragment(kB4One, inner, piece)}).outcomes[Outcome::kFragmentInvalid], 1);
    EXPECT_EQ(hub.engine().counters().held, 0);
  };
  expect_invalid({0, 801});    // not a multiple of 8, and more follow
  expect_invalid({800, 800});  // empty
  expect_invalid({800, 800, true});
  expect_invalid({65528, 65536, true});  // one octet too many
}

TEST_P(Reassembly, TooLongTogether_Rfc791_3_1) {
  // Each offset is valid, but header and payload together exceed 65535 octets.
  Ipv4Fields fields = kDown;
  fields.payload_octets = 65515 - 8;
  Octets packet = ipv4_packet(fields);
  packet.resize(packet.size() + 8);
  std::vector<Octets> frames;
  for (unsigned at = 0; at < 65520; at += 8192) {
    frames.push_back(
        on_ipv4_side(ipv4_fragment(packet, {at, std::min(at + 8192, 65520U), at + 8192 >= 65520})));
  }
  EngineHarness hub(policy(), bindings());
  const auto result = run(hub, Side::kIpv4, frames);
  EXPECT_EQ(result.outcomes[Outcome::kFragmentInvalid], frames.size());
}

TEST_P(Reassembly, Timeout_Rfc8200_4_5) {
  const Octets inner = ipv4_packet(kUp);
  const auto pieces = cut(static_cast<unsigned>(inner.size()), {400, 800});
  EngineHarness hub(policy(), bindings());
  const Instant start = hub.now;
  run(hub, Side::kIpv6, {ipv6_fragment(kB4One, inner, pieces[0])});
  hub.now = start + seconds(14);
  run(hub, Side::kIpv6, {ipv6_fragment(kB4One, inner, pieces[1])});
  EXPECT_EQ(hub.engine().counters().held, 2);
  hub.now = start + seconds(15);  // counts from the first one
  const auto result = run(hub, Side::kIpv6, {ipv6_fragment(kB4One, inner, pieces[2])});
  EXPECT_EQ(result.outcomes[Outcome::kReassemblyTimeout], 2);
  EXPECT_TRUE(result.ipv4.empty());
  EXPECT_EQ(hub.engine().counters().held, 1);
  hub.now = start + seconds(30);
  EXPECT_EQ(run(hub, Side::kIpv4, {Octets(1)}).outcomes[Outcome::kReassemblyTimeout], 1);
  EXPECT_EQ(hub.engine().held_buffers(), 0);
}

TEST_P(Reassembly, IdentificationsDoNotMix) {
  const Octets inner = ipv4_packet(kUp);
  const auto pieces = cut(static_cast<unsigned>(inner.size()), {800});
  EngineHarness hub(policy(), bindings());
  std::vector<Octets> frames;
  for (std::uint32_t id = 0; id < 40; ++id)
    frames.push_back(ipv6_fragment(kB4One, inner, pieces[0], id << 24));
  for (std::uint32_t id = 0; id < 40; ++id)
    frames.push_back(ipv6_fragment(kB4One, inner, pieces[1], id << 24));
  const auto result = run(hub, Side::kIpv6, frames);
  EXPECT_THAT(result.ipv4, ::testing::Each(to_internet(one_hop_on(kUp))));
  EXPECT_EQ(result.ipv4.size(), 40);
}

TEST_P(Reassembly, NotOurBrIsNotHeld) {
  EngineHarness hub(policy(), bindings());
  const Ipv6Address elsewhere = *parse_ipv6("2001:db8::99");
  const auto result =
      run(hub, Side::kIpv6, {ipv6_fragment(kB4One, ipv4_packet(kUp), {0, 800}, 7, 0, elsewhere)});
  EXPECT_EQ(result.outcomes[Outcome::kNotOurBr], 1);
  EXPECT_EQ(hub.engine().counters().held, 0);
}

TEST_P(Reassembly, CongestionMarkOfOneFragmentMarksTheWhole_Rfc3168_5_3) {
  constexpr std::uint8_t kEct0 = 2;
  constexpr std::uint8_t kCe = 3;
  Ipv4Fields able = kUp;
  able.type_of_service = kEct0;
  const Octets inner = ipv4_packet(able);
  const auto pieces = cut(static_cast<unsigned>(inner.size()), {800});
  Ipv4Fields marked = one_hop_on(able);
  marked.type_of_service = kCe;
  EngineHarness hub(policy(), bindings());
  auto result = run(
      hub, Side::kIpv6,
      {ipv6_fragment(kB4One, inner, pieces[0], 1, kEct0), ipv6_fragment(kB4One, inner, pieces[1], 1, kCe)});
  EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(marked)));
  result = run(hub, Side::kIpv6,
               {in_softwire(kB4One, ipv4_fragment(inner, {0, 800}), kEct0),
                in_softwire(kB4One, ipv4_fragment(inner, {800, 1380, true}), kCe)});
  EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(marked)));
  const Octets unable = ipv4_packet(kUp);
  result = run(hub, Side::kIpv6,
               {in_softwire(kB4One, ipv4_fragment(unable, {0, 800})),
                in_softwire(kB4One, ipv4_fragment(unable, {800, 1380, true}), kCe)});
  EXPECT_EQ(result.outcomes[Outcome::kEcnNotCapable], 2);
}

TEST_P(Reassembly, WhatTheFragmenterMakes_AnyLengthAnyOrder) {
  dataplane::Policy narrow = policy();
  narrow.ipv6.mtu = 1280;
  narrow.ipv4.mtu = 68;
  narrow.ipv4.reassembly.fragments = narrow.ipv6.reassembly.fragments = 200;
  std::minstd_rand random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same test every time
  EngineHarness hub(narrow, bindings());
  for (unsigned round = 0; round < 30; ++round) {
    Ipv4Fields fields = kDown;
    fields.payload_octets = 1300 + random() % 5000;
    auto sent = run(hub, Side::kIpv4, {from_internet(fields)}).ipv6;
    std::shuffle(sent.begin(), sent.end(), random);
    // As if the subscriber had sent them: source and destination are exchanged.
    for (Octets& frame : sent) {
      std::swap_ranges(frame.begin(), frame.begin() + 6, frame.begin() + 6);
      std::copy_n(kHubIpv6Mac.octets().begin(), 6, frame.begin());
      std::swap_ranges(frame.begin() + 22, frame.begin() + 38, frame.begin() + 38);
    }
    // The inner source is a host of the Internet, so the packet is dropped, but as one whole packet.
    const auto result = run(hub, Side::kIpv6, sent);
    EXPECT_EQ(result.outcomes[Outcome::kNoBindingSource], 1);
    EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], sent.size() - 1);

    Ipv4Fields up = kUp;
    up.payload_octets = 100 + random() % 1300;
    auto ipv4 = run(hub, Side::kIpv6, {from_b4(kB4One, up)}).ipv4;
    EXPECT_GT(ipv4.size(), 1);
    std::shuffle(ipv4.begin(), ipv4.end(), random);
    std::vector<Octets> again;
    again.reserve(ipv4.size());
    for (const Octets& frame : ipv4) again.push_back(in_softwire(kB4One, slice(frame, 14, frame.size())));
    EXPECT_EQ(run(hub, Side::kIpv6, again).outcomes[Outcome::kDecapsulated], 1);
  }
  EXPECT_EQ(hub.engine().counters().held, 0);
  EXPECT_EQ(hub.engine().held_buffers(), 0);
}

TEST_P(Reassembly, SegmentsAnywhereMakeNoDifference) {
  const Octets inner = ipv4_packet(kUp);
  std::vector<Octets> frames;
  for (const Piece& piece : cut(static_cast<unsigned>(inner.size()), {8, 808})) {
    frames.push_back(ipv6_fragment(kB4One, inner, piece));
    frames.back().resize(frames.back().size() + 20);  // padding
  }
  EngineHarness hub(policy(), bindings());
  for (std::size_t segment = 1; segment < 120; ++segment) {
    const auto result = hub.run(Side::kIpv6, frames, GetParam(), segment);
    EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(one_hop_on(kUp)))) << segment;
  }
  EXPECT_EQ(hub.engine().held_buffers(), 0);
}

}  // namespace
}  // namespace softwire
