// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "dhcp_samples.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr std::size_t kSname = 44;  // RFC 2131 section 2
constexpr std::size_t kFile = 108;

Bytes with_options(std::string_view options) {
  return message("01010600", hex(options));
}

Outcome refusal(const Bytes& octets) {
  const auto view = MessageView::parse(octets);
  return view ? Outcome::kDhcpRelayed : view.error();
}

// A message whose options field is `options`, with `octets` at `offset` of the header.
Bytes overloaded(std::string_view options, std::size_t offset, std::string_view octets) {
  Bytes out = with_options(options);
  const Bytes part = hex(octets);
  std::copy(part.begin(), part.end(), out.begin() + static_cast<std::ptrdiff_t>(offset));
  return out;
}

TEST(DhcpMessage, Rfc2131Section2FieldsStandWhereTheyStandOnTheWire) {
  Bytes octets = message("0203060a 00112233 0102 8000 c0000201 c0000202 c0000203 c0000204 a1a2a3", hex("ff"));
  octets[kSname] = 0x11;
  octets[kFile] = 0x22;
  const auto view = MessageView::parse(octets);
  ASSERT_TRUE(view);
  const Header& header = view->header();
  EXPECT_EQ(header.op, Header::kBootReply);
  EXPECT_EQ(header.htype, 3);
  EXPECT_EQ(header.hlen, 6);
  EXPECT_EQ(header.hops, 10);
  EXPECT_EQ(header.xid.value(), 0x00112233U);
  EXPECT_EQ(header.secs.value(), 0x0102);
  EXPECT_TRUE(header.broadcast());
  EXPECT_EQ(header.ciaddr, Ipv4Address(192, 0, 2, 1));
  EXPECT_EQ(header.yiaddr, Ipv4Address(192, 0, 2, 2));
  EXPECT_EQ(header.siaddr, Ipv4Address(192, 0, 2, 3));
  EXPECT_EQ(header.giaddr, Ipv4Address(192, 0, 2, 4));
  EXPECT_EQ(header.chaddr[2], 0xa3);
  EXPECT_EQ(header.sname[0], 0x11);
  EXPECT_EQ(header.file[0], 0x22);
}

TEST(DhcpMessage, Rfc2131Section2BroadcastIsTheFirstFlagAndNoOther) {
  const Bytes others = message("01010600 00000000 0000 7fff", hex("ff"));
  EXPECT_FALSE(MessageView::parse(others)->header().broadcast());
}

TEST(DhcpMessage, RealDiscoverHasItsOptionsInOrder) {
  const auto view = MessageView::parse(sample::kDiscover);
  ASSERT_TRUE(view);
  std::vector<unsigned> codes;
  for (const Option option : view->options()) codes.push_back(option.code());
  EXPECT_THAT(codes, ElementsAre(53, 57, 55, 60, 61));
  EXPECT_EQ(view->message_type(), MessageType::kDiscover);
  const auto vendor_class = view->sole(60);
  ASSERT_TRUE(vendor_class);
  EXPECT_EQ(std::string(vendor_class->begin(), vendor_class->end()), "udhcp 1.35.0");
  EXPECT_EQ(view->octets()[view->end_offset()], option::kEnd);
  EXPECT_EQ(view->end_offset(), 240 + 3 + sample::kUdhcpcOptions.size() + sample::kClientId.size());
}

TEST(DhcpMessage, Rfc2131Section2ShorterThanHeaderAndCookieIsTruncated) {
  for (const std::size_t bytes : {0U, 1U, 235U, 236U, 239U}) {
    EXPECT_EQ(refusal(Bytes(sample::kDiscover.begin(), sample::kDiscover.begin() + std::ptrdiff_t(bytes))),
              Outcome::kDhcpTruncated)
        << bytes;
  }
}

TEST(DhcpMessage, Rfc1542Section21MessageBelow300OctetsIsTakenAllTheSame) {
  EXPECT_TRUE(MessageView::parse(message("01010600", hex("350101ff"), 0)));
}

TEST(DhcpMessage, Rfc2131Section3CookieIsNeeded) {
  for (const std::size_t at : {236U, 237U, 238U, 239U}) {
    Bytes octets = sample::kDiscover;
    octets[at] ^= 1;
    EXPECT_EQ(refusal(octets), Outcome::kDhcpCookie) << at;
  }
}

TEST(DhcpMessage, Rfc2131Section2HardwareAddressHasAtMost16Octets) {
  EXPECT_TRUE(MessageView::parse(message("01fe0000", hex("350101ff"))));  // dhcpcd on a TUN device
  EXPECT_TRUE(MessageView::parse(message("01011000", hex("350101ff"))));
  EXPECT_EQ(refusal(message("01011100", hex("350101ff"))), Outcome::kDhcpHardwareLength);
  EXPECT_EQ(refusal(message("0101ff00", hex("350101ff"))), Outcome::kDhcpHardwareLength);
}

TEST(DhcpMessage, Rfc2131Section41EndIsNeeded) {
  EXPECT_EQ(refusal(message("01010600", {}, 0)), Outcome::kDhcpOptions);
  EXPECT_EQ(refusal(message("01010600", hex("350101"), 0)), Outcome::kDhcpOptions);
  EXPECT_EQ(refusal(message("01010600", hex("350101"), 300)), Outcome::kDhcpOptions);  // pads alone
}

TEST(DhcpMessage, Rfc2132Section2OptionMustEndInsideTheMessage) {
  EXPECT_EQ(refusal(message("01010600", hex("35"), 0)), Outcome::kDhcpOptions);
  EXPECT_EQ(refusal(message("01010600", hex("3501"), 0)), Outcome::kDhcpOptions);
  EXPECT_EQ(refusal(message("01010600", hex("3d03ffff"), 0)), Outcome::kDhcpOptions);
  // One octet too long: it swallows End.
  EXPECT_EQ(refusal(message("01010600", hex("350101 3d03aaaaff"), 0)), Outcome::kDhcpOptions);
}

TEST(DhcpMessage, Rfc2132Section31PadsMayStandBetweenOptions) {
  const Bytes octets = with_options("0000 350103 00 3d020000 0000 ff");
  const auto view = MessageView::parse(octets);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->message_type(), MessageType::kRequest);
  EXPECT_THAT(*view->sole(61), ElementsAre(0, 0));
  EXPECT_EQ(view->end_offset(), 240U + 2 + 3 + 1 + 4 + 2);
}

TEST(DhcpMessage, Rfc2132Section31OptionsAfterEndDoNotExist) {
  const Bytes octets = with_options("350101 ff 5200 3d0101");
  const auto view = MessageView::parse(octets);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->count(82), 0U);
  EXPECT_FALSE(view->sole(61));
}

TEST(DhcpMessage, Rfc2132Section96MessageTypeIsOneOctetAndThereOnce) {
  EXPECT_FALSE(MessageView::parse(with_options("ff"))->message_type());
  EXPECT_FALSE(MessageView::parse(with_options("3500 ff"))->message_type());
  EXPECT_FALSE(MessageView::parse(with_options("35020101 ff"))->message_type());
  EXPECT_FALSE(MessageView::parse(with_options("350101 350101 ff"))->message_type());
  EXPECT_FALSE(MessageView::parse(with_options("350101 3500 ff"))->message_type());  // RFC 3396: split in two
  EXPECT_EQ(MessageView::parse(with_options("350108 ff"))->message_type(), MessageType::kInform);
}

TEST(DhcpMessage, Rfc3396Section5SplitOptionIsNotTakenForItsFirstPart) {
  const Bytes octets = with_options("350101 3d02aaaa 3d02bbbb ff");
  const auto view = MessageView::parse(octets);
  EXPECT_EQ(view->count(61), 2U);
  EXPECT_FALSE(view->sole(61));
}

TEST(DhcpMessage, Rfc2131Section41OverloadSaysWhichFieldsHoldOptions) {
  // The type is in file; sname is not read.
  Bytes octets = overloaded("340101 ff", kFile, "350101 ff");
  octets[kSname] = 61;
  auto view = MessageView::parse(octets);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->message_type(), MessageType::kDiscover);
  EXPECT_EQ(view->count(61), 0U);
  EXPECT_THAT(std::vector<int>(view->options().octets().begin(), view->options().octets().end()),
              ElementsAre(52, 1, 1));

  octets = overloaded("340102 ff", kSname, "350103 ff");
  view = MessageView::parse(octets);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->message_type(), MessageType::kRequest);

  octets = overloaded("340103 ff", kSname, "350103 ff");
  EXPECT_EQ(refusal(octets), Outcome::kDhcpOptions);  // file has no End
  octets[kFile] = option::kEnd;
  view = MessageView::parse(octets);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->message_type(), MessageType::kRequest);
}

TEST(DhcpMessage, Rfc2131Section41FieldsAreNotReadWithoutOverload) {
  const Bytes octets = overloaded("350101 ff", kFile, "350103 5200 ff");
  const auto view = MessageView::parse(octets);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->message_type(), MessageType::kDiscover);
  EXPECT_EQ(view->count(82), 0U);
}

TEST(DhcpMessage, Rfc2131Section41OptionOfAnOverloadedFieldDoesNotRunIntoTheNextField) {
  Bytes octets = overloaded("340102 ff", kSname, "3d3f");  // 63 octets of value, where 62 are left
  octets[kFile] = option::kEnd;
  EXPECT_EQ(refusal(octets), Outcome::kDhcpOptions);
}

TEST(DhcpMessage, Rfc2132Section93OverloadIs1To3AndThereOnce) {
  for (const auto* options : {"340100 ff", "340104 ff", "3400 ff", "34020101 ff", "340101 340101 ff"}) {
    EXPECT_EQ(refusal(overloaded(options, kFile, "ff")), Outcome::kDhcpOptions) << options;
  }
  EXPECT_TRUE(MessageView::parse(overloaded("340101 ff", kFile, "ff")));
}

TEST(DhcpMessage, OptionGivesCodeValueAndAllItsOctets) {
  const auto view = MessageView::parse(sample::kOffer);
  ASSERT_TRUE(view);
  for (const Option option : view->options()) {
    if (option.code() != option::kRelayAgentInformation) continue;
    EXPECT_THAT(option.octets(), ElementsAreArray(sample::kOption82));
    EXPECT_EQ(option.value().data(), option.octets().data() + 2);
    EXPECT_EQ(option.value().size(), 27U);
  }
  EXPECT_EQ(view->count(82), 1U);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp
