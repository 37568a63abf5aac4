// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp6_samples.h"

namespace softwire::controlplane::dhcp6 {
namespace {

using testing::ElementsAreArray;

TEST(Dhcp6Message, Rfc8415Section8ClientMessageHasTypeTransactionIdAndOptions) {
  const Bytes octets = hex("0b 123456 0006 0004 005e 0060 0008 0002 0000");
  const auto message = MessageView::parse(octets);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->type(), MessageType::kInformationRequest);
  EXPECT_EQ(message->transaction_id(), 0x123456U);
  EXPECT_THAT(*message->options().sole(8), ElementsAreArray(hex("0000")));
  EXPECT_TRUE(requests(message->options(), option::kS46ContMapE));
  EXPECT_TRUE(requests(message->options(), option::kS46ContLw));
  EXPECT_FALSE(requests(message->options(), option::kS46ContMapT));
}

TEST(Dhcp6Message, Rfc7341Section6QueryHasFlags) {
  const Bytes octets = hex("14 800000 0057 0001 aa");
  const auto message = MessageView::parse(octets);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->type(), MessageType::kDhcpv4Query);
  EXPECT_EQ(message->flags(), kUnicastFlag);
}

TEST(Dhcp6Message, Rfc8415Section9RelayMessageHasHopCountAndAddresses) {
  const Bytes octets = sample::relay_header(12, 3);
  const auto message = MessageView::parse(octets);
  ASSERT_TRUE(message.ok());
  EXPECT_TRUE(message->is_relay());
  EXPECT_EQ(message->hop_count(), 3);
  EXPECT_EQ(message->link_address(), sample::kLink);
  EXPECT_EQ(message->peer_address(), sample::kClient);
}

TEST(Dhcp6Message, EveryTruncationInsideHeaderOrOptionIsMalformed) {
  const Bytes relay = join({sample::relay_header(12, 0), hex("0012 0002 abcd")});
  for (std::size_t size = 0; size < relay.size(); ++size) {
    const auto message = MessageView::parse(Octets(relay).first(size));
    if (size == kRelayHeaderBytes) {
      EXPECT_TRUE(message.ok());
    } else {
      ASSERT_FALSE(message.ok()) << size;
      EXPECT_EQ(message.error(), Outcome::kDhcp6Malformed);
    }
  }
}

TEST(Dhcp6Message, ARepeatedOptionIsNotSole) {
  const Bytes octets = hex("0b 000001 0006 0002 005e 0006 0002 005e");
  const auto message = MessageView::parse(octets);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->options().count(option::kRequest), 2U);
  EXPECT_FALSE(message->options().sole(option::kRequest));
  EXPECT_FALSE(requests(message->options(), option::kS46ContMapE));
}

TEST(Dhcp6Message, BuilderWritesMessagesAndNestedOptions) {
  Builder inner;
  EXPECT_TRUE(inner.add(93, hex("00061400")));
  Builder message(MessageType::kReply, 0x123456);
  EXPECT_TRUE(message.add(92, inner.octets()));
  EXPECT_THAT(message.octets(), ElementsAreArray(hex("07 123456 005c 0008 005d 0004 00061400")));
}

TEST(Dhcp6Message, BuilderRefusesWhatNoDatagramHolds) {
  Builder message(MessageType::kReply, 1);
  EXPECT_FALSE(message.add(87, Bytes(kMaxMessageBytes - 7)));
  EXPECT_EQ(message.octets().size(), 4U);
  EXPECT_TRUE(message.add(87, Bytes(kMaxMessageBytes - 8)));
  EXPECT_EQ(message.octets().size(), kMaxMessageBytes);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp6
