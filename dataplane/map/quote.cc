// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/map/quote.h"

#include "dataplane/map/icmp_kind.h"

namespace softwire::dataplane {

namespace {

void read_transport(std::span<const std::uint8_t> octets, bool is_echo, Quote& quote) {
  if (!quote.has_transport) return;
  switch (quote.protocol) {
    case ip_protocol::kIcmp:
    case ip_protocol::kIcmpv6:
      quote.is_icmp_error = !is_echo;
      if (!is_echo || octets.size() < sizeof(IcmpEcho)) return;
      quote.source_port = quote.destination_port =
          reinterpret_cast<const IcmpEcho*>(octets.data())->identifier.value();
      quote.has_ports = true;
      return;
    case ip_protocol::kTcp:
    case ip_protocol::kUdp:
    case ip_protocol::kDccp:
    case ip_protocol::kSctp:
    case ip_protocol::kUdpLite:
      if (octets.size() < 2 * sizeof(be16)) return;
      quote.source_port = reinterpret_cast<const be16*>(octets.data())[0].value();
      quote.destination_port = reinterpret_cast<const be16*>(octets.data())[1].value();
      quote.has_ports = true;
      return;
    default:
      return;
  }
}

}  // namespace

std::optional<Quote> read_quoted_ipv4(std::span<const std::uint8_t> octets) {
  if (octets.size() < sizeof(Ipv4Header)) return std::nullopt;
  const auto& ipv4 = *reinterpret_cast<const Ipv4Header*>(octets.data());
  Quote quote;
  quote.header_bytes = static_cast<std::uint16_t>(ipv4.header_bytes());
  if (ipv4.version() != 4 || quote.header_bytes < sizeof(Ipv4Header) ||
      quote.header_bytes > ipv4.total_length.value() || quote.header_bytes > octets.size()) {
    return std::nullopt;
  }
  quote.protocol = ipv4.protocol;
  quote.has_transport = ipv4.is_first_fragment();
  const auto transport = octets.subspan(quote.header_bytes);
  read_transport(transport, !transport.empty() && is_icmpv4_echo(transport[0]), quote);
  return quote;
}

std::optional<Quote> read_quoted_ipv6(std::span<const std::uint8_t> octets) {
  if (octets.size() < sizeof(Ipv6Header)) return std::nullopt;
  const auto& ipv6 = *reinterpret_cast<const Ipv6Header*>(octets.data());
  if (ipv6.version() != 6) return std::nullopt;
  Quote quote;
  quote.header_bytes = sizeof(Ipv6Header);
  quote.protocol = ipv6.next_header;
  quote.has_transport = true;
  if (quote.protocol == ip_protocol::kFragment) {
    if (octets.size() < sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader) ||
        ipv6.payload_length.value() < sizeof(Ipv6FragmentHeader)) {
      return std::nullopt;
    }
    const auto& fragment = *reinterpret_cast<const Ipv6FragmentHeader*>(octets.data() + quote.header_bytes);
    quote.header_bytes = sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader);
    quote.protocol = fragment.next_header;
    quote.has_transport = fragment.offset_bytes() == 0;
  }
  const auto transport = octets.subspan(quote.header_bytes);
  read_transport(transport, !transport.empty() && is_icmpv6_echo(transport[0]), quote);
  return quote;
}

}  // namespace softwire::dataplane
