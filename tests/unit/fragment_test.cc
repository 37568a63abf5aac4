// SPDX-License-Identifier: BSD-3-Clause
// Tests packets that are too long for the side that they leave on.
#include <cstring>
#include <set>

#include "dataplane/fragment/fragment.h"
#include "softwire/checksum.h"
#include "tests/unit/engine_fixture.h"

namespace softwire {
namespace {

using dataplane::make_later_ipv4_header;

template <typename Header>
Header header_at(const Octets& frame, std::size_t offset) {
  Header header;
  std::memcpy(static_cast<void*>(&header), frame.data() + offset, sizeof header);
  return header;
}

constexpr std::size_t kIp = sizeof(EthernetHeader);

Octets tail(const Octets& octets, std::size_t from) {
  return {octets.begin() + static_cast<std::ptrdiff_t>(from), octets.end()};
}

// Reassembles IPv6 fragments in order, and returns the frame that would have been sent without fragmentation.
// Checks each header.
Octets join_ipv6(const std::vector<Octets>& fragments, std::uint16_t mtu) {
  constexpr std::size_t kPayload = kIp + sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader);
  Octets whole(fragments.front().begin(), fragments.front().begin() + kIp + sizeof(Ipv6Header));
  std::set<std::uint32_t> identifications;
  std::size_t offset = 0;
  for (const Octets& frame : fragments) {
    const auto ipv6 = header_at<Ipv6Header>(frame, kIp);
    const auto fragment = header_at<Ipv6FragmentHeader>(frame, kIp + sizeof(Ipv6Header));
    EXPECT_LE(frame.size() - kIp, mtu);
    EXPECT_EQ(ipv6.payload_length.value(), frame.size() - kIp - sizeof(Ipv6Header));
    EXPECT_EQ(ipv6.next_header, ip_protocol::kFragment);
    EXPECT_EQ(fragment.next_header, ip_protocol::kIpv4);
    EXPECT_EQ(fragment.offset_bytes(), offset);
    EXPECT_EQ(fragment.more_fragments(), &frame != &fragments.back());
    if (fragment.more_fragments()) {
      EXPECT_EQ((frame.size() - kPayload) % 8, 0);
    }
    identifications.insert(fragment.identification.value());
    whole.insert(whole.end(), frame.begin() + kPayload, frame.end());
    offset = whole.size() - kIp - sizeof(Ipv6Header);
  }
  EXPECT_EQ(identifications.size(), 1);
  auto ipv6 = header_at<Ipv6Header>(whole, kIp);
  ipv6.next_header = ip_protocol::kIpv4;
  ipv6.payload_length = be16(static_cast<std::uint16_t>(offset));
  std::memcpy(whole.data() + kIp, static_cast<const void*>(&ipv6), sizeof ipv6);
  return whole;
}

// Does the same for IPv4 fragments. Returns only the payload.
Octets join_ipv4(const std::vector<Octets>& fragments, std::uint16_t mtu, std::size_t first_offset = 0,
                 bool more_at_end = false) {
  Octets payload;
  for (const Octets& frame : fragments) {
    const auto ipv4 = header_at<Ipv4Header>(frame, kIp);
    EXPECT_LE(frame.size() - kIp, mtu);
    EXPECT_EQ(ipv4.total_length.value(), frame.size() - kIp);
    EXPECT_EQ(ipv4.identification.value(), 0x1234);
    EXPECT_TRUE(ipv4_header_checksum_ok(frame.data() + kIp, ipv4.header_bytes()));
    EXPECT_EQ((ipv4.fragment.value() & Ipv4Header::kOffsetMask) * 8U, first_offset + payload.size());
    EXPECT_EQ((ipv4.fragment.value() & Ipv4Header::kMoreFragments) != 0,
              more_at_end || &frame != &fragments.back());
    const Octets part = tail(frame, kIp + ipv4.header_bytes());
    payload.insert(payload.end(), part.begin(), part.end());
  }
  return payload;
}

class Fragment : public EngineTest {
 protected:
  // Returns the frames of one packet out of those of frames() packets.
  std::vector<std::vector<Octets>> by_packet(const std::vector<Octets>& sent) {
    std::vector<std::vector<Octets>> result;
    const std::size_t each = sent.size() / frames();
    EXPECT_EQ(sent.size() % frames(), 0);
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (i % each == 0) result.emplace_back();
      result.back().push_back(sent[i]);
    }
    return result;
  }
};
INSTANTIATE_TEST_SUITE_P(Bursts, Fragment, ::testing::Values(1U, 4U, 64U));

TEST_P(Fragment, EncapsulatedThenFragmented_Rfc2473_7_2) {
  dataplane::Policy narrow = policy();
  narrow.ipv6.mtu = 1280;
  for (const unsigned length : {1241U, 1280U, 1472U, 2464U, 2465U, 2720U, 9000U, 65535U}) {
    Ipv4Fields fields{.source = kHost, .destination = kShared, .destination_port = 1024};
    fields.payload_octets = length - 28;
    EngineHarness hub(narrow, bindings());
    const auto result = run(hub, Side::kIpv4, from_internet(fields));
    --fields.ttl;
    const std::size_t each = (length + 1231) / 1232;
    ASSERT_EQ(result.ipv6.size(), frames() * each) << length;
    EXPECT_EQ(result.outcomes[Outcome::kEncapsulated], frames());
    EXPECT_EQ(result.outcomes[Outcome::kFragment], frames() * (each - 1));
    EXPECT_EQ(hub.engine().counters().generated, frames() * (each - 1));
    std::set<std::uint32_t> identifications;
    for (const auto& fragments : by_packet(result.ipv6)) {
      EXPECT_EQ(join_ipv6(fragments, 1280), to_b4(kB4One, fields));
      identifications.insert(header_at<be32>(fragments.front(), kIp + sizeof(Ipv6Header) + 4).value());
    }
    EXPECT_EQ(identifications.size(), frames()) << "identifications repeat";
  }
}

TEST_P(Fragment, DecapsulatedThenFragmented_Rfc791_3_2) {
  for (const std::uint16_t mtu : {std::uint16_t{68}, std::uint16_t{576}, std::uint16_t{1499}}) {
    dataplane::Policy narrow = policy();
    narrow.ipv4.mtu = mtu;
    Ipv4Fields fields{.source = kShared, .destination = kHost, .payload_octets = 1460 - 28};
    if (mtu == 1499) fields.payload_octets = 1500 - 28;
    EngineHarness hub(narrow, bindings());
    const auto result = run(hub, Side::kIpv6, from_b4(kB4One, fields));
    --fields.ttl;
    const Octets payload = tail(ipv4_packet(fields), sizeof(Ipv4Header));
    for (const auto& fragments : by_packet(result.ipv4)) {
      EXPECT_GT(fragments.size(), 1);
      EXPECT_EQ(join_ipv4(fragments, mtu), payload);
    }
    EXPECT_EQ(result.outcomes[Outcome::kDecapsulated], frames());
    EXPECT_EQ(result.ipv4.size(), frames() + result.outcomes[Outcome::kFragment]);
  }
}

TEST_P(Fragment, FragmentOfAWholeAddressIsCutAgain_Rfc791_3_2) {
  dataplane::Policy narrow = policy();
  narrow.ipv4.mtu = 576;
  for (const std::uint16_t flags : {std::uint16_t{0}, Ipv4Header::kMoreFragments}) {
    Ipv4Fields fields{.source = kWhole, .destination = kHost, .payload_octets = 1444 - 28};
    fields.fragment = flags | 100;  // 800 octets in
    EngineHarness hub(narrow, bindings());
    const auto result = run(hub, Side::kIpv6, from_b4(kB4Whole, fields));
    for (const auto& fragments : by_packet(result.ipv4)) {
      EXPECT_EQ(join_ipv4(fragments, 576, 800, flags != 0), tail(ipv4_packet(fields), sizeof(Ipv4Header)));
    }
    EXPECT_EQ(result.ipv4.size(), 3 * frames());
  }
}

TEST_P(Fragment, HairpinnedPacketIsFragmentedOnce_Rfc7596_6_2) {
  dataplane::Policy narrow = policy();
  narrow.ipv6.mtu = 1280;
  Ipv4Fields fields{.source = kShared, .destination = kWhole, .payload_octets = 1241 - 28};
  EngineHarness hub(narrow, bindings());
  const auto result = run(hub, Side::kIpv6, from_b4(kB4One, fields));
  --fields.ttl;
  for (const auto& fragments : by_packet(result.ipv6)) {
    EXPECT_EQ(join_ipv6(fragments, 1280), to_b4(kB4Whole, fields));
  }
  EXPECT_EQ(result.outcomes[Outcome::kHairpinned], frames());
}

TEST_P(Fragment, TaggedFramesAndSegmentedBuffers) {
  dataplane::Policy tagged = policy();
  tagged.ipv4.vlan_id = 7;
  tagged.ipv6.vlan_id = 8;
  Ipv4Fields fields{
      .source = kHost, .destination = kShared, .destination_port = 1024, .payload_octets = 2000};
  const Octets in =
      ethernet_frame({kHubIpv4Mac, kRouterIpv4Mac, 7, true}, ether_type::kIpv4, ipv4_packet(fields));
  --fields.ttl;
  for (const std::size_t segment : {60U, 100U, 1500U}) {
    EngineHarness hub(tagged, bindings());
    const auto result = hub.run(Side::kIpv4, std::vector<Octets>(frames(), in), GetParam(), segment);
    for (auto fragments : by_packet(result.ipv6)) {
      for (Octets& frame : fragments) {
        EXPECT_EQ(header_at<be16>(frame, 12).value(), ether_type::kVlan);
        EXPECT_EQ(header_at<VlanTag>(frame, 14).vlan_id(), 8);
        frame.erase(frame.begin() + 12, frame.begin() + 16);  // as if it had no tag
      }
      EXPECT_EQ(join_ipv6(fragments, 1500), to_b4(kB4One, fields));
    }
    EXPECT_EQ(result.ipv6.size(), 2 * frames());
  }
}

TEST(FragmentPool, NoBufferMeansNoFragmentAndNothingLost) {
  dataplane::Policy narrow = policy();
  narrow.ipv6.mtu = 1280;
  EngineHarness hub(narrow, bindings());
  const TakenBuffers taken(3);
  Ipv4Fields fields{
      .source = kHost, .destination = kShared, .destination_port = 1024, .payload_octets = 5000};
  fields.payload_octets = 1400 + 1232;  // three fragments: a buffer of two segments comes in, one is left
  const auto result = hub.run(Side::kIpv4, std::vector<Octets>{from_internet(fields)});
  EXPECT_EQ(result.outcomes[Outcome::kNoBuffer], 1);
  EXPECT_EQ(result.outcomes[Outcome::kFragment], 0);
  EXPECT_TRUE(result.ipv6.empty());
}

// Returns the options that later fragments contain.
Octets options_copied(const Octets& options) {
  Octets first(sizeof(Ipv4Header) + options.size());
  first[0] = static_cast<std::uint8_t>(0x40 | first.size() / 4);
  std::copy(options.begin(), options.end(), first.begin() + sizeof(Ipv4Header));
  Octets out(60);
  out.resize(make_later_ipv4_header(*reinterpret_cast<const Ipv4Header*>(first.data()), out.data()));
  EXPECT_EQ(out[0], 0x40 | out.size() / 4);
  return tail(out, sizeof(Ipv4Header));
}

TEST(LaterIpv4Header, CarriesTheOptionsWithTheCopiedFlag_Rfc791_3_1) {
  const Octets router_alert = {0x94, 4, 0, 0};
  EXPECT_EQ(options_copied(router_alert), router_alert);
  EXPECT_EQ(options_copied({7, 7, 4, 0, 0, 0, 0, 0}), Octets());  // record route
  EXPECT_EQ(options_copied({1, 0x83, 3, 4, 7, 3, 4, 0}), Octets({0x83, 3, 4, 0}));
  EXPECT_EQ(options_copied({0, 0x94, 4, 0}), Octets());  // after the end of the list
}

TEST(LaterIpv4Header, MalformedOptionsAreNotReadBeyondTheHeader) {
  EXPECT_EQ(options_copied({0x94, 4, 0, 0, 0x94, 0, 0, 0}), Octets({0x94, 4, 0, 0}));
  EXPECT_EQ(options_copied({0x94, 40, 0, 0}), Octets());
  EXPECT_EQ(options_copied({1, 1, 1, 0x94}), Octets());
  EXPECT_EQ(options_copied({0x94, 1, 0, 0}), Octets());
}

TEST(Identifications, DoNotRepeatAndDependOnTheSeed_Rfc7739_5) {
  dataplane::IdentificationSequence one(1);
  dataplane::IdentificationSequence same(1);
  dataplane::IdentificationSequence other(2);
  std::set<std::uint32_t> seen;
  unsigned differ = 0;
  unsigned neighbours = 0;
  std::uint32_t last = 0;
  constexpr unsigned kCount = 100000;
  for (unsigned i = 0; i < kCount; ++i) {
    const std::uint32_t value = one.next();
    EXPECT_EQ(value, same.next());
    differ += value != other.next() ? 1 : 0;
    neighbours += value - last == 1 ? 1 : 0;
    last = value;
    seen.insert(value);
  }
  EXPECT_EQ(seen.size(), kCount);
  EXPECT_GT(differ, kCount - 10);
  EXPECT_LT(neighbours, 10);
}

}  // namespace
}  // namespace softwire
