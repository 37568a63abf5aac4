// SPDX-License-Identifier: BSD-3-Clause
// Tests what the embedded server grants to a client in state SELECTING.
#include <gtest/gtest.h>

#include "dhcp_server_fixture.h"

namespace softwire::controlplane::dhcp {
namespace {

TEST_F(DhcpServer, GrantsToASelectingClientOnlyWhatItWasOffered_Rfc2131_4_3_2) {
  const Client client = Client::behind(1);
  const Reply blind = tell(client, client.select(whole(4)));
  EXPECT_EQ(blind.type, MessageType::kNak);
  EXPECT_EQ(blind.destination, kEverybody);
  EXPECT_EQ(lease_table.size(), 0U);
  ASSERT_EQ(tell(client, client.discover()).yiaddr(), whole(1));
  EXPECT_EQ(tell(client, client.select(whole(4))).type, MessageType::kNak) << "offered is another address";
  const Client other = Client::behind(2);
  EXPECT_EQ(tell(other, other.select(whole(1))).type, MessageType::kNak) << "offered to another client";
  Client beside = client;
  beside.id = {0, 2};
  EXPECT_EQ(tell(beside, beside.select(whole(1))).type, MessageType::kNak);
  Client over_ipv6 = Client::behind(3);
  over_ipv6.may_move = true;
  EXPECT_EQ(tell(over_ipv6, over_ipv6.select(whole(3))).type, MessageType::kNak);
  EXPECT_EQ(tell(client, client.select(whole(1))).type, MessageType::kAck);
  EXPECT_EQ(lease_table.size(), 1U);
}

// The ACK may be lost.
TEST_F(DhcpServer, AcknowledgesARepeatedRequestAfterARestartToo_Rfc2131_4_3_2) {
  const Client client = Client::sharing(1);
  (void)lease(client);
  EXPECT_EQ(tell(client, client.select(shared(1), set_of(1))).type, MessageType::kAck);
  wait(2 * AddressAllocator::kOfferTime);
  EXPECT_EQ(tell(client, client.select(shared(1), set_of(1))).type, MessageType::kAck);
  Server restarted(options_of({kWhole, kShared}), lease_table);
  const Bytes again = client.select(shared(1), set_of(1));
  const auto answer = restarted.answer({*MessageView::parse(again), client.subscriber}, now, lease_table);
  ASSERT_EQ(answer.outcome, Outcome::kDhcpAnswered);
  EXPECT_EQ(MessageView::parse(answer.message)->message_type(), MessageType::kAck);
  EXPECT_EQ(answer.grant->key(), (LeaseKey{shared(1), 1}));
}

// The NAK makes the client start again (RFC 2131 section 3.1 item 5).
TEST_F(DhcpServer, RefusesAloudAnOfferThatARestartHasForgotten_Rfc2131_3_1) {
  const Client client = Client::behind(1);
  (void)tell(client, client.discover());
  Server restarted(options_of({kWhole, kShared}), lease_table);
  const Bytes select = client.select(whole(1));
  const auto answer = restarted.answer({*MessageView::parse(select), client.subscriber}, now, lease_table);
  ASSERT_EQ(answer.outcome, Outcome::kDhcpAnswered);
  EXPECT_EQ(MessageView::parse(answer.message)->message_type(), MessageType::kNak);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
