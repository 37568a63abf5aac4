// SPDX-License-Identifier: BSD-3-Clause
// Tests how a softwire changes the IPv4 header. The checksum must stay correct for every value (RFC 1624).
#include "dataplane/softwire/rewrite.h"

#include <gtest/gtest.h>

namespace softwire::dataplane {
namespace {

bool checksum_ok(const Ipv4Header& header) {
  return ipv4_header_checksum_ok(reinterpret_cast<const std::uint8_t*>(&header), sizeof header);
}

// A header whose identification can give every checksum.
Ipv4Header header_of(std::uint8_t time_to_live, std::uint16_t identification) {
  Ipv4Header header;
  header.total_length = be16(46);
  header.identification = be16(identification);
  header.time_to_live = time_to_live;
  header.protocol = ip_protocol::kUdp;
  header.source = Ipv4Address(192, 0, 2, 1);
  header.destination = Ipv4Address(198, 51, 100, 1);
  header.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
  return header;
}

TEST(Rewrite, TimeToLiveGoesDownByOneAndTheChecksumStaysRight) {
  for (const std::uint8_t time_to_live : {2, 3, 64, 128, 255}) {
    for (unsigned identification = 0; identification <= 0xffff; ++identification) {
      Ipv4Header header = header_of(time_to_live, static_cast<std::uint16_t>(identification));
      const be16 by_rfc1624 = checksum_update(
          header.checksum, be16(static_cast<std::uint16_t>(time_to_live << 8 | header.protocol)),
          be16(static_cast<std::uint16_t>((time_to_live - 1) << 8 | header.protocol)));
      decrement_ttl(header);
      ASSERT_EQ(header.time_to_live, time_to_live - 1);
      ASSERT_EQ(header.protocol, ip_protocol::kUdp);
      ASSERT_TRUE(checksum_ok(header)) << int{time_to_live} << ", " << identification;
      ASSERT_EQ(header.checksum, by_rfc1624) << int{time_to_live} << ", " << identification;
    }
  }
}

// 0xffff is the second zero of ones' complement. Some senders write it, and the sum is correct too.
TEST(Rewrite, TimeToLiveGoesDownUnderAChecksumOfAllOnes) {
  for (unsigned identification = 0; identification <= 0xffff; ++identification) {
    Ipv4Header header = header_of(64, static_cast<std::uint16_t>(identification));
    if (header.checksum.raw() != 0) continue;
    header.checksum = be16(0xffff);
    ASSERT_TRUE(checksum_ok(header));
    decrement_ttl(header);
    EXPECT_TRUE(checksum_ok(header));
    return;
  }
  FAIL() << "no identification gave a checksum of zero";
}

TEST(Rewrite, TypeOfServiceChangesAndTheChecksumStaysRight) {
  for (unsigned type_of_service = 0; type_of_service <= 0xff; ++type_of_service) {
    Ipv4Header header = header_of(64, static_cast<std::uint16_t>(257 * type_of_service));
    set_type_of_service(header, static_cast<std::uint8_t>(type_of_service));
    ASSERT_EQ(header.type_of_service, type_of_service);
    ASSERT_EQ(header.version_ihl, 0x45);
    ASSERT_TRUE(checksum_ok(header)) << type_of_service;
  }
}

}  // namespace
}  // namespace softwire::dataplane
