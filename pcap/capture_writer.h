// SPDX-License-Identifier: BSD-3-Clause
// Writing capture files: pcap, Ethernet, nanoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "softwire/result.h"
#include "softwire/time.h"

// libpcap's own; its header stays out of ours.
struct pcap;
struct pcap_dumper;

namespace softwire::capture {

class CaptureWriter {
 public:
  // Makes the file, or empties it. Error: "path: why not".
  static Result<CaptureWriter> create(const std::string& path);

  // time: since the Unix epoch; the format ends in the year 2106.
  void write(Instant time, std::span<const std::uint8_t> octets);

  // To be called at the end: writes what is still in memory. Error: "path: what could not be written".
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
