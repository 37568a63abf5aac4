// SPDX-License-Identifier: BSD-3-Clause
#include "pcap/capture_reader.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace softwire::capture {
namespace {

// Some of libpcap's errors begin with "path: ", others do not.
Error error_of(const std::string& path, std::string_view why) {
  if (why.starts_with(path + ": ")) return Error{std::string(why)};
  return Error{path + ": " + std::string(why)};
}

// With nanosecond precision the microseconds field contains nanoseconds. libpcap takes the 32 bits of a pcap
// file for a signed number. pcapng can contain times that an Instant cannot hold; they become the last
// Instant. A damaged file can contain a second or more in place of the nanoseconds; it becomes the end or the
// start of the second.
Instant time_of(const pcap_pkthdr& header) {
  constexpr std::int64_t kLastSecond = Instant::max() / std::chrono::seconds(1) - 1;
  constexpr std::int64_t kLastNanosecond = 999'999'999;
  std::int64_t second = header.ts.tv_sec;
  if (second < 0) second += std::int64_t{1} << 32;
  return std::chrono::seconds(std::clamp<std::int64_t>(second, 0, kLastSecond)) +
         std::chrono::nanoseconds(std::clamp<std::int64_t>(header.ts.tv_usec, 0, kLastNanosecond));
}

}  // namespace

void CaptureReader::Close::operator()(pcap* handle) const {
  pcap_close(handle);
}

Result<CaptureReader> CaptureReader::open(const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap* handle =
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why.data());
  if (handle == nullptr) return error_of(path, why.data());
  CaptureReader reader(handle, path);
  const int link_type = pcap_datalink(handle);
  if (link_type != DLT_EN10MB) {
    const char* name = pcap_datalink_val_to_name(link_type);
    return Error{path + ": frames are of link type " +
                 (name != nullptr ? std::string(name) : std::to_string(link_type)) +
                 "; only Ethernet (EN10MB) is supported"};
  }
  return reader;
}

std::optional<CapturedFrame> CaptureReader::next() {
  if (damage_) return std::nullopt;
  pcap_pkthdr* header = nullptr;
  const std::uint8_t* octets = nullptr;
  const int status = pcap_next_ex(handle_.get(), &header, &octets);
  if (status == PCAP_ERROR_BREAK) return std::nullopt;  // the end of the file
  if (status != 1) {
    damage_ = Error{path_ + ": frame " + std::to_string(frames_ + 1) + ": " + pcap_geterr(handle_.get())};
    return std::nullopt;
  }
  ++frames_;
  if (header->caplen < header->len) ++cut_short_;
  return CapturedFrame{time_of(*header), {octets, header->caplen}, header->len};
}

}  // namespace softwire::capture
