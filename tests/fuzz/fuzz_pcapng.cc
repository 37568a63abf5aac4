// SPDX-License-Identifier: BSD-3-Clause
// Files that PcapngWriter writes, read back octet by octet as the format defines them
// (draft-ietf-opsawg-pcapng), and by libpcap. Input: octets that choose the interfaces, the snapshot length,
// and for each frame its interface, time, length and comment.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "pcap/capture_reader.h"
#include "pcap/pcapng_writer.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/require.h"

namespace softwire::fuzz {
namespace {

using Octets = std::vector<std::uint8_t>;

struct Frame {
  std::uint32_t interface = 0;
  std::uint64_t time = 0;  // ns
  Octets octets;
  std::uint32_t length = 0;
  std::string comment;
  friend bool operator==(const Frame&, const Frame&) = default;
};
struct File {
  std::vector<std::string> interfaces;
  std::uint32_t snaplen = 0;
  std::vector<Frame> frames;
  friend bool operator==(const File&, const File&) = default;
};

// Takes numbers and octets from the front, in the order of the machine that wrote them.
class Block {
 public:
  explicit Block(std::span<const std::uint8_t> octets) : rest_(octets) {}
  template <typename Number>
  Number number() {
    Number number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  std::span<const std::uint8_t> take(std::size_t count) {
    require(count <= rest_.size());
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::span<const std::uint8_t> padded(std::size_t count) {
    const auto taken = take(count);
    for (const std::uint8_t octet : take((4 - count % 4) % 4)) require(octet == 0);
    return taken;
  }
  // Returns the value of the option, or an empty one. Requires: nothing but options follows.
  std::string option(std::uint16_t wanted) {
    std::string value;
    while (!rest_.empty()) {
      const auto code = number<std::uint16_t>();
      const auto octets = padded(number<std::uint16_t>());
      if (code == 0) break;
      if (code == wanted) value.assign(octets.begin(), octets.end());
    }
    require(rest_.empty());
    return value;
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  std::span<const std::uint8_t> rest_;
};

File read(std::span<const std::uint8_t> octets) {
  File file;
  Block all(octets);
  for (bool first = true; !all.empty(); first = false) {
    const auto type = all.number<std::uint32_t>();
    const auto length = all.number<std::uint32_t>();
    require(length % 4 == 0 && length >= 12);
    Block block(all.take(length - 12));
    require(all.number<std::uint32_t>() == length);
    require(first == (type == 0x0a0d0d0a));
    if (first) {
      require(block.number<std::uint32_t>() == 0x1a2b3c4d && block.number<std::uint32_t>() == 1);
      require(block.number<std::int64_t>() == -1);
    } else if (type == 1) {
      require(block.number<std::uint32_t>() == 1);  // Ethernet
      file.snaplen = block.number<std::uint32_t>();
      file.interfaces.push_back(block.option(2));
    } else {
      require(type == 6);
      Frame frame;
      frame.interface = block.number<std::uint32_t>();
      frame.time = std::uint64_t{block.number<std::uint32_t>()} << 32;
      frame.time |= block.number<std::uint32_t>();
      const auto captured = block.number<std::uint32_t>();
      frame.length = block.number<std::uint32_t>();
      const auto taken = block.padded(captured);
      frame.octets.assign(taken.begin(), taken.end());
      frame.comment = block.option(1);
      file.frames.push_back(std::move(frame));
    }
  }
  return file;
}

File make(Input& input) {
  File file;
  for (unsigned count = 1 + input.choose(3); count != 0; --count) {
    file.interfaces.emplace_back(input.text(input.choose(9)));
  }
  file.snaplen = input.choose(2) == 0 ? 262144 : 1U + input.octet();
  while (!input.empty()) {
    Frame frame;
    frame.interface = input.choose(static_cast<unsigned>(file.interfaces.size()));
    frame.time = input.number(8);
    const unsigned form = input.octet();
    const auto octets = input.octets(input.octet());
    frame.octets.assign(octets.begin(), octets.end());
    if ((form & 1) != 0) frame.octets.resize(frame.octets.size() + 1400, 7);
    frame.length = (form & 2) != 0 ? input.two_octets() : static_cast<std::uint32_t>(frame.octets.size());
    frame.comment = input.text(form >> 2 & 15);
    if ((form & 0xc0) == 0xc0) frame.comment.resize(0x10001, 'c');  // more than an option holds
    file.frames.push_back(std::move(frame));
  }
  return file;
}

void write(const File& file, const std::string& path) {
  auto writer = capture::PcapngWriter::create(path, file.interfaces, file.snaplen);
  require(writer.ok());
  for (const Frame& frame : file.frames) {
    require(writer->write(frame.interface, frame.time, frame.octets, frame.length, frame.comment).ok());
  }
  require(writer->finish().ok());
}

// What must be in the file: cut to the limits of the format.
File cut(File file) {
  for (Frame& frame : file.frames) {
    frame.octets.resize(std::min<std::size_t>(frame.octets.size(), file.snaplen));
    frame.length = std::max(frame.length, static_cast<std::uint32_t>(frame.octets.size()));
    frame.comment.resize(std::min<std::size_t>(frame.comment.size(), 0xffff));
  }
  return file;
}

void check_with_libpcap(const File& expected, const std::string& path) {
  auto reader = capture::CaptureReader::open(path);
  require(reader.ok());
  for (const Frame& frame : expected.frames) {
    const auto found = reader->next();
    if (!found) return;  // libpcap refuses frames of more octets than the snapshot length, and such times
    require(std::ranges::equal(found->octets, frame.octets));
  }
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static const MemoryFile memory;
  Input input(data, size);
  const File file = make(input);
  write(file, memory.path());
  const File expected = cut(file);
  require(read(memory.octets()) == expected);
  check_with_libpcap(expected, memory.path());
  return 0;
}
