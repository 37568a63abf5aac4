// SPDX-License-Identifier: BSD-3-Clause
// Tests that libpcap reads the pcapng files. libpcap ignores comments; tshark reads them.
#include "pcap/pcapng_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "capture_files.h"
#include "pcap/capture_reader.h"

namespace softwire::capture {
namespace {

using test::Bytes;
using test::TemporaryFile;
using testing::HasSubstr;

constexpr std::uint64_t kTime = 1'795'480'188'366'889'123;

TEST(PcapngWriter, FramesAreReadAsTheyWereWritten) {
  const TemporaryFile file("pcapng");
  {
    auto writer = PcapngWriter::create(file.path(), {"ipv4", "ipv6"}, 128);
    ASSERT_TRUE(writer) << writer.error().text;
    // Lengths around the padding to four octets, with and without a comment of any length.
    for (unsigned length = 1; length <= 9; ++length) {
      ASSERT_TRUE(writer->write(length % 2, kTime + length, Bytes(length, 0xa0), length,
                                std::string(length - 1, 'c')));
    }
    ASSERT_TRUE(writer->finish());
  }
  auto reader = CaptureReader::open(file.path());
  ASSERT_TRUE(reader) << reader.error().text;
  for (unsigned length = 1; length <= 9; ++length) {
    const auto frame = reader->next();
    ASSERT_TRUE(frame) << length;
    EXPECT_EQ(frame->time, std::chrono::nanoseconds(kTime + length));
    EXPECT_EQ(Bytes(frame->octets.begin(), frame->octets.end()), Bytes(length, 0xa0));
    EXPECT_EQ(frame->length, length);
  }
  EXPECT_FALSE(reader->next());
  EXPECT_FALSE(reader->damage());
}

TEST(PcapngWriter, FrameIsCutToTheSnapshotLengthAndKeepsItsOwn) {
  const TemporaryFile file("pcapng");
  auto writer = PcapngWriter::create(file.path(), {"ipv4"}, 64);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(0, kTime, Bytes(200, 1), 1514, "drop-ipv4-ttl"));
  ASSERT_TRUE(writer->finish());
  auto reader = CaptureReader::open(file.path());
  ASSERT_TRUE(reader);
  const auto frame = reader->next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->octets.size(), 64U);
  EXPECT_EQ(frame->length, 1514U);
}

// Returns the output of a program, or "" when it fails.
std::string said_by(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string said;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
  return pclose(pipe) == 0 ? said : "";
}

TEST(PcapngWriter, TsharkShowsTheInterfaceTheTimeAndTheComment) {
  if (said_by("tshark --version 2>/dev/null").empty()) GTEST_SKIP() << "no tshark";
  const TemporaryFile file("pcapng");
  auto writer = PcapngWriter::create(file.path(), {"ipv4", "ipv6"}, 65535);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(1, kTime, Bytes(60, 1), 60, "drop-wrong-b4: another subscriber's"));
  ASSERT_TRUE(writer->write(0, kTime + 1, Bytes(61, 1), 1000, ""));
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(said_by("tshark -r '" + file.path() +
                    "' -T fields -E separator='|' -e frame.interface_name -e frame.time_epoch -e frame.len "
                    "-e frame.comment 2>/dev/null"),
            "ipv6|1795480188.366889123|60|drop-wrong-b4: another subscriber's\n"
            "ipv4|1795480188.366889124|1000|\n");
}

TEST(PcapngWriter, WhatIsFlushedIsThereBeforeTheEnd) {
  const TemporaryFile file("pcapng");
  auto writer = PcapngWriter::create(file.path(), {"ipv4"}, 64);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write(0, kTime, Bytes(60, 1), 60, "x"));
  ASSERT_TRUE(writer->flush());
  auto reader = CaptureReader::open(file.path());
  ASSERT_TRUE(reader);
  EXPECT_TRUE(reader->next());
}

TEST(PcapngWriter, FileThatCannotBeMadeIsNamed) {
  const auto writer = PcapngWriter::create("/nowhere/at/all.pcapng", {"ipv4"}, 64);
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().text, HasSubstr("/nowhere/at/all.pcapng: No such file"));
}

TEST(PcapngWriter, FullDiskIsReported) {
  auto writer = PcapngWriter::create("/dev/full", {"ipv4"}, 65535);
  ASSERT_TRUE(writer);
  Result<Done> written = Done{};
  for (int i = 0; i < 100 && written; ++i) written = writer->write(0, kTime, Bytes(1500, 1), 1500, "");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().text, HasSubstr("/dev/full: cannot be written: No space left"));
  EXPECT_FALSE(writer->finish());
}

}  // namespace
}  // namespace softwire::capture
