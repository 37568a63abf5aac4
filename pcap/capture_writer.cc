// SPDX-License-Identifier: BSD-3-Clause
#include "pcap/capture_writer.h"

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <system_error>

namespace softwire::capture {
namespace {

constexpr int kSnapshotLength = 262144;  // the most that libpcap reads of an Ethernet frame

}  // namespace

void CaptureWriter::Close::operator()(pcap* handle) const {
  pcap_close(handle);
}

void CaptureWriter::Close::operator()(pcap_dumper* dumper) const {
  pcap_dump_close(dumper);
}

Result<CaptureWriter> CaptureWriter::create(const std::string& path) {
  std::unique_ptr<pcap, Close> handle(
      pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kSnapshotLength, PCAP_TSTAMP_PRECISION_NANO));
  if (!handle) throw std::bad_alloc();
  std::unique_ptr<pcap_dumper, Close> dumper(pcap_dump_open(handle.get(), path.c_str()));
  if (!dumper) return Error{pcap_geterr(handle.get())};  // contains the path
  return CaptureWriter(std::move(handle), std::move(dumper), path);
}

void CaptureWriter::write(Instant time, std::span<const std::uint8_t> octets) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  pcap_pkthdr header{};
  header.ts.tv_sec = seconds.count();
  header.ts.tv_usec = (time - seconds).count();  // nanoseconds, because of the chosen precision
  header.caplen = header.len = static_cast<bpf_u_int32>(octets.size());
  pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header, octets.data());
}

Result<Done> CaptureWriter::finish() {
  // pcap_dump() does not report errors; the stream does.
  if (pcap_dump_flush(dumper_.get()) != 0 || std::ferror(pcap_dump_file(dumper_.get())) != 0) {
    return Error{path_ + ": cannot be written: " + std::generic_category().message(errno)};
  }
  return Done{};
}

}  // namespace softwire::capture
