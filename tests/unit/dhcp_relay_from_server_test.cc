// SPDX-License-Identifier: BSD-3-Clause
// Tests how the relay handles messages from servers.
#include "controlplane/dhcp/relay/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "dhcp_relay_fixture.h"
#include "dhcp_samples.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAreArray;

TEST(RelayFromServer, RealOfferReachesTheClientWithoutOption82) {
  Relay relay(options());
  const auto result = from_server(relay, sample::kOffer, kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, kSubscriber);
  EXPECT_EQ(result.destination, kLeased);
  EXPECT_THAT(result.message, ElementsAreArray(sample::kOfferDelivered));
}

TEST(RelayFromServer, Draft51Item4ReplyGoesToTheSubscriberOfTheSubOptionThoughTheAddressIsShared) {
  Relay relay(options());
  for (const auto* text : {"2001:db8:a2::2", "2001:db8:a3::2"}) {
    const Subscriber subscriber{*parse_ipv6(text), kBr};
    const auto relayed = from_client(relay, sample::kDiscover, subscriber, false);
    const auto option82 = MessageView::parse(relayed.message)->sole(option::kRelayAgentInformation);
    const Bytes echo = join({hex("521b"), Bytes(option82->begin(), option82->end())});
    const auto result = from_server(relay, reply(echo), kServer, 67);
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
    const auto result = from_server(relay, octets, kServer, 67);
    ASSERT_EQ(result.outcome, Outcome::kDhcpDelivered);
    EXPECT_THAT(result.message, ElementsAreArray(expected));  // 300 octets
  }
}

TEST(RelayFromServer, Rfc3046Section21SnameAndFileAreLeftAlone) {
  // An option 82 in the file field is not used to find the subscriber, and not removed.
  Bytes octets = message(kReplyHeader, join({hex("350102 340101"), sample::kOption82, hex("ff")}));
  const Bytes file = hex("521b 0210 20010db800a900000000000000000009 0a0100 0b0464400001 ff");
  std::copy(file.begin(), file.end(), octets.begin() + 108);
  Relay relay(options());
  const auto result = from_server(relay, octets, kServer, 67);
  ASSERT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, kSubscriber);
  EXPECT_THAT(result.message.first(236), ElementsAreArray(Octets(octets).first(236)));

  Bytes only_there = message(kReplyHeader, hex("350102 340101 ff"));
  std::copy(file.begin(), file.end(), only_there.begin() + 108);
  EXPECT_EQ(of_server(only_there), Outcome::kDhcpNoOption82);
}

TEST(RelayFromServer, Rfc1542Section412OnlyConfiguredServersAreHeardAndOnlyFromPort67) {
  Relay relay(options());
  EXPECT_EQ(from_server(relay, sample::kOffer, Ipv4Address(10, 99, 0, 2), 67).outcome,
            Outcome::kDhcpUnknownServer);
  EXPECT_EQ(from_server(relay, sample::kOffer, kServer, 68).outcome, Outcome::kDhcpUnknownServer);
  EXPECT_EQ(from_server(relay, sample::kOffer, Ipv4Address(10, 99, 0, 7), 67).outcome,
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
  const auto result = from_server(relay, reply(other), kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, (Subscriber{kSubscriber.address, kOtherBr}));
}

TEST(RelayFromServer, Rfc2473Section31BrAddressThatIsNotKnownIsRefused) {
  const std::string client = "0210 20010db800a200000000000000000002";
  // The BR address is missing although there are several; is not ours; has another length; is repeated.
  EXPECT_EQ(of_server(reply(hex("5212" + client)), options_of_two_brs()), Outcome::kDhcpBrAddress);
  for (const auto* br :
       {"5224 0110 20010db800ff00000000000000000003", "5216 0102 0001",
        "5236 0110 20010db800ff00000000000000000001 0110 20010db800ff00000000000000000001"}) {
    Bytes option82 = hex(br + client);
    option82[1] = static_cast<std::uint8_t>(option82.size() - 2);
    EXPECT_EQ(of_server(reply(option82), options_of_two_brs()), Outcome::kDhcpBrAddress) << br;
    // The BR address of the answer was removed from the hub. The only one that is left does not replace it.
    EXPECT_EQ(of_server(reply(option82)), Outcome::kDhcpBrAddress) << br;
  }
}

TEST(RelayFromServer, Rfc2131Section41DestinationIsCiaddrThenYiaddr) {
  Relay relay(options());
  EXPECT_EQ(from_server(relay, sample::kRenewAck, kServer, 67).destination, kLeased);
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
    EXPECT_EQ(to_string(from_server(relay, reply(sample::kOption82, one.header), kServer, 67).destination),
              to_string(one.destination))
        << one.header;
  }
}

TEST(RelayFromServer, Rfc1542Section412BroadcastFlagAsksForABroadcast) {
  Relay relay(options());
  const Bytes octets =
      reply(sample::kOption82, "02010601 00000000 00008000 c0000201 c0000202 00000000 64400001");
  const auto result = from_server(relay, octets, kServer, 67);
  EXPECT_EQ(result.destination, kEverybody);
  EXPECT_EQ(result.message[10], 0x80);
}

TEST(RelayFromServer, Rfc2131Section432NakIsBroadcastWhateverItsFlag) {
  Relay relay(options());
  const auto result = from_server(relay, with(sample::kRenewAck, 242, 6), kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.destination, kEverybody);
  EXPECT_THAT(result.message.subspan(8, 4), testing::Each(0));  // secs and flags as the server set them
}

TEST(RelayFromServer, Rfc5107Section4ServerIdentifierThatIsNotTheOverrideIsCountedAndPasses) {
  Relay relay(options());
  from_server(relay, sample::kOffer, kServer, 67);
  EXPECT_EQ(counters(relay).at("dhcp-server-identifier-not-overridden"), 0U);
  const Bytes own = message(kReplyHeader, join({hex("350102 36040a630001"), sample::kOption82, hex("ff")}));
  const auto result = from_server(relay, own, kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_THAT(*MessageView::parse(result.message)->sole(option::kServerIdentifier),
              ElementsAreArray(hex("0a630001")));
  EXPECT_EQ(counters(relay).at("dhcp-server-identifier-not-overridden"), 1U);
  // An answer without option 54 does not count.
  from_server(relay, message(kReplyHeader, join({hex("350102"), sample::kOption82, hex("ff")})), kServer, 67);
  EXPECT_EQ(counters(relay).at("dhcp-server-identifier-not-overridden"), 1U);
}

TEST(RelayFromServer, Rfc5107Section4AnswersOfEveryServerAreDelivered) {
  Relay relay(options());
  for (const Ipv4Address server : {kServer, Ipv4Address(10, 99, 0, 7), kServer}) {
    EXPECT_EQ(from_server(relay, sample::kOffer, server, 67).outcome, Outcome::kDhcpDelivered);
  }
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
