// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/map/icmp_error.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "dataplane/map/header.h"
#include "dataplane/map/quote.h"
#include "softwire/checksum.h"

namespace softwire::dataplane {

namespace {

constexpr unsigned kIcmpBytes = sizeof(IcmpError);
constexpr unsigned kMinimumIpv6Mtu = 1280;

// Returns the octets of the frame that lie in one piece, from `at` on.
std::span<std::uint8_t> front_of(Mbuf& frame, unsigned at) {
  return std::span(data_of(frame), frame.data_len).subspan(at);
}

// Removes the octets after the quoted packet. `length`: octets of the field that contains it; 0: not stated.
// Returns false when the frame is shorter.
bool trim_to_quote(Mbuf& frame, unsigned quote_at, unsigned length) {
  if (length == 0) return true;
  if (quote_at + length > frame.pkt_len) return false;
  trim_to(frame, quote_at + length);
  return true;
}

// Updates the checksum in the quoted transport header, if it is there.
void update_quoted(std::span<std::uint8_t> transport, std::uint8_t protocol, std::uint64_t removed,
                   std::uint64_t added) {
  const auto offset = checksum_offset(protocol);
  if (!offset || *offset + sizeof(be16) > transport.size()) return;
  auto& field = *reinterpret_cast<be16*>(transport.data() + *offset);
  if (protocol == ip_protocol::kUdp && field.raw() == 0)
    return;  // no checksum; the quote does not have all octets to compute one
  field = checksum_replace(field, removed, added);
  if (protocol == ip_protocol::kUdp && field.raw() == 0) field = be16(0xffff);
}

// Changes the type of the quoted echo message, and updates its checksum.
void update_quoted_echo(std::span<std::uint8_t> transport, std::uint8_t type, std::uint64_t removed,
                        std::uint64_t added) {
  auto& echo = *reinterpret_cast<IcmpEcho*>(transport.data());
  const be16 before(static_cast<std::uint16_t>(echo.type << 8 | echo.code));
  const be16 after(static_cast<std::uint16_t>(type << 8 | echo.code));
  echo.type = type;
  echo.checksum = checksum_replace(echo.checksum, removed + before.raw(), added + after.raw());
}

// Replaces the ICMP header and the quoted IP header, which end at `end`. Keeps the `at` octets in front of
// them. Returns false when the frame has no room in front.
template <typename Icmp>
bool replace_headers(Mbuf& frame, unsigned at, unsigned end, const Icmp& icmp,
                     std::span<const std::uint8_t> quoted) {
  std::array<std::uint8_t, 60> kept{};
  std::memcpy(kept.data(), data_of(frame), at);
  std::uint8_t* front = replace_front(frame, end, at + kIcmpBytes + static_cast<unsigned>(quoted.size()));
  if (front == nullptr) return false;
  std::memcpy(front, kept.data(), at);
  std::memcpy(front + at, static_cast<const void*>(&icmp), sizeof icmp);
  std::memcpy(front + at + kIcmpBytes, quoted.data(), quoted.size());
  return true;
}

void make_checksum(Mbuf& frame, unsigned at, std::uint64_t pseudo_header) {
  const std::uint64_t sum = pseudo_header + sum_of(frame, at, frame.pkt_len - at);
  reinterpret_cast<IcmpError*>(data_of(frame) + at)->checksum =
      be16::from_raw(static_cast<std::uint16_t>(~checksum_fold(sum)));
}

}  // namespace

std::optional<Outcome> icmp_error_to_ipv6(Mbuf& frame, const Ipv6Pair& addresses, const Ipv6Pair& quoted,
                                          const TranslationMtus& mtus) {
  const unsigned at = reinterpret_cast<const Ipv4Header*>(data_of(frame))->header_bytes();
  const IcmpError error = *reinterpret_cast<const IcmpError*>(data_of(frame) + at);
  if (!IcmpError::is_error(error.type)) return Outcome::kIcmpNotTranslated;
  if (!sums_up(sum_of(frame, at, frame.pkt_len - at))) return Outcome::kIcmpChecksum;
  const unsigned quote_at = at + kIcmpBytes;
  if (!trim_to_quote(frame, quote_at, (error.unused.value() & 0xffU) * 4))
    return Outcome::kIcmpQuoteTruncated;
  const auto octets = front_of(frame, quote_at);
  const auto quote = read_quoted_ipv4(octets);
  if (!quote) return Outcome::kIcmpQuoteTruncated;
  const Ipv4Header ipv4 = *reinterpret_cast<const Ipv4Header*>(octets.data());
  const bool is_icmp = quote->protocol == ip_protocol::kIcmp;
  if (quote->is_icmp_error || !is_translatable_from_ipv4(quote->protocol) ||
      (is_icmp && ipv4.is_fragment())) {
    return Outcome::kIcmpQuote;
  }
  const auto icmpv6 = icmpv6_of(error, mtus, ipv4.total_length.value());
  if (!icmpv6) return Outcome::kIcmpNotTranslated;

  const unsigned payload = ipv4.total_length.value() - unsigned{quote->header_bytes};
  const auto transport = octets.subspan(quote->header_bytes);
  if (is_icmp) {
    if (transport.size() < sizeof(IcmpEcho)) return Outcome::kIcmpQuoteTruncated;
    update_quoted_echo(
        transport, transport[0] == IcmpEcho::kRequest ? Icmpv6Header::kEchoRequest : Icmpv6Header::kEchoReply,
        0,
        pseudo_header_sum(quoted.source, quoted.destination, ip_protocol::kIcmpv6,
                          static_cast<std::uint16_t>(payload)));
  } else if (quote->has_transport) {
    update_quoted(transport, quote->protocol, pseudo_header_sum(ipv4.source, ipv4.destination, 0, 0),
                  pseudo_header_sum(quoted.source, quoted.destination, 0, 0));
  }
  std::array<std::uint8_t, kMaxIpv6HeaderBytes> header{};
  const unsigned bytes = write_ipv6_header(ipv4, payload, quoted, header.data());
  if (!replace_headers(frame, at, quote_at + quote->header_bytes, *icmpv6, std::span(header).first(bytes))) {
    return Outcome::kNoBufferRoom;
  }
  // Keeps as much of the packet as fits in the minimum MTU (RFC 4443 section 2.4 (c)).
  trim_to(frame, std::min(frame.pkt_len, at + kMinimumIpv6Mtu - unsigned{sizeof(Ipv6Header)}));
  make_checksum(frame, at,
                pseudo_header_sum(addresses.source, addresses.destination, ip_protocol::kIcmpv6,
                                  static_cast<std::uint16_t>(frame.pkt_len - at)));
  return std::nullopt;
}

std::optional<Outcome> icmp_error_to_ipv4(Mbuf& frame, std::uint64_t pseudo_header, const Ipv4Pair& quoted,
                                          const TranslationMtus& mtus) {
  constexpr unsigned kAt = sizeof(Ipv4Header);
  const Icmpv6Header error = *reinterpret_cast<const Icmpv6Header*>(data_of(frame) + kAt);
  if (!is_icmpv6_error(error.type)) return Outcome::kIcmpNotTranslated;
  if (!sums_up(pseudo_header + sum_of(frame, kAt, frame.pkt_len - kAt))) return Outcome::kIcmpChecksum;
  // Only these two types have the length field (RFC 4884 sections 4.1 and 4.2).
  const bool may_be_extended =
      error.type == Icmpv6Header::kUnreachable || error.type == Icmpv6Header::kTimeExceeded;
  constexpr unsigned kQuoteAt = kAt + kIcmpBytes;
  if (may_be_extended && !trim_to_quote(frame, kQuoteAt, (error.parameter.value() >> 24) * 8)) {
    return Outcome::kIcmpQuoteTruncated;
  }
  const auto octets = front_of(frame, kQuoteAt);
  const auto quote = read_quoted_ipv6(octets);
  if (!quote) return Outcome::kIcmpQuoteTruncated;
  const Ipv6Header ipv6 = *reinterpret_cast<const Ipv6Header*>(octets.data());
  Ipv6Description description{
      .traffic_class = ipv6.traffic_class(),
      .hop_limit = ipv6.hop_limit,
      .next_header = quote->protocol,
      .payload = ipv6.payload_length.value() - (unsigned{quote->header_bytes} - unsigned{sizeof ipv6})};
  if (quote->header_bytes != sizeof ipv6) {
    const auto& fragment = *reinterpret_cast<const Ipv6FragmentHeader*>(octets.data() + sizeof ipv6);
    description.has_fragment_header = true;
    description.fragment_offset = fragment.offset_bytes();
    description.more_fragments = fragment.more_fragments();
    description.identification = fragment.identification.value();
  }
  const bool is_icmp = quote->protocol == ip_protocol::kIcmpv6;
  const bool is_fragment = description.fragment_offset != 0 || description.more_fragments;
  if (quote->is_icmp_error || !is_translatable_from_ipv6(quote->protocol) || (is_icmp && is_fragment)) {
    return Outcome::kIcmpQuote;
  }
  const auto icmpv4 = icmpv4_of(error, mtus);
  if (!icmpv4) return Outcome::kIcmpNotTranslated;

  const auto transport = octets.subspan(quote->header_bytes);
  if (is_icmp) {
    if (transport.size() < sizeof(IcmpEcho)) return Outcome::kIcmpQuoteTruncated;
    update_quoted_echo(transport,
                       transport[0] == Icmpv6Header::kEchoRequest ? IcmpEcho::kRequest : IcmpEcho::kReply,
                       pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kIcmpv6,
                                         static_cast<std::uint16_t>(description.payload)),
                       0);
  } else if (quote->has_transport) {
    update_quoted(transport, quote->protocol, pseudo_header_sum(ipv6.source, ipv6.destination, 0, 0),
                  pseudo_header_sum(quoted.source, quoted.destination, 0, 0));
  }
  const Ipv4Header header = ipv4_header_of(description, quoted, 0);
  const std::span header_octets(reinterpret_cast<const std::uint8_t*>(&header), sizeof header);
  if (!replace_headers(frame, kAt, kQuoteAt + quote->header_bytes, *icmpv4, header_octets)) {
    return Outcome::kNoBufferRoom;
  }
  make_checksum(frame, kAt, 0);
  return std::nullopt;
}

}  // namespace softwire::dataplane
