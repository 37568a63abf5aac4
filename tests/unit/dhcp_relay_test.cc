// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/relay/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "controlplane/dhcp/relay/suboptions.h"
#include "dhcp_relay_fixture.h"
#include "dhcp_samples.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAreArray;

// ---- from clients

TEST(RelayFromClient, RealDiscoverBecomesWhatKeaUnderstood) {
  Relay relay(options());
  const auto result = from_client(relay, sample::kDiscover, kSubscriber, false);
  EXPECT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_THAT(result.message, ElementsAreArray(sample::kDiscoverRelayed));
}

TEST(RelayFromClient, Rfc5107Section4RealRenewalToTheOverrideAddressIsRelayedLikeABroadcast) {
  Relay relay(options());
  const auto result = from_client(relay, sample::kRenew, kSubscriber, true);
  EXPECT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_THAT(result.message, ElementsAreArray(sample::kRenewRelayed));
}

TEST(RelayFromClient, Rfc1542Section411AllButHopsAndGiaddrAndOptionsStaysAsItIs) {
  // Every octet of the header and the options differs from its neighbours; secs and all flags are set.
  Bytes octets(290);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i * 7 + 1);
  const Bytes start = hex("010f1003");
  std::copy(start.begin(), start.end(), octets.begin());
  std::fill(octets.begin() + 24, octets.begin() + 28, 0);
  const Bytes tail = join({hex("63825363 350101 00 3d21"), Bytes(33, 0xee), hex("ff")});
  std::copy(tail.begin(), tail.end(), octets.begin() + 236);
  const std::size_t end = 236 + tail.size() - 1;

  Relay relay(options());
  const auto result = from_client(relay, octets, kSubscriber, false);
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
  const auto result = from_client(relay, octets, kSubscriber, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_THAT(result.message,
              ElementsAreArray(message("01010601 953b2604 00000000 00000000 00000000 00000000 64400001",
                                       join({hex("350101 3d0101"), sample::kOption82, hex("ff")}))));
}

TEST(RelayFromClient, Rfc1542Section21ShortMessageIsPaddedTo300Octets) {
  Relay relay(options());
  const auto result = from_client(relay, message(kRequestHeader, hex("350101ff"), 0), kSubscriber, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  EXPECT_EQ(result.message.size(), 300U);
  EXPECT_THAT(result.message.subspan(240 + 3 + 29 + 1), testing::Each(0));
}

TEST(RelayFromClient, Rfc6842ClientIdentifierIsUntouched) {
  Relay relay(options());
  const auto result = from_client(relay, sample::kRelease, kSubscriber, true);
  const auto relayed = MessageView::parse(result.message);
  ASSERT_TRUE(relayed);
  EXPECT_THAT(*relayed->sole(61), ElementsAreArray(Octets(sample::kClientId).subspan(2)));
}

TEST(RelayFromClient, Rfc5010Section3FlagSaysUnicast) {
  for (const bool unicast : {false, true}) {
    Relay relay(options());
    const auto result = from_client(relay, sample::kRenew, kSubscriber, unicast);
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
  EXPECT_EQ(from_client(relay, with(sample::kDiscover, 3, 17), kSubscriber, false).outcome,
            Outcome::kDhcpHops);
  const auto result = from_client(relay, with(sample::kDiscover, 3, 16), kSubscriber, false);
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
  EXPECT_EQ(of_client(request("350101 ff 5200 ff")), Outcome::kDhcpRelayed);  // after End it does not count
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
  const auto result = from_client(relay, octets, kSubscriber, false);
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
  EXPECT_EQ(from_client(relay, sample::kDiscover, kSubscriber, false).outcome, Outcome::kDhcpRelayed);
  --tight.max_message;
  relay.configure(tight);
  EXPECT_EQ(from_client(relay, sample::kDiscover, kSubscriber, false).outcome, Outcome::kDhcpNoRoom);
  // The message with padding must fit as well.
  tight.max_message = 299;
  relay.configure(tight);
  EXPECT_EQ(from_client(relay, request("350101 ff"), kSubscriber, false).outcome, Outcome::kDhcpNoRoom);
}

TEST(RelayFromClient, Draft51Item2SubscriberThatCouldNotBeAnsweredIsNotHeard) {
  for (const auto* text : {"::", "::1", "fe80::2", "ff02::1", "2001:db8:ff::1"}) {
    Relay relay(options());
    EXPECT_EQ(from_client(relay, sample::kDiscover, {*parse_ipv6(text), kBr}, false).outcome,
              Outcome::kDhcpUnauthorised)
        << text;
  }
  Relay relay(options());
  EXPECT_EQ(from_client(relay, sample::kDiscover, {kSubscriber.address, kOtherBr}, false).outcome,
            Outcome::kDhcpBrAddress);
}

TEST(RelayFromClient, WithSeveralBrAddressesSubOption1NamesTheOneThatWasUsed) {
  Relay relay(options_of_two_brs());
  const auto result = from_client(relay, request("350101 ff"), {kSubscriber.address, kOtherBr}, false);
  ASSERT_EQ(result.outcome, Outcome::kDhcpRelayed);
  const Bytes option82 = hex(
      "522d 0110 20010db800ff00000000000000000002 0210 20010db800a200000000000000000002 0a0100 0b0464400001");
  EXPECT_THAT(result.message.subspan(243, option82.size()), ElementsAreArray(option82));
}

TEST(RelayFromClient, OneBrAddressConfiguredTwiceIsOne) {
  RelayOptions twice = options();
  twice.br_addresses = {kBr, kBr};
  Relay relay(twice);
  EXPECT_THAT(from_client(relay, sample::kDiscover, kSubscriber, false).message,
              ElementsAreArray(sample::kDiscoverRelayed));
}

TEST(RelayFromClient, SubscriberTravelsInTheSubOptionThatIsConfigured) {
  RelayOptions circuit_id = options_of_two_brs();
  circuit_id.client_suboption = suboption::kCircuitId;
  Relay relay(circuit_id);
  const auto result = from_client(relay, request("350101 ff"), kSubscriber, false);
  const auto option82 =
      Option82View::parse(*MessageView::parse(result.message)->sole(option::kRelayAgentInformation));
  EXPECT_EQ(option82->ipv6(suboption::kCircuitId), kSubscriber.address);
  EXPECT_EQ(option82->ipv6(suboption::kRemoteId), kBr);
}

// The rows of the table of sub-options in docs/provisioning.md.
std::vector<std::string> documented_suboptions() {
  std::ifstream page(SOFTWIRE_PROVISIONING_PAGE);
  EXPECT_TRUE(page.is_open());
  std::vector<std::string> rows;
  bool is_in_section = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) is_in_section = line == "## Option 82";
    if (is_in_section && line.starts_with("| ") && line[2] >= '0' && line[2] <= '9') rows.push_back(line);
  }
  return rows;
}

TEST(RelaySuboptions, AreThoseOfTheProvisioningPage) {
  std::vector<std::string> rows;
  rows.reserve(kAddedSuboptions.size());
  for (const AddedSuboption& added : kAddedSuboptions) {
    rows.push_back("| " + std::to_string(added.code) + " | " + std::string(added.name) + " | " +
                   std::string(added.rfc) + " | " + std::string(added.when) + " |");
  }
  EXPECT_EQ(documented_suboptions(), rows);
}

TEST(RelaySuboptions, AllTogetherFitIntoOption82) {
  RelayOptions most = options_of_two_brs();
  most.circuit_id = most.relay_id = std::string(64, 'x');
  most.link_selection = kServer;
  most.client_as_text = true;
  const auto discover = MessageView::parse(sample::kDiscover);
  const Ipv6Address longest = *parse_ipv6("2001:1db8:1111:2222:3333:4444:5555:6666");
  std::size_t octets = 0;
  for (const AddedSuboption& added : kAddedSuboptions) {
    const auto value = added.value(most, {*discover, {longest, kBr}});
    if (value) octets += 2 + value->size();
  }
  EXPECT_GT(octets, 64U);
  EXPECT_LE(octets, 255U);
}

TEST(RelaySuboptions, SubOptionsWithAMeaningOfTheirOwnAreNotForTheSubscriber) {
  for (const unsigned code : {0U, 5U, 10U, 11U, 12U, 255U}) {
    EXPECT_FALSE(is_client_suboption(static_cast<std::uint8_t>(code))) << code;
  }
  for (const unsigned code : {1U, 2U, 200U}) {
    EXPECT_TRUE(is_client_suboption(static_cast<std::uint8_t>(code))) << code;
  }
}

// ---- both

TEST(Relay, RemembersNothingSoARestartInAnExchangeLosesNothing) {
  Relay before(options_of_two_brs());
  const Subscriber subscriber{kSubscriber.address, kOtherBr};
  const auto relayed = from_client(before, sample::kDiscover, subscriber, false);
  Bytes answer(relayed.message.begin(), relayed.message.end());
  answer[0] = Header::kBootReply;
  answer[242] = 2;
  Relay after(options_of_two_brs());
  const auto result = from_server(after, answer, kServer, 67);
  EXPECT_EQ(result.outcome, Outcome::kDhcpDelivered);
  EXPECT_EQ(result.subscriber, subscriber);
}

TEST(Relay, StatisticsCountWhatCameAndWhatWentByType) {
  Relay relay(options());
  from_client(relay, sample::kDiscover, kSubscriber, false);
  from_client(relay, with(sample::kDiscover, 3, 5), kSubscriber, false);  // hops: received, not sent
  from_client(relay, with(sample::kDiscover, 242, 2), kSubscriber,
              false);  // OFFER from a client: not counted
  from_client(relay, sample::kRenew, kSubscriber, true);
  from_client(relay, with(sample::kDiscover, 242, 4), kSubscriber, false);
  from_client(relay, sample::kRelease, kSubscriber, true);
  from_client(relay, with(sample::kDiscover, 242, 8), kSubscriber, false);
  from_server(relay, sample::kOffer, kServer, 67);
  from_server(relay, sample::kOffer, Ipv4Address(10, 0, 0, 1), 67);  // from an unknown server: not counted
  from_server(relay, sample::kRenewAck, kServer, 67);
  from_server(relay, with(sample::kRenewAck, 27, 9), kServer, 67);  // giaddr: received, not sent
  from_server(relay, with(sample::kRenewAck, 242, 6), kServer, 67);
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
  from_server(relay, sample::kOffer, kServer, 67);
  from_server(relay, sample::kRenewAck, kServer, 67);
  from_server(relay, sample::kRenewAck, other, 67);
  from_server(relay, sample::kOffer, Ipv4Address(10, 0, 0, 1), 67);  // from an unknown server
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
