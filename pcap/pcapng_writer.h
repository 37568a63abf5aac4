// SPDX-License-Identifier: BSD-3-Clause
// Writes capture files with a comment for each frame: pcapng (draft-ietf-opsawg-pcapng), Ethernet,
// nanoseconds. Needs neither libpcap nor DPDK.
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
  // Creates or truncates the file; "-" is the standard output. Makes one interface for each name. Writes at
  // most `snaplen` octets of a frame. The error is "path: reason".
  static Result<PcapngWriter> create(const std::string& path, const std::vector<std::string>& interface_names,
                                     std::uint32_t snaplen);

  // `interface`: index of one of the given interfaces, from 0. `nanoseconds`: since the Unix epoch. `frame`:
  // the captured octets of a frame of `original_length`, without frame check sequence. An empty comment is
  // not written.
  Result<Done> write(unsigned interface, std::uint64_t nanoseconds, std::span<const std::uint8_t> frame,
                     std::uint32_t original_length, std::string_view comment);

  // Passes everything written so far to the file, or to the reader of the pipe.
  Result<Done> flush();
  // Call it at the end. The error is "path: reason".
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
  std::vector<std::uint8_t> body_;  // of the current block
};

}  // namespace softwire::capture
