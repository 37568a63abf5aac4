// SPDX-License-Identifier: BSD-3-Clause
// Input: a capture file, pcap or pcapng, as softwire-replay reads it. Reading ends with the end of the file
// or with an error that names the file and the frame. What was read is the same after it is written and read
// again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pcap/capture_reader.h"
#include "pcap/capture_writer.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/require.h"

using softwire::Instant;
using softwire::capture::CaptureReader;
using softwire::capture::CaptureWriter;
using softwire::fuzz::MemoryFile;
using softwire::fuzz::require;

namespace {

struct Frame {
  Instant time{};
  std::vector<std::uint8_t> octets;
  friend bool operator==(const Frame&, const Frame&) = default;
};

std::vector<Frame> read_all(const std::string& path, bool& is_damaged) {
  std::vector<Frame> frames;
  auto reader = CaptureReader::open(path);
  if (!reader) {
    require(reader.error().text.starts_with(path + ": "));
    is_damaged = true;
    return frames;
  }
  std::uint64_t cut_short = 0;
  while (const auto frame = reader->next()) {
    require(frame->time >= Instant(0));
    cut_short += frame->length > frame->octets.size() ? 1 : 0;
    frames.push_back({frame->time, {frame->octets.begin(), frame->octets.end()}});
  }
  require(reader->frames() == frames.size() && reader->cut_short() == cut_short);
  is_damaged = reader->damage().has_value();
  if (is_damaged) {
    require(reader->damage()->text.starts_with(path + ": frame " + std::to_string(frames.size() + 1) + ": "));
  }
  require(!reader->next());  // the end stays the end
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile input;
  static const MemoryFile output;
  input.fill({data, size});
  bool is_damaged = false;
  std::vector<Frame> frames = read_all(input.path(), is_damaged);
  if (frames.empty()) return 0;
  {
    auto writer = CaptureWriter::create(output.path());
    require(writer.ok());
    for (const Frame& frame : frames) writer->write(frame.time, frame.octets);
    require(writer->finish().ok());
  }
  // The format has 32 bits for the seconds.
  for (Frame& frame : frames) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(frame.time);
    const std::chrono::seconds kept(seconds.count() & 0xffffffff);
    frame.time += kept - seconds;
  }
  require(read_all(output.path(), is_damaged) == frames && !is_damaged);
  return 0;
}
