// SPDX-License-Identifier: BSD-3-Clause
#include "pcap/pcapng_writer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace softwire::capture {
namespace {

using Octets = std::vector<std::uint8_t>;

// Block types and options (draft-ietf-opsawg-pcapng sections 3.5, 4.1 to 4.3).
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kLinkTypeEthernet = 1;
constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kOptionUserApplication = 4;
constexpr std::uint16_t kOptionInterfaceName = 2;
constexpr std::uint16_t kOptionTimeResolution = 9;
constexpr std::uint8_t kNanoseconds = 9;  // 10^-9 s
constexpr std::size_t kMaxOption = 0xffff;

// Appends in the host's byte order. The reader sees the order from the magic number.
template <typename Number>
void append(Octets& to, Number number) {
  const std::size_t end = to.size();
  to.resize(end + sizeof number);
  std::memcpy(to.data() + end, &number, sizeof number);
}

void append_padded(Octets& to, std::span<const std::uint8_t> octets) {
  const std::size_t end = to.size();
  to.resize((end + octets.size() + 3) / 4 * 4);
  std::ranges::copy(octets, to.begin() + static_cast<std::ptrdiff_t>(end));
}

void append_option(Octets& to, std::uint16_t code, std::string_view value) {
  value = value.substr(0, kMaxOption);
  append(to, code);
  append(to, static_cast<std::uint16_t>(value.size()));
  append_padded(to, {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
}

void end_options(Octets& to) {
  append(to, kOptionEnd);
  append(to, std::uint16_t{0});
}

Octets section_header() {
  Octets body;
  append(body, kByteOrderMagic);
  append(body, std::uint16_t{1});  // version 1.0
  append(body, std::uint16_t{0});
  append(body, std::int64_t{-1});  // length of the section: not specified
  append_option(body, kOptionUserApplication, "softwirectl");
  end_options(body);
  return body;
}

Octets interface_description(std::string_view name, std::uint32_t snaplen) {
  Octets body;
  append(body, kLinkTypeEthernet);
  append(body, std::uint16_t{0});
  append(body, snaplen);
  append_option(body, kOptionInterfaceName, name);
  append_option(body, kOptionTimeResolution,
                {reinterpret_cast<const char*>(&kNanoseconds), sizeof kNanoseconds});
  end_options(body);
  return body;
}

}  // namespace

void PcapngWriter::Close::operator()(std::FILE* file) const {
  if (file != stdout) std::fclose(file);
}

Result<PcapngWriter> PcapngWriter::create(const std::string& path,
                                          const std::vector<std::string>& interface_names,
                                          std::uint32_t snaplen) {
  const bool is_standard_output = path == "-";
  std::unique_ptr<std::FILE, Close> file(is_standard_output ? stdout : std::fopen(path.c_str(), "wb"));
  if (!file) return Error{path + ": " + std::generic_category().message(errno)};
  PcapngWriter writer(std::move(file), is_standard_output ? "standard output" : path, snaplen);
  if (auto written = writer.write_block(kSectionHeader, section_header()); !written) return written.error();
  for (const std::string& name : interface_names) {
    const Octets description = interface_description(name, snaplen);
    if (auto written = writer.write_block(kInterfaceDescription, description); !written)
      return written.error();
  }
  return writer;
}

Result<Done> PcapngWriter::write(unsigned interface, std::uint64_t nanoseconds,
                                 std::span<const std::uint8_t> frame, std::uint32_t original_length,
                                 std::string_view comment) {
  frame = frame.first(std::min<std::size_t>(frame.size(), snaplen_));
  body_.clear();
  append(body_, std::uint32_t{interface});
  append(body_, static_cast<std::uint32_t>(nanoseconds >> 32));
  append(body_, static_cast<std::uint32_t>(nanoseconds));
  append(body_, static_cast<std::uint32_t>(frame.size()));
  append(body_, std::max(original_length, static_cast<std::uint32_t>(frame.size())));
  append_padded(body_, frame);
  if (!comment.empty()) {
    append_option(body_, kOptionComment, comment);
    end_options(body_);
  }
  return write_block(kEnhancedPacket, body_);
}

Result<Done> PcapngWriter::write_block(std::uint32_t type, std::span<const std::uint8_t> body) {
  const auto length = static_cast<std::uint32_t>(3 * sizeof(std::uint32_t) + body.size());
  const std::uint32_t front[] = {type, length};
  const bool written = std::fwrite(front, sizeof front, 1, file_.get()) == 1 &&
                       std::fwrite(body.data(), body.size(), 1, file_.get()) == 1 &&
                       std::fwrite(&length, sizeof length, 1, file_.get()) == 1;
  return written ? Result<Done>(Done{}) : failed();
}

Result<Done> PcapngWriter::flush() {
  return std::fflush(file_.get()) == 0 ? Result<Done>(Done{}) : failed();
}

Result<Done> PcapngWriter::finish() {
  // The stream remembers earlier failures.
  const Result<Done> flushed = flush();
  return flushed && std::ferror(file_.get()) != 0 ? failed() : flushed;
}

Error PcapngWriter::failed() const {
  return Error{path_ + ": cannot be written: " + std::generic_category().message(errno)};
}

}  // namespace softwire::capture
