// SPDX-License-Identifier: BSD-3-Clause
// Reading capture files: pcap and pcapng, Ethernet, nanoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "softwire/result.h"
#include "softwire/time.h"

// libpcap's own; its header stays out of ours.
struct pcap;

namespace softwire::capture {

struct CapturedFrame {
  Instant time{};                        // since the Unix epoch
  std::span<const std::uint8_t> octets;  // from the Ethernet header on; valid until the next call of next()
  std::uint32_t length = 0;              // octets on the wire; more than octets.size() when it was cut short
};

class CaptureReader {
 public:
  // Error: "path: why it cannot be read", also when its frames are not Ethernet.
  static Result<CaptureReader> open(const std::string& path);

  // The next frame in the order of the file. Nothing at its end, which is the damage if it has any.
  std::optional<CapturedFrame> next();

  // Once next() has returned nothing: "path: frame N: what is wrong", or nothing for a file that is whole.
  [[nodiscard]] const std::optional<Error>& damage() const { return damage_; }
  // Frames read so far, and how many of them the capture holds only the beginning of (snapshot length).
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
