// SPDX-License-Identifier: BSD-3-Clause
// Writing capture files that say why each frame is in them: pcapng (draft-ietf-opsawg-pcapng), Ethernet,
// nanoseconds, a comment a frame. On its own: needs neither libpcap nor DPDK.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "softwire/result.h"

namespace softwire::capture {

class PcapngWriter {
 public:
  // Makes the file, or empties it; "-" is standard output. One interface for each name; of a frame, at most
  // `snaplen` octets are written. Error: "path: why not".
  static Result<PcapngWriter> create(const std::string& path, const std::vector<std::string>& interface_names,
                                     std::uint32_t snaplen);

  // `interface`: counted from 0, one of those given. `nanoseconds`: since the Unix epoch. `frame`: the octets
  // that are there, of `original_length`; without frame check sequence. An empty comment is left out.
  Result<Done> write(unsigned interface, std::uint64_t nanoseconds, std::span<const std::uint8_t> frame,
                     std::uint32_t original_length, std::string_view comment);

  // What was written so far is in the file, or with the reader of the pipe.
  Result<Done> flush();
  // To be called at the end. Error: "path: what could not be written".
  Result<Done> finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  PcapngWriter(std::unique_ptr<std::FILE, Close> file, std::string path, std::uint32_t snaplen)
      : file_(std::move(file)), path_(std::move(path)), snaplen_(snaplen) {}
  Result<Done> write_block(std::uint32_t type, std::span<const std::uint8_t> body);
  [[nodiscard]] Error failed() const;

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::uint32_t snaplen_;
  std::vector<std::uint8_t> body_;  // of the block in hand
};

}  // namespace softwire::capture
