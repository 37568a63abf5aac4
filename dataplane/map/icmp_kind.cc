// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/map/icmp_kind.h"

#include <algorithm>
#include <array>

namespace softwire::dataplane {

namespace {

constexpr std::uint32_t kMinimumIpv6Mtu = 1280;
constexpr std::uint32_t kGrowth = sizeof(Ipv6Header) - sizeof(Ipv4Header);
// IPv4 parameter problem: the codes with a valid pointer (RFC 792, RFC 1108).
constexpr std::uint8_t kPointerCode = 0;
constexpr std::uint8_t kBadLengthCode = 2;
// IPv6 parameter problem (RFC 4443 section 3.4).
constexpr std::uint8_t kErroneousField = 0;
constexpr std::uint8_t kUnknownNextHeader = 1;
constexpr std::uint8_t kNextHeaderOffset = 6;
constexpr std::uint8_t kNowhere = 0xff;

// Pointers into the IPv4 header as pointers into the IPv6 header (RFC 7915 figure 3), and back (figure 6).
constexpr std::array<std::uint8_t, sizeof(Ipv4Header)> kPointerToIpv6 = {
    0, 1, 4, 4, kNowhere, kNowhere, kNowhere, kNowhere, 7, 6, kNowhere, kNowhere, 8, 8, 8, 8, 24, 24, 24, 24};
constexpr std::array<std::uint8_t, 8> kPointerToIpv4 = {0, 1, kNowhere, kNowhere, 2, 2, 9, 8};
constexpr std::uint8_t kIpv4Source = 12;
constexpr std::uint8_t kIpv4Destination = 16;

std::uint8_t pointer_to_ipv4(std::uint32_t pointer) {
  if (pointer < kPointerToIpv4.size()) return kPointerToIpv4[pointer];
  return pointer < 24 ? kIpv4Source : pointer < sizeof(Ipv6Header) ? kIpv4Destination : kNowhere;
}

// Estimates the MTU of a router that states none: the largest common MTU below the length that it could not
// forward.
std::uint32_t plateau_below(std::uint16_t length) {
  for (const std::uint32_t plateau :
       {65535U, 32000U, 17914U, 8166U, 4352U, 2002U, 1492U, 1006U, 508U, 296U}) {
    if (plateau < length) return plateau;
  }
  return 68;
}

std::optional<Icmpv6Header> unreachable_of(const IcmpError& icmpv4, const TranslationMtus& mtus,
                                           std::uint16_t quoted_length) {
  const auto unreachable = [](std::uint8_t code) {
    return Icmpv6Header{Icmpv6Header::kUnreachable, code, be16(), be32()};
  };
  switch (icmpv4.code) {
    case 0:   // net
    case 1:   // host
    case 5:   // source route failed
    case 6:   // net unknown
    case 7:   // host unknown
    case 8:   // source host isolated
    case 11:  // net, for the type of service
    case 12:  // host, for the type of service
      return unreachable(0);
    case 2:  // protocol
      return Icmpv6Header{Icmpv6Header::kParameterProblem, kUnknownNextHeader, be16(),
                          be32(kNextHeaderOffset)};
    case 3:  // port
      return unreachable(4);
    case 4: {  // fragmentation needed
      const std::uint32_t stated = icmpv4.next_hop_mtu.value();
      const std::uint32_t mtu = stated != 0 ? stated : plateau_below(quoted_length);
      return Icmpv6Header{Icmpv6Header::kPacketTooBig, 0, be16(),
                          be32(std::max(kMinimumIpv6Mtu, std::min({mtu + kGrowth, std::uint32_t{mtus.ipv6},
                                                                   mtus.ipv4 + kGrowth})))};
    }
    case 9:   // net prohibited
    case 10:  // host prohibited
    case 13:  // administratively prohibited
    case 15:  // precedence cutoff
      return unreachable(1);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Icmpv6Header> icmpv6_of(const IcmpError& icmpv4, const TranslationMtus& mtus,
                                      std::uint16_t quoted_length) {
  switch (icmpv4.type) {
    case IcmpError::kUnreachable:
      return unreachable_of(icmpv4, mtus, quoted_length);
    case IcmpError::kTimeExceeded:
      return Icmpv6Header{Icmpv6Header::kTimeExceeded, icmpv4.code, be16(), be32()};
    case IcmpError::kParameterProblem: {
      if (icmpv4.code != kPointerCode && icmpv4.code != kBadLengthCode) return std::nullopt;
      const std::size_t pointer = icmpv4.unused.value() >> 8;
      if (pointer >= kPointerToIpv6.size() || kPointerToIpv6[pointer] == kNowhere) return std::nullopt;
      return Icmpv6Header{Icmpv6Header::kParameterProblem, kErroneousField, be16(),
                          be32(kPointerToIpv6[pointer])};
    }
    default:
      return std::nullopt;
  }
}

std::optional<IcmpError> icmpv4_of(const Icmpv6Header& icmpv6, const TranslationMtus& mtus) {
  const auto unreachable = [](std::uint8_t code, std::uint32_t mtu = 0) {
    return IcmpError{IcmpError::kUnreachable, code, be16(), be16(), be16(static_cast<std::uint16_t>(mtu))};
  };
  switch (icmpv6.type) {
    case Icmpv6Header::kUnreachable:
      switch (icmpv6.code) {
        case 0:  // no route
        case 2:  // beyond the scope of the source
        case 3:  // address
          return unreachable(1);
        case 1:  // administratively prohibited
          return unreachable(10);
        case 4:  // port
          return unreachable(3);
        default:
          return std::nullopt;
      }
    case Icmpv6Header::kPacketTooBig: {
      const std::uint32_t stated = icmpv6.parameter.value();
      if (stated < kMinimumIpv6Mtu) return std::nullopt;  // invalid (RFC 8201 section 4)
      return unreachable(IcmpError::kFragmentationNeeded,
                         std::min({stated, std::uint32_t{mtus.ipv6}, mtus.ipv4 + kGrowth}) - kGrowth);
    }
    case Icmpv6Header::kTimeExceeded:
      return IcmpError{IcmpError::kTimeExceeded, icmpv6.code, be16(), be16(), be16()};
    case Icmpv6Header::kParameterProblem: {
      if (icmpv6.code == kUnknownNextHeader) return unreachable(2);
      const std::uint8_t pointer = pointer_to_ipv4(icmpv6.parameter.value());
      if (icmpv6.code != kErroneousField || pointer == kNowhere) return std::nullopt;
      return IcmpError{IcmpError::kParameterProblem, kPointerCode, be16(),
                       be16(static_cast<std::uint16_t>(pointer << 8)), be16()};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace softwire::dataplane
