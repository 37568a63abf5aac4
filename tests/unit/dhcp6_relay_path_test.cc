// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/relay_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp6_samples.h"

namespace softwire::controlplane::dhcp6 {
namespace {

using testing::ElementsAreArray;

const Bytes kRequest = hex("0b123456");
const Bytes kReply = hex("07123456");

Bytes relayed(std::uint8_t hop_count, const Bytes& inner, const Bytes& more = {}) {
  const auto size = static_cast<std::uint8_t>(inner.size() & 0xff);
  const auto high = static_cast<std::uint8_t>(inner.size() >> 8);
  return join({sample::relay_header(12, hop_count), more, {0, 9, high, size}, inner});
}

Outcome error_of(const Bytes& octets) {
  const auto result = unwrap(octets, {sample::kRelay, 547});
  return result ? Outcome::kDhcp6Answered : result.error();
}

TEST(Dhcp6RelayPath, ADirectMessageIsAnsweredToItsSourceAtPort546) {
  const auto request = unwrap(kRequest, {sample::kClient, 5000});
  ASSERT_TRUE(request.ok());
  EXPECT_FALSE(request->path.relayed());
  EXPECT_EQ(request->path.client_address(), sample::kClient);
  EXPECT_EQ(request->path.destination(), (Endpoint{sample::kClient, 546}));
  EXPECT_THAT(*request->path.wrap(kReply), ElementsAreArray(kReply));
}

TEST(Dhcp6RelayPath, Rfc8415Section193RelayReplyRepeatsHeaderAndInterfaceIdOfEveryRelay) {
  const Bytes octets = relayed(1, relayed(0, kRequest, hex("0012 0002 abcd")));
  const auto request = unwrap(octets, {sample::kRelay, 6000});
  ASSERT_TRUE(request.ok());
  EXPECT_THAT(request->message.octets(), ElementsAreArray(kRequest));
  EXPECT_EQ(request->path.levels().size(), 2U);
  EXPECT_EQ(request->path.client_address(), sample::kClient);
  EXPECT_EQ(request->path.link_address(), sample::kLink);
  EXPECT_EQ(request->path.destination(), (Endpoint{sample::kRelay, 547}));
  const Bytes inner = join({sample::relay_header(13, 0), hex("0012 0002 abcd 0009 0004"), kReply});
  EXPECT_THAT(*request->path.wrap(kReply),
              ElementsAreArray(join({sample::relay_header(13, 1), hex("0009 0030"), inner})));
}

TEST(Dhcp6RelayPath, Rfc8357Section52OutermostOption135AnswersToTheRelaysSourcePort) {
  const Bytes octets = relayed(0, kRequest, hex("0087 0002 0000"));
  const auto request = unwrap(octets, {sample::kRelay, 6000});
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->path.destination(), (Endpoint{sample::kRelay, 6000}));
  EXPECT_THAT(*request->path.wrap(kReply),
              ElementsAreArray(join({sample::relay_header(13, 0), hex("0087 0002 0000 0009 0004"), kReply})));
  const Bytes below = relayed(1, octets);
  EXPECT_EQ(unwrap(below, {sample::kRelay, 6000})->path.destination().port, 547);
}

TEST(Dhcp6RelayPath, Rfc8415Section19HopCountAboveEightIsDropped) {
  EXPECT_EQ(error_of(relayed(8, kRequest)), Outcome::kDhcp6Answered);
  EXPECT_EQ(error_of(relayed(9, kRequest)), Outcome::kDhcp6Hops);
}

TEST(Dhcp6RelayPath, NestingIsLimitedWhateverTheHopCountsSay) {
  Bytes octets = kRequest;
  for (std::size_t i = 0; i < RelayPath::kMaxLevels; ++i) octets = relayed(0, octets);
  EXPECT_EQ(error_of(octets), Outcome::kDhcp6Answered);
  EXPECT_EQ(error_of(relayed(0, octets)), Outcome::kDhcp6Hops);
}

TEST(Dhcp6RelayPath, MalformedRelayOptionsAreDropped) {
  EXPECT_EQ(error_of(sample::relay_header(12, 0)), Outcome::kDhcp6Malformed);
  EXPECT_EQ(error_of(relayed(0, kRequest, hex("0009 0004 0b123456"))), Outcome::kDhcp6Malformed);
  EXPECT_EQ(error_of(relayed(0, kRequest, hex("0012 0000 0012 0000"))), Outcome::kDhcp6Malformed);
  EXPECT_EQ(error_of(relayed(0, kRequest, hex("0087 0001 00"))), Outcome::kDhcp6Malformed);
  EXPECT_EQ(error_of(sample::relay_header(13, 0)), Outcome::kDhcp6MessageType);
}

TEST(Dhcp6RelayPath, InterfaceIdsAreKeptOnlyUpToALimitOfAllTogether) {
  const auto interface_id = [](std::size_t size) {
    return join(
        {{0, 18, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)}, Bytes(size, 0x5a)});
  };
  EXPECT_EQ(error_of(relayed(0, kRequest, interface_id(512))), Outcome::kDhcp6Answered);
  EXPECT_EQ(error_of(relayed(0, kRequest, interface_id(513))), Outcome::kDhcp6TooBig);
  const Bytes inner = relayed(0, kRequest, interface_id(500));
  EXPECT_EQ(error_of(relayed(1, inner, interface_id(12))), Outcome::kDhcp6Answered);
  EXPECT_EQ(error_of(relayed(1, inner, interface_id(13))), Outcome::kDhcp6TooBig);
}

TEST(Dhcp6RelayPath, Rfc8415Section131ALinkAddressOfZeroOrLinkLocalNamesNoLink) {
  const Ipv6Address none;
  const Ipv6Address local = Ipv6Address::from_host(0xfe80000000000000, 1);
  const auto link_of = [](const std::vector<Ipv6Address>& outermost_first) {
    std::vector<RelayLevel> levels;
    for (const Ipv6Address& link : outermost_first) {
      levels.emplace_back();
      levels.back().link_address = link;
    }
    return RelayPath({sample::kRelay, 547}, levels).link_address();
  };
  EXPECT_EQ(link_of({sample::kRelay, sample::kLink}), sample::kLink);
  EXPECT_EQ(link_of({sample::kLink, none}), sample::kLink);
  EXPECT_EQ(link_of({sample::kLink, local, none}), sample::kLink);
  EXPECT_EQ(link_of({none}), none);
  EXPECT_EQ(link_of({}), none);
}

TEST(Dhcp6RelayPath, AnAnswerThatNoDatagramHoldsIsAnError) {
  const Bytes octets = relayed(0, kRequest);
  const auto request = unwrap(octets, {sample::kRelay, 547});
  ASSERT_TRUE(request.ok());
  EXPECT_TRUE(request->path.wrap(Bytes(kMaxMessageBytes - 38)).ok());
  const auto reply = request->path.wrap(Bytes(kMaxMessageBytes - 37));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error(), Outcome::kDhcp6TooBig);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp6
