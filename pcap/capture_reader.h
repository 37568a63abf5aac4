// SPDX-License-Identifier: BSD-3-Clause
// Reads capture files: pcap and pcapng, Ethernet, nanoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "softwire/result.h"
#include "softwire/time.h"

// Declared here so that this header does not include libpcap's.
struct pcap;

namespace softwire::capture {

struct CapturedFrame {
  Instant time{};                        // since the Unix epoch
  std::span<const std::uint8_t> octets;  // from the Ethernet header on; valid until the next call of next()
  std::uint32_t length = 0;              // octets on the wire; more than octets.size() if the frame was cut
};

class CaptureReader {
 public:
  // Opens the file. The error is "path: reason", also when its frames are not Ethernet.
  static Result<CaptureReader> open(const std::string& path);

  // Returns the next frame in the order of the file. Returns nullopt at the end, and at the first damaged
  // frame.
  std::optional<CapturedFrame> next();

  // Requires: next() has returned nullopt. Returns "path: frame N: reason" if the file is damaged, else
  // nullopt.
  [[nodiscard]] const std::optional<Error>& damage() const { return damage_; }
  // Returns the number of frames that were read; cut_short() is how many of them were cut by the snapshot
  // length.
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::uint64_t cut_short() const { return cut_short_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(pcap* handle) const;
  };
  CaptureReader(pcap* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  std::unique_ptr<pcap, Close> handle_;
  std::string path_;
  std::optional<Error> damage_;
  std::uint64_t frames_ = 0;
  std::uint64_t cut_short_ = 0;
};

}  // namespace softwire::capture
