// SPDX-License-Identifier: BSD-3-Clause
// The start of the packet that an ICMP error quotes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dataplane/packet/mbuf.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

// A copy of the octets after the ICMP header, at most kMost. The originals may lie in several segments.
template <std::size_t kMost>
class QuotedOctets {
 public:
  // `offset`, `bytes`: the ICMP message in the frame, in octets. Requires: bytes >= 8.
  QuotedOctets(const Mbuf& frame, std::uint32_t offset, std::uint32_t bytes)
      : size_(std::min<std::uint32_t>(bytes - sizeof(IcmpError), kMost)) {
    if (!copy_out(frame, offset + std::uint32_t{sizeof(IcmpError)}, {octets_.data(), size_})) size_ = 0;
  }
  [[nodiscard]] std::span<const std::uint8_t> octets() const { return {octets_.data(), size_}; }
  // Requires: octets().size() >= sizeof(Header).
  template <typename Header>
  [[nodiscard]] const Header& header() const {
    return *reinterpret_cast<const Header*>(octets_.data());
  }

 private:
  std::array<std::uint8_t, kMost> octets_{};
  std::uint32_t size_;
};

// The most octets that are needed of a quoted IPv4 packet: a header with options, and the ports or the
// identifier.
inline constexpr std::size_t kMostOfQuotedIpv4 = 60 + sizeof(IcmpEcho);

}  // namespace softwire::dataplane
