// SPDX-License-Identifier: BSD-3-Clause
// Tests that floods of fragments leave the packets of others whole: packets of many fragments, and several at
// a time, among stray fragments of many sources.
#include "tests/unit/reassembly_fixture.h"

namespace softwire {
namespace {

constexpr unsigned kRoom = 2048;    // packets, and buffers
constexpr unsigned kBetween = 20;   // stray fragments before each fragment of a victim
constexpr unsigned kOctets = 1380;  // of the victims' payload, with the UDP header

struct Victim {
  unsigned fragments;
  unsigned in_flight;  // packets at the same time
  bool reversed = false;
};

class ReassemblyFloods : public Reassembly {
 protected:
  static dataplane::Policy with_room() {
    dataplane::Policy result = policy();
    result.ipv4.reassembly.datagrams = result.ipv6.reassembly.datagrams = kRoom;
    return result;
  }

  // Returns the first fragment of a packet that is never completed, from a source of its own.
  Octets stray() {
    Ipv4Fields fields = kDown;
    fields.source = Ipv4Address::from_host(Ipv4Address(198, 18, 0, 0).host() + strays_++);
    return on_ipv4_side(ipv4_fragment(ipv4_packet(fields), {0, 8}));
  }
  std::vector<Octets> strays(unsigned count) {
    std::vector<Octets> result(count);
    std::ranges::generate(result, [this] { return stray(); });
    return result;
  }

  // Returns the fragments of the victim's packets in turn, with stray fragments before each.
  std::vector<Octets> among_strays(const Victim& victim) {
    std::vector<unsigned> at;
    for (unsigned i = 1; i < victim.fragments; ++i) at.push_back(i * kOctets / victim.fragments / 8 * 8);
    std::vector<Piece> pieces = cut(kOctets, at);
    if (victim.reversed) std::ranges::reverse(pieces);
    std::vector<Octets> result;
    for (const Piece& piece : pieces) {
      for (unsigned packet = 0; packet < victim.in_flight; ++packet) {
        std::ranges::move(strays(kBetween), std::back_inserter(result));
        Octets whole = ipv4_packet(kDown);
        whole[5] = static_cast<std::uint8_t>(packet);  // the identification
        result.push_back(on_ipv4_side(ipv4_fragment(whole, piece)));
      }
    }
    return result;
  }

 private:
  std::uint32_t strays_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Bursts, ReassemblyFloods, ::testing::Values(1U, 64U));

// Every source holds one packet, so that the oldest go. Nobody loses for having more fragments.
TEST_P(ReassemblyFloods, StraysOfManySourcesTakeNoNewerPacket_Rfc7785_3) {
  EngineHarness hub(with_room(), bindings());
  run(hub, Side::kIpv4, strays(kRoom));
  EXPECT_EQ(hub.engine().held_buffers(), kRoom);
  for (const bool reversed : {false, true}) {
    for (const unsigned fragments : {2U, 3U, 10U}) {
      for (const unsigned in_flight : {1U, 2U, 8U}) {
        const auto result = run(hub, Side::kIpv4, among_strays({fragments, in_flight, reversed}));
        EXPECT_EQ(result.ipv6.size(), in_flight)
            << in_flight << " packets of " << fragments << " fragments" << (reversed ? ", reversed" : "");
        EXPECT_EQ(result.outcomes[Outcome::kFragmentJoined], (fragments - 1) * in_flight);
      }
    }
  }
}

// One packet of as many fragments as a packet may have by default is no flood.
TEST_P(ReassemblyFloods, APacketOfFortyFragmentsIsPutTogether_Rfc7785_3) {
  EngineHarness hub(with_room(), bindings());
  run(hub, Side::kIpv4, strays(kRoom));
  EXPECT_EQ(run(hub, Side::kIpv4, among_strays({40, 1})).ipv6.size(), 1);
}

// A source that holds more than its share goes first, however new its packets are.
TEST_P(ReassemblyFloods, WhoHoldsMoreThanItsShareGoesFirst_Rfc7785_3) {
  dataplane::Policy unlimited = with_room();
  unlimited.ipv4.reassembly.source_datagrams = kRoom;
  EngineHarness hub(unlimited, bindings());
  const auto old = among_strays({10, 8});
  const auto half = static_cast<std::ptrdiff_t>(old.size() / 2);
  run(hub, Side::kIpv4, {old.begin(), old.begin() + half});
  std::vector<Octets> many;
  Octets packet = ipv4_packet({.source = kServer, .destination = kShared, .payload_octets = 1372});
  for (unsigned i = 0; i < kRoom; ++i) {
    packet[4] = static_cast<std::uint8_t>(i >> 8);
    packet[5] = static_cast<std::uint8_t>(i);
    many.push_back(on_ipv4_side(ipv4_fragment(packet, {0, 8})));
  }
  EXPECT_GT(run(hub, Side::kIpv4, many).outcomes[Outcome::kReassemblyFull], 0);
  EXPECT_EQ(run(hub, Side::kIpv4, {old.begin() + half, old.end()}).ipv6.size(), 8);
}

// The fragment that completes a packet waits for nothing, so that it needs no room.
TEST_P(ReassemblyFloods, TheLastMissingFragmentNeedsNoRoom) {
  dataplane::Policy many = policy();
  many.ipv6.reassembly = {.datagrams = 10, .fragments = 250};  // 256 buffers
  many.ipv4.mtu = 4000;
  Ipv4Fields fields = kUp;
  fields.payload_octets = 4000 - 28;
  const Octets inner = ipv4_packet(fields);
  std::vector<Octets> frames;
  for (unsigned i = 0; i < 249; ++i) frames.push_back(ipv6_fragment(kB4One, inner, {16 * i, 16 * i + 16}));
  for (std::uint32_t id = 0; id < 7; ++id) frames.push_back(ipv6_fragment(kB4Two, inner, {0, 8}, id));
  EngineHarness hub(many, bindings());
  run(hub, Side::kIpv6, frames);
  EXPECT_EQ(hub.engine().held_buffers(), 256);
  const auto result = run(hub, Side::kIpv6, {ipv6_fragment(kB4One, inner, {16 * 249, 4000, true})});
  EXPECT_THAT(result.ipv4, ::testing::ElementsAre(to_internet(one_hop_on(fields))));
  EXPECT_EQ(hub.engine().held_buffers(), 7);
}

}  // namespace
}  // namespace softwire
