// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/relay/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "dhcp_samples.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAreArray;

constexpr Ipv4Address kServer(10, 99, 0, 1);
constexpr Ipv4Address kEverybody(255, 255, 255, 255);
constexpr Ipv4Address kLeased(192, 0, 2, 100);
constexpr Ipv6Address kBr = Ipv6Address::from_host(0x20010db800ff0000, 1);
constexpr Ipv6Address kOtherBr = Ipv6Address::from_host(0x20010db800ff0000, 2);
constexpr Subscriber kSubscriber{Ipv6Address::from_host(0x20010db800a20000, 2), kBr};

RelayOptions options() {
  RelayOptions options;
  options.servers = {Ipv4Address(10, 99, 0, 7), kServer};
  options.address = Ipv4Address(100, 64, 0, 1);
  options.br_addresses = {kBr};
  return options;
}

RelayOptions options_of_two_brs() {
  RelayOptions two = options();
  two.br_addresses = {kOtherBr, kBr};
  return two;
}

// The first four octets of the header of a client's message, and of Kea's answer to a broadcast one.
constexpr const char* kRequestHeader = "01010600 953b2604";
constexpr const char* kReplyHeader = "02010601 953b2604 00000000 00000000 c0000264 00000000 64400001";

Bytes request(std::string_view options, std::string_view header = kRequestHeader) {
  return message(header, hex(options));
}
Bytes reply(const Bytes& option82, std::string_view header = kReplyHeader) {
  return message(header, join({hex("350102 360464400001"), option82, hex("ff")}));
}
Bytes with(Bytes octets, std::size_t offset, std::uint8_t value) {
  octets[offset] = value;
  return octets;
}

Outcome of_client(const Bytes& octets) {
  Relay relay(options());
  const auto result = relay.from_client(octets, kSubscriber, false);
  EXPECT_EQ(result.message.empty(), result.outcome != Outcome::kDhcpRelayed);
  return result.outcome;
}

Outcome of_server(const Bytes& octets, const RelayOptions& with_options = options()) {
  Relay relay(with_options);
  const auto result = relay.from_server(octets, kServer, 67);
  EXPECT_EQ(result.message.empty(), result.outcome != Outcome::kDhcpDelivered);
  return result.outcome;
}

std::map<std::string, std::uint64_t> counters(const Relay& relay) {
  std::map<std::string, std::uint64_t> all;
  relay.statistics().for_each([&](std::string_view name, std::uint64_t value) {
    EXPECT_TRUE(all.emplace(name, value).second) << name;
  });
  return all;
}

// ---- from clients

TEST(RelayFromClient, RealDiscoverBecomesWhatKeaUnderstood) {
  Relay relay(options());
  const auto result = relay.from_client(sample::kDiscover, kSubscriber, false);
  EXPECT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_THAT(result.message, ElementsAreArray(sample::kDiscoverRelayed));
}

TEST(RelayFromClient, Rfc5107Section4RealRenewalToTheOverrideAddressIsRelayedLikeABroadcast) {
  Relay relay(options());
  const auto result = relay.from_client(sample::kRenew, kSubscriber, true);
  EXPECT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_THAT(result.message, ElementsAreArray(sample::kRenewRelayed));
}

TEST(RelayFromClient, Rfc1542Section411AllButHopsAndGiaddrAndOptionsStaysAsItIs) {
  // Every octet of the header and of the options different from its neighbours; secs and all flags set.
  Bytes octets(290);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i * 7 + 1);
  const Bytes start = hex("010f1003");
  std::copy(start.begin(), start.end(), octets.begin());
  std::fill(octets.begin() + 24, octets.begin() + 28, 0);
  const Bytes tail = join({hex("63825363 350101 00 3d21"), Bytes(33, 0xee), hex("ff")});
  std::copy(tail.begin(), tail.end(), octets.begin() + 236);
  const std::size_t end = 236 + tail.size() - 1;

  Relay relay(options());
  const auto result = relay.from_client(octets, kSubscriber, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  Bytes expected(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(end));
  expected[3] = 4;
  const Bytes giaddr = hex("64400001");
  std::copy(giaddr.begin(), giaddr.end(), expected.begin() + 24);
  expected = join({expected, sample::kOption82, hex("ff")});
  EXPECT_THAT(result.message, ElementsAreArray(expected));
}

TEST(RelayFromClient, Rfc3046Section21Option82IsTheLastOptionAndNothingFollowsEnd) {
  Relay relay(options());
  const Bytes octets = request("350101 3d0101 ff 0c03aabbcc ff");
  const auto result = relay.from_client(octets, kSubscriber, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_THAT(result.message,
              ElementsAreArray(message("01010601 953b2604 00000000 00000000 00000000 00000000 64400001",
                                       join({hex("350101 3d0101"), sample::kOption82, hex("ff")}))));
}

TEST(RelayFromClient, Rfc1542Section21ShortMessageIsPaddedTo300Octets) {
  Relay relay(options());
  const auto result = relay.from_client(message(kRequestHeader, hex("350101ff"), 0), kSubscriber, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_EQ(result.message.size(), 300U);
  EXPECT_THAT(result.message.subspan(240 + 3 + 29 + 1), testing::Each(0));
}

TEST(RelayFromClient, Rfc6842ClientIdentifierIsUntouched) {
  Relay relay(options());
  const auto result = relay.from_client(sample::kRelease, kSubscriber, true);
  const auto relayed = MessageView::parse(result.message);
  ASSERT_TRUE(relayed);
  EXPECT_THAT(*relayed->sole(61), ElementsAreArray(Octets(sample::kClientId).subspan(2)));
}

TEST(RelayFromClient, Rfc5010Section3FlagSaysUnicast) {
  for (const bool unicast : {false, true}) {
    Relay relay(options());
    const auto result = relay.from_client(sample::kRenew, kSubscriber, unicast);
    const auto option82 =
        Option82View::parse(*MessageView::parse(result.message)->sole(option::kRelayAgentInformation));
    EXPECT_THAT(*option82->sole(suboption::kRelayAgentFlags), testing::ElementsAre(unicast ? 0x80 : 0));
  }
}

TEST(RelayFromClient, Rfc1542Section411HopsAboveTheLimitAreDropped) {
  EXPECT_EQ(of_client(with(sample::kDiscover, 3, 4)), Outcome::kDhcpRelayed);
  EXPECT_EQ(of_client(with(sample::kDiscover, 3, 5)), Outcome::kDhcpHops);
  EXPECT_EQ(of_client(with(sample::kDiscover, 3, 255)), Outcome::kDhcpHops);
  RelayOptions most = options();
  most.hop_limit = 16;
  Relay relay(most);
  EXPECT_EQ(relay.from_client(with(sample::kDiscover, 3, 17), kSubscriber, false).outcome,
            Outcome::kDhcpHops);
  const auto result = relay.from_client(with(sample::kDiscover, 3, 16), kSubscriber, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_EQ(result.message[3], 17);
}

TEST(RelayFromClient, Rfc3046Section211GiaddrOfOursIsSpoofed) {
  const Bytes octets = request("350101 ff", "01010600 00000000 00000000 00000000 00000000 00000000 64400001");
  EXPECT_EQ(of_client(octets), Outcome::kDhcpOwnGiaddr);
}

TEST(RelayFromClient, Rfc3046Section211GiaddrOfAnotherRelayCannotBeAnswered) {
  const Bytes octets = request("350101 ff", "01010600 00000000 00000000 00000000 00000000 00000000 64400002");
  EXPECT_EQ(of_client(octets), Outcome::kDhcpForeignGiaddr);
}

TEST(RelayFromClient, Rfc3046Section21Option82OfTheClientIsDropped) {
  EXPECT_EQ(of_client(message(kRequestHeader, join({hex("350101"), sample::kOption82, hex("ff")}))),
            Outcome::kDhcpOption82Present);
  EXPECT_EQ(of_client(message(kRequestHeader, join({sample::kOption82, hex("350101 ff")}))),
            Outcome::kDhcpOption82Present);
  EXPECT_EQ(of_client(request("350101 5200 ff")), Outcome::kDhcpOption82Present);
  EXPECT_EQ(of_client(request("350101 ff 5200 ff")), Outcome::kDhcpRelayed);  // after End: it is not there
}

TEST(RelayFromClient, Rfc3046Section21Option82HiddenInAnOverloadedFieldIsDroppedToo) {
  Bytes octets = request("350101 340101 ff");
  const Bytes file = join({sample::kOption82, hex("ff")});
  std::copy(file.begin(), file.end(), octets.begin() + 108);
  EXPECT_EQ(of_client(octets), Outcome::kDhcpOption82Present);
}

TEST(RelayFromClient, Rfc3046Section21Option82GoesIntoTheOptionsFieldOfAnOverloadedMessage) {
  Bytes octets = request("340101 ff");
  const Bytes file = hex("350101 ff");
  std::copy(file.begin(), file.end(), octets.begin() + 108);
  Relay relay(options());
  const auto result = relay.from_client(octets, kSubscriber, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_THAT(result.message.subspan(44, 192), ElementsAreArray(Octets(octets).subspan(44, 192)));
  EXPECT_THAT(result.message.subspan(240, 3 + 29 + 1),
              ElementsAreArray(join({hex("340101"), sample::kOption82, hex("ff")})));
}

TEST(RelayFromClient, Rfc1542Section41OnlyRequestsComeFromClients) {
  EXPECT_EQ(of_client(with(sample::kDiscover, 0, 2)), Outcome::kDhcpOp);
  EXPECT_EQ(of_client(with(sample::kDiscover, 0, 0)), Outcome::kDhcpOp);
}

TEST(RelayFromClient, Rfc2131Section3TypesThatTravelFromClients) {
  for (unsigned type = 0; type <= 255; ++type) {
    const bool travels = type == 1 || type == 3 || type == 4 || type == 7 || type == 8;
    EXPECT_EQ(of_client(with(request("350100 ff"), 242, static_cast<std::uint8_t>(type))),
              travels ? Outcome::kDhcpRelayed : Outcome::kDhcpMessageType)
        << type;
  }
  EXPECT_EQ(of_client(request("3d0101 ff")), Outcome::kDhcpMessageType);  // BOOTP
  EXPECT_EQ(of_client(request("350101 350107 ff")), Outcome::kDhcpMessageType);
}

TEST(RelayFromClient, MalformedMessageIsDroppedWithTheOutcomeOfTheParser) {
  EXPECT_EQ(of_client(Bytes(239)), Outcome::kDhcpTruncated);
  EXPECT_EQ(of_client(with(sample::kDiscover, 236, 0)), Outcome::kDhcpCookie);
  EXPECT_EQ(of_client(with(sample::kDiscover, 2, 17)), Outcome::kDhcpHardwareLength);
  EXPECT_EQ(of_client(request("350101")), Outcome::kDhcpOptions);
}

TEST(RelayFromClient, Rfc3046Section21NoRoomDropsRatherThanSendsWithoutOption82) {
  RelayOptions tight = options();
  tight.max_message = sample::kDiscoverRelayed.size();
  Relay relay(tight);
  EXPECT_EQ(relay.from_client(sample::kDiscover, kSubscriber, false).outcome, Outcome::kDhcpRelayed);
  --tight.max_message;
  relay.configure(tight);
  EXPECT_EQ(relay.from_client(sample::kDiscover, kSubscriber, false).outcome, Outcome::kDhcpNoRoom);
  // What is padded must fit as well.
  tight.max_message = 299;
  relay.configure(tight);
  EXPECT_EQ(relay.from_client(request("350101 ff"), kSubscriber, false).outcome, Outcome::kDhcpNoRoom);
}

TEST(RelayFromClient, Draft51Item2SubscriberThatCouldNotBeAnsweredIsNotHeard) {
  for (const auto* text : {"::", "::1", "fe80::2", "ff02::1", "2001:db8:ff::1"}) {
    Relay relay(options());
    EXPECT_EQ(relay.from_client(sample::kDiscover, {*parse_ipv6(text), kBr}, false).outcome,
              Outcome::kDhcpUnauthorised)
        << text;
  }
  Relay relay(options());
  EXPECT_EQ(relay.from_client(sample::kDiscover, {kSubscriber.address, kOtherBr}, false).outcome,
            Outcome::kDhcpBrAddress);
}

TEST(RelayFromClient, WithSeveralBrAddressesSubOption1NamesTheOneThatWasUsed) {
  Relay relay(options_of_two_brs());
  const auto result = relay.from_client(request("350101 ff"), {kSubscriber.address, kOtherBr}, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  const Bytes option82 = hex(
      "522d 0110 20010db800ff00000000000000000002 0210 20010db800a200000000000000000002 0a0100 0b0464400001");
  EXPECT_THAT(result.message.subspan(243, option82.size()), ElementsAreArray(option82));
}

TEST(RelayFromClient, OneBrAddressConfiguredTwiceIsOne) {
  RelayOptions twice = options();
  twice.br_addresses = {kBr, kBr};
  Relay relay(twice);
  EXPECT_THAT(relay.from_client(sample::kDiscover, kSubscriber, false).message,
              ElementsAreArray(sample::kDiscoverRelayed));
}

TEST(RelayFromClient, SubscriberTravelsInTheSubOptionThatIsConfigured) {
  RelayOptions circuit_id = options_of_two_brs();
  circuit_id.client_suboption = suboption::kCircuitId;
  Relay relay(circuit_id);
  const auto result = relay.from_client(request("350101 ff"), kSubscriber, false);
  const auto option82 =
      Option82View::parse(*MessageView::parse(result.message)->sole(option::kRelayAgentInformation));
  EXPECT_EQ(option82->ipv6(suboption::kCircuitId), kSubscriber.address);
  EXPECT_EQ(option82->ipv6(suboption::kRemoteId), kBr);
}

TEST(RelayOptions, SubOptionsWithAMeaningOfTheirOwnAreNotForTheSubscriber) {
  for (const unsigned code : {0U, 5U, 10U, 11U, 12U, 255U}) {
    EXPECT_FALSE(RelayOptions::is_client_suboption(static_cast<std::uint8_t>(code))) << code;
  }
  for (const unsigned code : {1U, 2U, 200U}) {
    EXPECT_TRUE(RelayOptions::is_client_suboption(static_cast<std::uint8_t>(code))) << code;
  }
}

// ---- from servers

TEST(RelayFromServer, RealOfferReachesTheClientWithoutOption82) {
  Relay relay(options());
  const auto result = relay.from_server(sample::kOffer, kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, kSubscriber);
  EXPECT_EQ(result.destination, kLeased);
  EXPECT_THAT(result.message, ElementsAreArray(sample::kOfferDelivered));
}

TEST(RelayFromServer, Draft51Item4ReplyGoesToTheSubscriberOfTheSubOptionThoughTheAddressIsShared) {
  Relay relay(options());
  for (const auto* text : {"2001:db8:a2::2", "2001:db8:a3::2"}) {
    const Subscriber subscriber{*parse_ipv6(text), kBr};
    const auto relayed = relay.from_client(sample::kDiscover, subscriber, false);
    const auto option82 = MessageView::parse(relayed.message)->sole(option::kRelayAgentInformation);
    const Bytes echo = join({hex("521b"), Bytes(option82->begin(), option82->end())});
    const auto result = relay.from_server(reply(echo), kServer, 67);
    EXPECT_EQ(result.subscriber, subscriber);
    EXPECT_EQ(result.destination, kLeased);
  }
}

TEST(RelayFromServer, Rfc3046Section22Option82IsRemovedWhereverItStandsAndTheRestStaysInOrder) {
  const Bytes before = hex("350102 00 360464400001");
  const Bytes after = hex("00 3d0101 0000 330400000258");
  const Bytes expected = message(kReplyHeader, join({before, after, hex("ff")}));
  const Bytes middle = message(kReplyHeader, join({before, sample::kOption82, after, hex("ff")}), 400);
  const Bytes first = message(kReplyHeader, join({sample::kOption82, before, after, hex("ff")}));
  const Bytes last = message(kReplyHeader, join({before, after, sample::kOption82, hex("ff")}));
  Relay relay(options());
  for (const Bytes& octets : {middle, first, last}) {
    const auto result = relay.from_server(octets, kServer, 67);
    ASSERT_EQ(result.outcome, Outcome::kDhcpDelivered);
    EXPECT_THAT(result.message, ElementsAreArray(expected));  // 300 octets
  }
}

TEST(RelayFromServer, Rfc3046Section21SnameAndFileAreLeftAlone) {
  // An option 82 in file neither names the subscriber nor is removed.
  Bytes octets = message(kReplyHeader, join({hex("350102 340101"), sample::kOption82, hex("ff")}));
  const Bytes file = hex("521b 0210 20010db800a900000000000000000009 0a0100 0b0464400001 ff");
  std::copy(file.begin(), file.end(), octets.begin() + 108);
  Relay relay(options());
  const auto result = relay.from_server(octets, kServer, 67);
  ASSERT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, kSubscriber);
  EXPECT_THAT(result.message.first(236), ElementsAreArray(Octets(octets).first(236)));

  Bytes only_there = message(kReplyHeader, hex("350102 340101 ff"));
  std::copy(file.begin(), file.end(), only_there.begin() + 108);
  EXPECT_EQ(of_server(only_there), Outcome::kDhcpNoOption82);
}

TEST(RelayFromServer, Rfc1542Section412OnlyConfiguredServersAreHeardAndOnlyFromPort67) {
  Relay relay(options());
  EXPECT_EQ(relay.from_server(sample::kOffer, Ipv4Address(10, 99, 0, 2), 67).outcome,
            Outcome::kDhcpUnknownServer);
  EXPECT_EQ(relay.from_server(sample::kOffer, kServer, 68).outcome, Outcome::kDhcpUnknownServer);
  EXPECT_EQ(relay.from_server(sample::kOffer, Ipv4Address(10, 99, 0, 7), 67).outcome,
            Outcome::kDhcpDelivered);
}

TEST(RelayFromServer, Rfc3046Section4RelayingIsOffUntilAServerIsNamed) {
  RelayOptions off = options();
  off.servers.clear();
  EXPECT_EQ(of_server(sample::kOffer, off), Outcome::kDhcpUnknownServer);
}

TEST(RelayFromServer, Rfc1542Section412GiaddrMustBeOurs) {
  EXPECT_EQ(of_server(with(sample::kOffer, 27, 2)), Outcome::kDhcpGiaddr);
  EXPECT_EQ(of_server(reply(sample::kOption82, "02010601")), Outcome::kDhcpGiaddr);  // zero
}

TEST(RelayFromServer, Rfc1542Section41OnlyRepliesComeFromServers) {
  EXPECT_EQ(of_server(with(sample::kOffer, 0, 1)), Outcome::kDhcpOp);
}

TEST(RelayFromServer, Rfc2131Section3TypesThatTravelFromServers) {
  for (unsigned type = 0; type <= 255; ++type) {
    const bool travels = type == 2 || type == 5 || type == 6;
    EXPECT_EQ(of_server(with(sample::kOffer, 242, static_cast<std::uint8_t>(type))),
              travels ? Outcome::kDhcpDelivered : Outcome::kDhcpMessageType)
        << type;
  }
}

TEST(RelayFromServer, MalformedMessageIsDroppedWithTheOutcomeOfTheParser) {
  EXPECT_EQ(of_server(Bytes(239)), Outcome::kDhcpTruncated);
  EXPECT_EQ(of_server(with(sample::kOffer, 239, 0)), Outcome::kDhcpCookie);
  EXPECT_EQ(of_server(with(sample::kOffer, 2, 17)), Outcome::kDhcpHardwareLength);
  EXPECT_EQ(of_server(message(kReplyHeader, hex("350102"))), Outcome::kDhcpOptions);
}

TEST(RelayFromServer, Rfc3046Section22NoOption82NoSubscriber) {
  EXPECT_EQ(of_server(reply({})), Outcome::kDhcpNoOption82);
}

TEST(RelayFromServer, KeaSortsSubOptionsByCodeAndDhcpdKeepsTheirOrder) {
  const Bytes other_order = hex("521b 0b0464400001 0a0100 0210 20010db800a200000000000000000002");
  EXPECT_EQ(of_server(reply(other_order)), Outcome::kDhcpDelivered);
  EXPECT_EQ(of_server(reply(sample::kOption82)), Outcome::kDhcpDelivered);
}

TEST(RelayFromServer, KeaEchoesASplitOption82Twice) {
  EXPECT_EQ(of_server(reply(join({sample::kOption82, sample::kOption82}))), Outcome::kDhcpOption82);
  EXPECT_EQ(of_server(reply(join({sample::kOption82, hex("3d0101 5200")}))), Outcome::kDhcpOption82);
}

TEST(RelayFromServer, KeaConcatenatesRepeatedSubOptions) {
  const Bytes two_in_one =
      hex("522b 0220 20010db800a100000000000000000002 20010db800a200000000000000000002 0a0100 0b0464400001");
  EXPECT_EQ(of_server(reply(two_in_one)), Outcome::kDhcpClientAddress);
}

TEST(RelayFromServer, Rfc3046Section20TruncatedSubOptionIsRefused) {
  EXPECT_EQ(of_server(reply(hex("5212 0211 20010db800a200000000000000000002"))), Outcome::kDhcpOption82);
  EXPECT_EQ(of_server(reply(hex("5213 0210 20010db800a200000000000000000002 0a"))), Outcome::kDhcpOption82);
}

TEST(RelayFromServer, Draft51Item2SubOptionWithTheClientIsThereOnceAndHas16Octets) {
  EXPECT_EQ(of_server(reply(hex("5200"))), Outcome::kDhcpClientAddress);
  EXPECT_EQ(of_server(reply(hex("5209 0a0100 0b0464400001"))), Outcome::kDhcpClientAddress);
  EXPECT_EQ(of_server(reply(hex("5211 020f 20010db800a2000000000000000000"))), Outcome::kDhcpClientAddress);
  EXPECT_EQ(of_server(reply(
                hex("5224 0210 20010db800a200000000000000000002 0210 20010db800a200000000000000000002"))),
            Outcome::kDhcpClientAddress);
}

TEST(RelayFromServer, Draft51Item2AddressThatIsNoSubscribersIsRefused) {
  for (const auto* address : {
           "00000000000000000000000000000000",  // unspecified
           "00000000000000000000000000000001",  // loopback
           "fe800000000000000000000000000002",  // link-local
           "febf0000000000000000000000000002",  // link-local: fe80::/10
           "ff020000000000000000000000000001",  // multicast
           "20010db800ff00000000000000000001",  // our own
       }) {
    EXPECT_EQ(of_server(reply(hex(std::string("52120210") + address))), Outcome::kDhcpClientAddress)
        << address;
  }
  EXPECT_EQ(of_server(reply(hex("52120210 fec00000000000000000000000000002"))), Outcome::kDhcpDelivered);
}

TEST(RelayFromServer, Rfc2473Section31ReplyLeavesFromTheBrAddressThatTheClientUsed) {
  Relay relay(options_of_two_brs());
  const Bytes other = hex("5224 0110 20010db800ff00000000000000000002 0210 20010db800a200000000000000000002");
  const auto result = relay.from_server(reply(other), kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, (Subscriber{kSubscriber.address, kOtherBr}));
}

TEST(RelayFromServer, Rfc2473Section31BrAddressThatIsNotKnownIsRefused) {
  const std::string client = "0210 20010db800a200000000000000000002";
  // Not named where there are several; not ours; of another length; named twice.
  EXPECT_EQ(of_server(reply(hex("5212" + client)), options_of_two_brs()), Outcome::kDhcpBrAddress);
  for (const auto* br :
       {"5224 0110 20010db800ff00000000000000000003", "5216 0102 0001",
        "5236 0110 20010db800ff00000000000000000001 0110 20010db800ff00000000000000000001"}) {
    Bytes option82 = hex(br + client);
    option82[1] = static_cast<std::uint8_t>(option82.size() - 2);
    EXPECT_EQ(of_server(reply(option82), options_of_two_brs()), Outcome::kDhcpBrAddress) << br;
    // One that was taken away since, so that a single one is left, is not replaced by another.
    EXPECT_EQ(of_server(reply(option82)), Outcome::kDhcpBrAddress) << br;
  }
}

TEST(RelayFromServer, Rfc2131Section41DestinationIsCiaddrThenYiaddr) {
  Relay relay(options());
  EXPECT_EQ(relay.from_server(sample::kRenewAck, kServer, 67).destination, kLeased);
  struct Case {
    const char* header;
    Ipv4Address destination;
  };
  const Case cases[] = {
      {"02010601 00000000 00000000 c0000201 c0000202 00000000 64400001", Ipv4Address(192, 0, 2, 1)},
      {"02010601 00000000 00000000 00000000 c0000202 00000000 64400001", Ipv4Address(192, 0, 2, 2)},
      {"02010601 00000000 00000000 c0000201 00000000 00000000 64400001",
       Ipv4Address(192, 0, 2, 1)},  // INFORM
      {"02010601 00000000 00000000 00000000 00000000 00000000 64400001", kEverybody},
      {"02010601 00000000 00000000 e0000001 00000000 00000000 64400001", kEverybody},
      {"02010601 00000000 00000000 7f000001 c0000202 00000000 64400001", Ipv4Address(192, 0, 2, 2)},
      {"02010601 00000000 00000000 ffffffff ffffffff 00000000 64400001", kEverybody},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(to_string(relay.from_server(reply(sample::kOption82, one.header), kServer, 67).destination),
              to_string(one.destination))
        << one.header;
  }
}

TEST(RelayFromServer, Rfc1542Section412BroadcastFlagAsksForABroadcast) {
  Relay relay(options());
  const Bytes octets =
      reply(sample::kOption82, "02010601 00000000 00008000 c0000201 c0000202 00000000 64400001");
  const auto result = relay.from_server(octets, kServer, 67);
  EXPECT_EQ(result.destination, kEverybody);
  EXPECT_EQ(result.message[10], 0x80);
}

TEST(RelayFromServer, Rfc2131Section432NakIsBroadcastWhateverItsFlag) {
  Relay relay(options());
  const auto result = relay.from_server(with(sample::kRenewAck, 242, 6), kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.destination, kEverybody);
  EXPECT_THAT(result.message.subspan(8, 4), testing::Each(0));  // secs and flags as the server set them
}

TEST(RelayFromServer, Rfc5107Section4ServerIdentifierThatIsNotTheOverrideIsCountedAndPasses) {
  Relay relay(options());
  relay.from_server(sample::kOffer, kServer, 67);
  EXPECT_EQ(counters(relay).at("dhcp-server-identifier-not-overridden"), 0U);
  const Bytes own = message(kReplyHeader, join({hex("350102 36040a630001"), sample::kOption82, hex("ff")}));
  const auto result = relay.from_server(own, kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_THAT(*MessageView::parse(result.message)->sole(option::kServerIdentifier),
              ElementsAreArray(hex("0a630001")));
  EXPECT_EQ(counters(relay).at("dhcp-server-identifier-not-overridden"), 1U);
  // None is there: a server that does so is wrong in another way.
  relay.from_server(message(kReplyHeader, join({hex("350102"), sample::kOption82, hex("ff")})), kServer, 67);
  EXPECT_EQ(counters(relay).at("dhcp-server-identifier-not-overridden"), 1U);
}

TEST(RelayFromServer, Rfc5107Section4AnswersOfEveryServerAreDelivered) {
  Relay relay(options());
  for (const Ipv4Address server : {kServer, Ipv4Address(10, 99, 0, 7), kServer}) {
    EXPECT_EQ(relay.from_server(sample::kOffer, server, 67).outcome, Outcome::kDhcpDelivered);
  }
}

// ---- both

TEST(Relay, RemembersNothingSoARestartInAnExchangeLosesNothing) {
  Relay before(options_of_two_brs());
  const Subscriber subscriber{kSubscriber.address, kOtherBr};
  const auto relayed = before.from_client(sample::kDiscover, subscriber, false);
  Bytes answer(relayed.message.begin(), relayed.message.end());
  answer[0] = Header::kBootReply;
  answer[242] = 2;
  Relay after(options_of_two_brs());
  const auto result = after.from_server(answer, kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, subscriber);
}

TEST(Relay, StatisticsCountWhatCameAndWhatWentByType) {
  Relay relay(options());
  relay.from_client(sample::kDiscover, kSubscriber, false);
  relay.from_client(with(sample::kDiscover, 3, 5), kSubscriber, false);    // hops: came, did not go
  relay.from_client(with(sample::kDiscover, 242, 2), kSubscriber, false);  // OFFER of a client: neither
  relay.from_client(sample::kRenew, kSubscriber, true);
  relay.from_client(with(sample::kDiscover, 242, 4), kSubscriber, false);
  relay.from_client(sample::kRelease, kSubscriber, true);
  relay.from_client(with(sample::kDiscover, 242, 8), kSubscriber, false);
  relay.from_server(sample::kOffer, kServer, 67);
  relay.from_server(sample::kOffer, Ipv4Address(10, 0, 0, 1), 67);  // of a stranger: neither
  relay.from_server(sample::kRenewAck, kServer, 67);
  relay.from_server(with(sample::kRenewAck, 27, 9), kServer, 67);  // giaddr: came, did not go
  relay.from_server(with(sample::kRenewAck, 242, 6), kServer, 67);
  EXPECT_THAT(counters(relay), ElementsAreArray(std::map<std::string, std::uint64_t>{
                                   {"dhcp-rx-ack", 2},
                                   {"dhcp-rx-decline", 1},
                                   {"dhcp-rx-discover", 2},
                                   {"dhcp-rx-inform", 1},
                                   {"dhcp-rx-nak", 1},
                                   {"dhcp-rx-offer", 1},
                                   {"dhcp-rx-release", 1},
                                   {"dhcp-rx-request", 1},
                                   {"dhcp-server-identifier-not-overridden", 0},
                                   {"dhcp-tx-ack", 1},
                                   {"dhcp-tx-decline", 1},
                                   {"dhcp-tx-discover", 1},
                                   {"dhcp-tx-inform", 1},
                                   {"dhcp-tx-nak", 1},
                                   {"dhcp-tx-offer", 1},
                                   {"dhcp-tx-release", 1},
                                   {"dhcp-tx-request", 1},
                               }));
}

TEST(MessageStatistics, TellsWhatEachServerSent) {
  Relay relay(options());
  const Ipv4Address other(10, 99, 0, 7);
  relay.from_server(sample::kOffer, kServer, 67);
  relay.from_server(sample::kRenewAck, kServer, 67);
  relay.from_server(sample::kRenewAck, other, 67);
  relay.from_server(sample::kOffer, Ipv4Address(10, 0, 0, 1), 67);  // of a stranger
  MessageStatistics twice = relay.statistics();
  twice += relay.statistics();
  const auto of_server = [&](Ipv4Address server) {
    std::map<std::string, std::uint64_t> received;
    twice.for_each_type_of_server(
        server, [&](std::string_view type, std::uint64_t messages) { received.emplace(type, messages); });
    return received;
  };
  using Received = std::map<std::string, std::uint64_t>;
  EXPECT_EQ(of_server(kServer), (Received{{"offer", 2}, {"ack", 2}, {"nak", 0}}));
  EXPECT_EQ(of_server(other), (Received{{"offer", 0}, {"ack", 2}, {"nak", 0}}));
  EXPECT_EQ(of_server(Ipv4Address(10, 0, 0, 1)), (Received{{"offer", 0}, {"ack", 0}, {"nak", 0}}));
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
