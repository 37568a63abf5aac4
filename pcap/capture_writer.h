// SPDX-License-Identifier: BSD-3-Clause
// Writes capture files: pcap, Ethernet, nanoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "softwire/result.h"
#include "softwire/time.h"

// Declared here so that this header does not include libpcap's.
struct pcap;
struct pcap_dumper;

namespace softwire::capture {

class CaptureWriter {
 public:
  // Creates or truncates the file. The error is "path: reason".
  static Result<CaptureWriter> create(const std::string& path);

  // `time`: since the Unix epoch. The format ends in the year 2106.
  void write(Instant time, std::span<const std::uint8_t> octets);

  // Writes what is still in memory. Call it at the end. The error is "path: reason".
  Result<Done> finish();

 private:
  struct Close {
    void operator()(pcap* handle) const;
    void operator()(pcap_dumper* dumper) const;
  };
  CaptureWriter(std::unique_ptr<pcap, Close> handle, std::unique_ptr<pcap_dumper, Close> dumper,
                std::string path)
      : handle_(std::move(handle)), dumper_(std::move(dumper)), path_(std::move(path)) {}

  std::unique_ptr<pcap, Close> handle_;
  std::unique_ptr<pcap_dumper, Close> dumper_;
  std::string path_;
};

}  // namespace softwire::capture
