// SPDX-License-Identifier: BSD-3-Clause
// Makes capture files octet by octet, without libpcap, for tests of readers.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace softwire::capture::test {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::uint32_t kEthernetLinkType = 1;

// A file for the running test and this process only, because builds may be tested at the same time. The
// destructor removes it.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view suffix) {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name() + "." +
                       std::to_string(getpid()) + "." + std::string(suffix);
    std::ranges::replace(name, '/', '.');  // a parameterized test has / in its name
    path_ = ::testing::TempDir() + name;
    std::remove(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const Bytes& bytes) const {
    std::ofstream file(path_, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  [[nodiscard]] Bytes read() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::string path_;
};

inline void append_u32(Bytes& bytes, std::initializer_list<std::uint32_t> values) {  // little endian
  for (const std::uint32_t value : values) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }
}

// pcap (draft-ietf-opsawg-pcap): header, then one record a frame.
class PcapBytes {
 public:
  static constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
  static constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;

  explicit PcapBytes(std::uint32_t magic = kNanoseconds, std::uint32_t link_type = kEthernetLinkType) {
    append_u32(bytes_, {magic, 0x00040002, 0, 0, 262144, link_type});
  }
  // `length` 0: the number of octets.
  PcapBytes& frame(std::uint32_t seconds, std::uint32_t fraction, const Bytes& octets,
                   std::uint32_t length = 0) {
    const auto captured = static_cast<std::uint32_t>(octets.size());
    append_u32(bytes_, {seconds, fraction, captured, length == 0 ? captured : length});
    bytes_.insert(bytes_.end(), octets.begin(), octets.end());
    return *this;
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  // Returns the octets without the last ones.
  [[nodiscard]] Bytes without(std::size_t octets) const { return {bytes_.begin(), bytes_.end() - octets}; }

 private:
  Bytes bytes_;
};

// pcapng (draft-ietf-opsawg-pcapng): section header, one Ethernet interface with nanoseconds, then one
// enhanced packet block a frame.
class PcapngBytes {
 public:
  PcapngBytes() {
    append_u32(bytes_, {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28});
    // Option 9, time resolution: 10^-9; option 0, end.
    append_u32(bytes_, {1, 32, kEthernetLinkType, 262144, 0x00010009, 9, 0, 32});
  }
  PcapngBytes& frame(std::uint64_t nanoseconds, Bytes octets) {
    const auto captured = static_cast<std::uint32_t>(octets.size());
    octets.resize((octets.size() + 3) / 4 * 4);
    const auto block = static_cast<std::uint32_t>(32 + octets.size());
    append_u32(bytes_, {6, block, 0, static_cast<std::uint32_t>(nanoseconds >> 32),
                        static_cast<std::uint32_t>(nanoseconds), captured, captured});
    bytes_.insert(bytes_.end(), octets.begin(), octets.end());
    append_u32(bytes_, {block});
    return *this;
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace softwire::capture::test
