// SPDX-License-Identifier: BSD-3-Clause
#include "capture_files.h"
#include "pcap/capture_reader.h"
#include "pcap/capture_writer.h"
#include "pcap/merged_captures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace softwire::capture {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::Bytes;
using test::PcapBytes;
using test::PcapngBytes;
using test::TemporaryFile;
using testing::HasSubstr;
using testing::StartsWith;

Bytes octets_of(const CapturedFrame& frame) {
  return {frame.octets.begin(), frame.octets.end()};
}

class CaptureFile : public testing::Test {
 protected:
  Result<CaptureReader> open(const Bytes& bytes) {
    file_.write(bytes);
    return CaptureReader::open(file_.path());
  }
  TemporaryFile file_{"pcap"};
};

TEST_F(CaptureFile, FramesComeInOrderWithNanoseconds) {
  auto reader = open(PcapBytes().frame(1, 999'999'999, {1, 2, 3}).frame(2, 1, {4}).bytes());
  ASSERT_TRUE(reader);
  const auto first = reader->next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->time, seconds(1) + nanoseconds(999'999'999));
  EXPECT_EQ(octets_of(*first), (Bytes{1, 2, 3}));
  EXPECT_EQ(first->length, 3U);
  const auto second = reader->next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->time, seconds(2) + nanoseconds(1));
  EXPECT_EQ(octets_of(*second), Bytes{4});
  EXPECT_FALSE(reader->next());
  EXPECT_FALSE(reader->next());
  EXPECT_FALSE(reader->damage());
  EXPECT_EQ(reader->frames(), 2U);
}

TEST_F(CaptureFile, MicrosecondsBecomeNanoseconds) {
  auto reader = open(PcapBytes(PcapBytes::kMicroseconds).frame(7, 5, {1}).bytes());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->next()->time, seconds(7) + nanoseconds(5000));
}

TEST_F(CaptureFile, PcapngIsRead) {
  constexpr std::uint64_t kTime = 1'795'480'188'366'889'123;
  auto reader = open(PcapngBytes().frame(kTime, {1, 2, 3, 4, 5}).frame(kTime + 1, {6}).bytes());
  ASSERT_TRUE(reader);
  const auto first = reader->next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->time, nanoseconds(kTime));
  EXPECT_EQ(octets_of(*first), (Bytes{1, 2, 3, 4, 5}));
  EXPECT_EQ(octets_of(*reader->next()), Bytes{6});
  EXPECT_FALSE(reader->next());
  EXPECT_FALSE(reader->damage());
}

TEST_F(CaptureFile, TimeBeyondAnInstantIsTheLastOne) {
  auto reader = open(PcapngBytes().frame(~std::uint64_t{0}, {1}).bytes());
  ASSERT_TRUE(reader);
  const auto frame = reader->next();
  ASSERT_TRUE(frame);
  EXPECT_GT(frame->time, seconds(9'223'372'030));
}

// draft-ietf-opsawg-pcap section 5: the seconds have 32 bits, without a sign.
TEST_F(CaptureFile, SecondsOfPcapLastUntil2106) {
  auto reader =
      open(PcapBytes().frame(0x7fffffff, 1, {1}).frame(0x80000000, 2, {2}).frame(0xffffffff, 3, {3}).bytes());
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->next()->time, seconds(0x7fffffff) + nanoseconds(1));
  EXPECT_EQ(reader->next()->time, seconds(0x80000000) + nanoseconds(2));
  EXPECT_EQ(reader->next()->time, seconds(0xffffffff) + nanoseconds(3));
}

TEST_F(CaptureFile, AFractionOfADamagedFileStaysWithinItsSecond) {
  for (const std::uint32_t magic : {PcapBytes::kNanoseconds, PcapBytes::kMicroseconds}) {
    for (const std::uint32_t fraction :
         {1'000'000'000U, 0x7fffffffU, 0x80000000U, 0x90000000U, 0xffffffffU}) {
      auto reader = open(PcapBytes(magic).frame(7, fraction, {1}).bytes());
      ASSERT_TRUE(reader);
      const auto frame = reader->next();
      ASSERT_TRUE(frame);
      EXPECT_GE(frame->time, seconds(7)) << fraction;
      EXPECT_LT(frame->time, seconds(8)) << fraction;
    }
  }
}

TEST_F(CaptureFile, EmptyCaptureHasNoFrames) {
  auto reader = open(PcapBytes().bytes());
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->next());
  EXPECT_FALSE(reader->damage());
}

// The last record is cut at any octet: the earlier frames are whole, and the error names the damage.
TEST_F(CaptureFile, TruncatedCaptureYieldsWholeFramesAndSaysWhere) {
  const PcapBytes whole = PcapBytes().frame(1, 0, {1, 2, 3}).frame(2, 0, {4, 5, 6, 7});
  constexpr std::size_t kLastRecord = 16 + 4;
  for (std::size_t cut = 1; cut < kLastRecord; ++cut) {
    SCOPED_TRACE(cut);
    auto reader = open(whole.without(cut));
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->next());
    EXPECT_FALSE(reader->next());
    ASSERT_TRUE(reader->damage());
    EXPECT_THAT(reader->damage()->text, StartsWith(file_.path() + ": frame 2: "));
    EXPECT_THAT(reader->damage()->text, HasSubstr("truncated"));
    EXPECT_FALSE(reader->next());
    EXPECT_EQ(reader->frames(), 1U);
  }
}

TEST_F(CaptureFile, TruncatedPcapngIsDamagedToo) {
  Bytes bytes = PcapngBytes().frame(1, {1, 2, 3, 4}).frame(2, {5, 6, 7, 8}).bytes();
  bytes.erase(bytes.end() - 6, bytes.end());
  auto reader = open(bytes);
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->next());
  EXPECT_FALSE(reader->next());
  ASSERT_TRUE(reader->damage());
  EXPECT_THAT(reader->damage()->text, HasSubstr(": frame 2: "));
}

TEST_F(CaptureFile, FrameCutShortIsCountedAndKeepsItsLength) {
  auto reader = open(PcapBytes().frame(1, 0, {1, 2, 3}, 1500).frame(2, 0, {4}).bytes());
  ASSERT_TRUE(reader);
  const auto frame = reader->next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(octets_of(*frame), (Bytes{1, 2, 3}));
  EXPECT_EQ(frame->length, 1500U);
  EXPECT_TRUE(reader->next());
  EXPECT_EQ(reader->cut_short(), 1U);
}

TEST_F(CaptureFile, OtherLinkTypeIsRefusedByName) {
  constexpr std::uint32_t kRaw = 101;
  const auto reader = open(PcapBytes(PcapBytes::kNanoseconds, kRaw).bytes());
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().text, StartsWith(file_.path() + ": "));
  EXPECT_THAT(reader.error().text, HasSubstr("RAW"));
  EXPECT_THAT(reader.error().text, HasSubstr("Ethernet"));
}

TEST_F(CaptureFile, WhatIsNoCaptureIsRefusedWithItsPath) {
  for (const Bytes& bytes : {Bytes{}, Bytes{0xd4}, Bytes(100, 'x')}) {
    const auto reader = open(bytes);
    ASSERT_FALSE(reader);
    EXPECT_THAT(reader.error().text, StartsWith(file_.path() + ": "));
  }
  const auto missing = CaptureReader::open(file_.path() + ".missing");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text, StartsWith(file_.path() + ".missing: "));
}

TEST_F(CaptureFile, WriterMakesNanosecondPcap) {
  auto writer = CaptureWriter::create(file_.path());
  ASSERT_TRUE(writer);
  const Bytes octets{1, 2, 3, 4, 5};
  writer->write(seconds(3) + nanoseconds(123'456'789), octets);
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(file_.read(), PcapBytes().frame(3, 123'456'789, octets).bytes());
}

TEST_F(CaptureFile, WriterWithoutFramesMakesAnEmptyCapture) {
  auto writer = CaptureWriter::create(file_.path());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(file_.read(), PcapBytes().bytes());
}

TEST_F(CaptureFile, WriterNamesThePathThatItCannotMake) {
  const std::string path = file_.path() + ".missing/out.pcap";
  const auto writer = CaptureWriter::create(path);
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().text, StartsWith(path + ": "));
}

TEST(CaptureWriter, FullDiskIsReported) {
  auto writer = CaptureWriter::create("/dev/full");
  ASSERT_TRUE(writer);
  writer->write({}, Bytes(100));
  const auto finished = writer->finish();
  ASSERT_FALSE(finished);
  EXPECT_THAT(finished.error().text, StartsWith("/dev/full: "));
}

// Tests the order of two captures. A frame's only octet is its name.
class Merged : public testing::Test {
 protected:
  static Result<CaptureReader> open(const TemporaryFile& file, const PcapBytes& bytes) {
    file.write(bytes.bytes());
    return CaptureReader::open(file.path());
  }
  std::string order(const PcapBytes& ipv4, const PcapBytes& ipv6) {
    auto first = open(ipv4_, ipv4);
    auto second = open(ipv6_, ipv6);
    if (!first || !second) return "not a capture";
    MergedCaptures merged(std::move(*first), std::move(*second));
    std::string names;
    while (const auto next = merged.next()) {
      const char name = static_cast<char>(next->frame.octets[0]);
      if ((name >= 'a') != (next->side == Side::kIpv6)) return "wrong side";
      names += name;
    }
    return names;
  }
  TemporaryFile ipv4_{"ipv4"};
  TemporaryFile ipv6_{"ipv6"};
};

TEST_F(Merged, ByTimestamp) {
  EXPECT_EQ(order(PcapBytes().frame(2, 0, {'A'}).frame(5, 0, {'B'}),
                  PcapBytes().frame(1, 0, {'a'}).frame(4, 999'999'999, {'b'}).frame(5, 1, {'c'})),
            "aAbBc");
}

TEST_F(Merged, OnATieIpv4FirstThenFileOrder) {
  EXPECT_EQ(order(PcapBytes().frame(1, 0, {'A'}).frame(1, 0, {'B'}),
                  PcapBytes().frame(1, 0, {'a'}).frame(1, 0, {'b'})),
            "ABab");
}

TEST_F(Merged, TimeThatGoesBackKeepsFileOrder) {
  EXPECT_EQ(order(PcapBytes().frame(3, 0, {'A'}).frame(1, 0, {'B'}).frame(6, 0, {'C'}),
                  PcapBytes().frame(2, 0, {'a'}).frame(5, 0, {'b'})),
            "aABbC");
}

TEST_F(Merged, OneSideAlone) {
  EXPECT_EQ(order(PcapBytes().frame(1, 0, {'A'}), PcapBytes()), "A");
  auto reader = open(ipv6_, PcapBytes().frame(1, 0, {'a'}));
  ASSERT_TRUE(reader);
  MergedCaptures merged(std::nullopt, std::move(*reader));
  EXPECT_EQ(merged.next()->side, Side::kIpv6);
  EXPECT_FALSE(merged.next());
  EXPECT_FALSE(merged.reader(Side::kIpv4));
  EXPECT_EQ(merged.reader(Side::kIpv6)->frames(), 1U);
}

TEST_F(Merged, DamageOfOneCaptureDoesNotEndTheOther) {
  ipv4_.write(PcapBytes().frame(1, 0, {'A'}).frame(2, 0, {'B'}).without(1));
  auto first = CaptureReader::open(ipv4_.path());
  auto second = open(ipv6_, PcapBytes().frame(3, 0, {'a'}));
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  MergedCaptures merged(std::move(*first), std::move(*second));
  EXPECT_EQ(merged.next()->side, Side::kIpv4);
  EXPECT_EQ(merged.next()->side, Side::kIpv6);
  EXPECT_FALSE(merged.next());
  EXPECT_TRUE(merged.reader(Side::kIpv4)->damage());
  EXPECT_FALSE(merged.reader(Side::kIpv6)->damage());
}

}  // namespace
}  // namespace softwire::capture
