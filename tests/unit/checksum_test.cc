// SPDX-License-Identifier: BSD-3-Clause
#include "softwire/checksum.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

namespace softwire {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Sums one 16-bit word after the other in network byte order, as RFC 1071 section 1 defines it.
std::uint16_t plain_sum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

TEST(Checksum, ExampleOfRfc1071Section3) {
  const Bytes bytes = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(be16::from_raw(checksum_fold(checksum_add(0, bytes))).value(), 0xddf2);
  EXPECT_EQ(checksum(bytes).value(), 0x220d);
}

TEST(Checksum, EveryLengthAndAlignment) {
  std::mt19937 random(1);
  Bytes buffer(1600);
  for (auto& octet : buffer) octet = static_cast<std::uint8_t>(random());
  for (std::size_t start = 0; start < 8; ++start) {
    for (std::size_t size = 0; size < 200; ++size) {
      const Bytes bytes(buffer.begin() + start, buffer.begin() + start + size);
      EXPECT_EQ(checksum({buffer.data() + start, size}).value(),
                static_cast<std::uint16_t>(~plain_sum(bytes)))
          << start << " " << size;
    }
  }
}

TEST(Checksum, TheLargestPacketOfOnes) {
  EXPECT_EQ(checksum(Bytes(65535, 0xff)).value(), 0x00ff);
  EXPECT_EQ(checksum(Bytes(65534, 0xff)).value(), 0x0000);
  EXPECT_EQ(checksum(Bytes{}).value(), 0xffff);
}

TEST(Checksum, FoldsEverySum) {
  EXPECT_EQ(checksum_fold(0), 0);
  EXPECT_EQ(checksum_fold(0xffff), 0xffff);
  EXPECT_EQ(checksum_fold(0x10000), 1);
  EXPECT_EQ(checksum_fold(0xffffffff), 0xffff);
  EXPECT_EQ(checksum_fold(0xffffffffffffffff), 0xffff);
  EXPECT_EQ(checksum_fold(0xffffffff00000001), 1);
  EXPECT_EQ(checksum_fold(0xfffe0002ffffffff), 1);
}

TEST(Checksum, SpansAreOneAfterTheOther) {
  Bytes bytes(61);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 2) {
    const std::span<const std::uint8_t> all = bytes;
    EXPECT_EQ(checksum(all.subspan(cut), checksum_add(0, all.first(cut))), checksum(all)) << cut;
  }
}

TEST(Checksum, Ipv4Header) {
  Bytes header = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                  0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
  EXPECT_EQ(checksum(header).value(), 0xb861);
  EXPECT_FALSE(ipv4_header_checksum_ok(header.data(), header.size()));
  header[10] = 0xb8;
  header[11] = 0x61;
  EXPECT_TRUE(ipv4_header_checksum_ok(header.data(), header.size()));
  for (std::size_t i = 0; i < header.size(); ++i) {
    ++header[i];
    EXPECT_FALSE(ipv4_header_checksum_ok(header.data(), header.size())) << i;
    --header[i];
  }
  EXPECT_FALSE(ipv4_header_checksum_ok(Bytes(20, 0).data(), 20));
}

// RFC 1624 section 4: the rest of the header sums to 0xcd7a, 0x5555 becomes 0x3285, and the field must be 0,
// not 0xffff.
TEST(ChecksumUpdate, ExampleOfRfc1624Section4) {
  EXPECT_EQ(checksum_update(be16(0xdd2f), be16(0x5555), be16(0x3285)).value(), 0x0000);
}

TEST(ChecksumUpdate, NothingChanged) {
  for (const unsigned word : {0x0000U, 0x0001U, 0x7fffU, 0x8000U, 0xfffeU, 0xffffU}) {
    for (unsigned field = 0; field < 0xffff; ++field) {
      const be16 before(static_cast<std::uint16_t>(field));
      ASSERT_EQ(checksum_update(before, be16(word), be16(word)), before) << field << " " << word;
    }
  }
}

// Compares with the checksum of the changed data. Data that is not all zero never has a field of 0xffff.
TEST(ChecksumUpdate, AgreesWithComputingAnew) {
  std::mt19937 random(2);
  constexpr std::uint16_t kEdges[] = {0x0000, 0x0001, 0x7fff, 0x8000, 0xfffe, 0xffff};
  for (unsigned round = 0; round < 200000; ++round) {
    Bytes header(20);
    for (auto& octet : header) octet = static_cast<std::uint8_t>(random());
    header[0] = 0x45;
    const std::size_t at = 2 + random() % 9 * 2;
    const auto pick = [&] { return be16(random() % 2 ? kEdges[random() % 6] : random()); };
    const be16 before = pick();
    const be16 after = pick();
    std::memcpy(&header[at], &before, 2);
    const be16 field = checksum(header);
    std::memcpy(&header[at], &after, 2);
    ASSERT_EQ(checksum_update(field, before, after), checksum(header))
        << field.value() << " " << before.value() << " " << after.value();
  }
}

// DHCPv4 ports, and five octets of payload: an odd length.
TEST(UdpChecksum, OddLengthWithPseudoHeader) {
  const Ipv4Address source(192, 0, 2, 1);
  const Ipv4Address destination(198, 51, 100, 2);
  const Bytes segment = {0x00, 0x43, 0x00, 0x44, 0x00, 0x0d, 0x00, 0x00, 'h', 'e', 'l', 'l', 'o'};
  Bytes whole = {192, 0, 2, 1, 198, 51, 100, 2, 0, 17, 0, 13};
  whole.insert(whole.end(), segment.begin(), segment.end());
  EXPECT_EQ(udp_checksum(source, destination, segment).value(),
            static_cast<std::uint16_t>(~plain_sum(whole)));
}

// A sum that would give 0 is sent as all ones: 0 says that there is no checksum (RFC 768).
TEST(UdpChecksum, IsNeverZero) {
  const Ipv4Address source(192, 0, 2, 1);
  const Ipv4Address destination(198, 51, 100, 2);
  Bytes segment = {0x00, 0x43, 0x00, 0x44, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00};
  const std::uint16_t rest = udp_checksum(source, destination, segment).value();
  segment[8] = static_cast<std::uint8_t>(rest >> 8);
  segment[9] = static_cast<std::uint8_t>(rest);
  EXPECT_EQ(udp_checksum(source, destination, segment).value(), 0xffff);
}

}  // namespace
}  // namespace softwire
