// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/map/translate.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/map/header.h"
#include "dataplane/map/icmp_error.h"
#include "softwire/checksum.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint32_t kLongest = 65535;

// Returns the checksum field of a transport header that starts at `transport`.
be16& field_at(std::uint8_t* transport, unsigned offset) {
  return *reinterpret_cast<be16*>(transport + offset);
}

be16 type_and_code(std::uint8_t type, std::uint8_t code) {
  return be16(static_cast<std::uint16_t>(type << 8 | code));
}

// Computes the checksum of a UDP datagram without one, because IPv6 requires it (section 4.5). `at`: octets
// into the frame where the datagram starts.
std::optional<Outcome> make_udp_checksum(Mbuf& frame, unsigned at, bool is_fragment,
                                         const Ipv6Pair& addresses) {
  if (is_fragment) return Outcome::kUdpWithoutChecksum;
  auto& udp = *reinterpret_cast<UdpHeader*>(data_of(frame) + at);
  const std::uint16_t length = udp.length.value();
  if (length < sizeof udp || length > frame.pkt_len - at) return Outcome::kTransportTruncated;
  const std::uint64_t sum =
      pseudo_header_sum(addresses.source, addresses.destination, ip_protocol::kUdp, length) +
      sum_of(frame, at, length);
  const auto field = static_cast<std::uint16_t>(~checksum_fold(sum));
  udp.checksum = be16::from_raw(field == 0 ? 0xffff : field);
  return std::nullopt;
}

// Updates the checksum of the transport header at `at` of a packet whose addresses change.
std::optional<Outcome> update_transport(Mbuf& frame, unsigned at, std::uint8_t protocol,
                                        std::uint64_t removed, std::uint64_t added) {
  const auto offset = checksum_offset(protocol);
  if (!offset) return std::nullopt;
  if (at + *offset + sizeof(be16) > frame.pkt_len) return Outcome::kTransportTruncated;
  be16& field = field_at(data_of(frame) + at, *offset);
  const bool is_udp = protocol == ip_protocol::kUdp;
  if (is_udp && field.raw() == 0) return std::nullopt;
  field = checksum_replace(field, removed, added);
  if (is_udp && field.raw() == 0) field = be16(0xffff);
  return std::nullopt;
}

}  // namespace

bool is_translatable_from_ipv4(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::kHopByHop:
    case ip_protocol::kRouting:
    case ip_protocol::kFragment:
    case ip_protocol::kIcmpv6:
    case ip_protocol::kNoNext:
    case ip_protocol::kDestinationOptions:
      return false;
    default:
      return true;
  }
}

bool is_translatable_from_ipv6(std::uint8_t next_header) {
  switch (next_header) {
    case ip_protocol::kHopByHop:
    case ip_protocol::kRouting:
    case ip_protocol::kFragment:
    case ip_protocol::kIcmp:
    case ip_protocol::kNoNext:
    case ip_protocol::kDestinationOptions:
      return false;
    default:
      return true;
  }
}

std::optional<Outcome> to_ipv6_payload(Mbuf& frame, const Ipv6Pair& addresses, const Ipv6Pair& quoted,
                                       const TranslationMtus& mtus) {
  if (!pull_up(frame, static_cast<std::uint16_t>(std::min<std::uint32_t>(frame.pkt_len, kIcmpErrorFront)))) {
    return Outcome::kNoBufferRoom;
  }
  auto& ipv4 = *reinterpret_cast<Ipv4Header*>(data_of(frame));
  const unsigned at = ipv4.header_bytes();
  if (!is_translatable_from_ipv4(ipv4.protocol)) return Outcome::kProtocolNotTranslated;
  if (ipv4.protocol == ip_protocol::kIcmp) {
    if (ipv4.is_fragment()) return Outcome::kIcmpFragment;
    if (at + sizeof(IcmpEcho) > frame.pkt_len) return Outcome::kTransportTruncated;
    auto& echo = *reinterpret_cast<IcmpEcho*>(data_of(frame) + at);
    if (!is_icmpv4_echo(echo.type)) return icmp_error_to_ipv6(frame, addresses, quoted, mtus);
    const be16 before = type_and_code(echo.type, echo.code);
    echo.type = echo.type == IcmpEcho::kRequest ? Icmpv6Header::kEchoRequest : Icmpv6Header::kEchoReply;
    echo.checksum =
        checksum_replace(echo.checksum, before.raw(),
                         std::uint64_t{type_and_code(echo.type, echo.code).raw()} +
                             pseudo_header_sum(addresses.source, addresses.destination, ip_protocol::kIcmpv6,
                                               static_cast<std::uint16_t>(frame.pkt_len - at)));
    return std::nullopt;
  }
  if (!ipv4.is_first_fragment()) return std::nullopt;
  if (ipv4.protocol == ip_protocol::kUdp) {
    if (at + sizeof(UdpHeader) > frame.pkt_len) return Outcome::kTransportTruncated;
    if (reinterpret_cast<const UdpHeader*>(data_of(frame) + at)->checksum.raw() == 0) {
      return make_udp_checksum(frame, at, ipv4.is_fragment(), addresses);
    }
  }
  return update_transport(frame, at, ipv4.protocol, pseudo_header_sum(ipv4.source, ipv4.destination, 0, 0),
                          pseudo_header_sum(addresses.source, addresses.destination, 0, 0));
}

std::optional<Outcome> put_ipv6_header(Mbuf& frame, const Ipv6Pair& addresses) {
  const auto& ipv4 = *reinterpret_cast<const Ipv4Header*>(data_of(frame));
  const unsigned header_bytes = ipv4.header_bytes();
  const std::uint32_t payload = frame.pkt_len - header_bytes;
  if (payload + sizeof(Ipv6FragmentHeader) > kLongest) return Outcome::kTooBigForIpv6;
  std::array<std::uint8_t, kMaxIpv6HeaderBytes> header{};
  const unsigned bytes = write_ipv6_header(ipv4, payload, addresses, header.data());
  std::uint8_t* front = replace_front(frame, header_bytes, bytes);
  if (front == nullptr) return Outcome::kNoBufferRoom;
  std::memcpy(front, header.data(), bytes);
  return std::nullopt;
}

std::optional<Outcome> to_ipv4(Mbuf& frame, std::uint16_t ip_offset, const UpperLayer& upper,
                               const Ipv4Pair& addresses, const Ipv4Pair& quoted, const TranslationMtus& mtus,
                               std::uint16_t identification) {
  if (upper.bytes + sizeof(Ipv4Header) > kLongest) return Outcome::kTooBigForIpv4;
  if (!is_translatable_from_ipv6(upper.protocol)) return Outcome::kProtocolNotTranslated;
  trim_to(frame, std::uint32_t{upper.offset} + upper.bytes);
  const std::uint32_t front_bytes = upper.offset + kIcmpErrorFront;
  if (!pull_up(frame, static_cast<std::uint16_t>(std::min(frame.pkt_len, front_bytes)))) {
    return Outcome::kNoBufferRoom;
  }
  if (upper.protocol == ip_protocol::kIcmpv6) {
    if (upper.is_fragment()) return Outcome::kIcmpFragment;
    if (upper.bytes < sizeof(IcmpEcho)) return Outcome::kTransportTruncated;
  }
  // The octets in front of the payload are replaced below.
  const Ipv6Header ipv6 = *reinterpret_cast<const Ipv6Header*>(data_of(frame) + ip_offset);
  std::uint8_t* front = replace_front(frame, upper.offset, sizeof(Ipv4Header));
  if (front == nullptr) return Outcome::kNoBufferRoom;
  constexpr unsigned kAt = sizeof(Ipv4Header);
  // A packet that is dropped gets the octets in front back.
  const auto as_it_came = [&](std::optional<Outcome> why) {
    static_cast<void>(replace_front(frame, sizeof(Ipv4Header), upper.offset));
    return why;
  };
  if (upper.protocol == ip_protocol::kIcmpv6) {
    const std::uint64_t pseudo_header =
        pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kIcmpv6, upper.bytes);
    auto& echo = *reinterpret_cast<IcmpEcho*>(front + kAt);
    if (is_icmpv6_echo(echo.type)) {
      const be16 before = type_and_code(echo.type, echo.code);
      echo.type = echo.type == Icmpv6Header::kEchoRequest ? IcmpEcho::kRequest : IcmpEcho::kReply;
      echo.checksum = checksum_replace(echo.checksum, before.raw() + pseudo_header,
                                       type_and_code(echo.type, echo.code).raw());
    } else if (const auto why = icmp_error_to_ipv4(frame, pseudo_header, quoted, mtus)) {
      return as_it_came(why);
    }
  } else if (upper.fragment_offset == 0) {
    const auto why =
        update_transport(frame, kAt, upper.protocol, pseudo_header_sum(ipv6.source, ipv6.destination, 0, 0),
                         pseudo_header_sum(addresses.source, addresses.destination, 0, 0));
    if (why) return as_it_came(why);
  }
  const Ipv6Description description{.traffic_class = ipv6.traffic_class(),
                                    .hop_limit = ipv6.hop_limit,
                                    .next_header = upper.protocol,
                                    .payload = frame.pkt_len - kAt,
                                    .has_fragment_header = upper.has_fragment_header,
                                    .fragment_offset = upper.fragment_offset,
                                    .more_fragments = upper.more_fragments,
                                    .identification = upper.identification};
  const Ipv4Header ipv4 = ipv4_header_of(description, addresses, identification);
  std::memcpy(data_of(frame), static_cast<const void*>(&ipv4), sizeof ipv4);
  return std::nullopt;
}

}  // namespace softwire::dataplane
