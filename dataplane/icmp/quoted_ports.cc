// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/icmp/quoted_ports.h"

#include "dataplane/packet/quoted_octets.h"
#include "softwire/checksum.h"

namespace softwire::dataplane {

bool is_icmpv4_checksum_right(const PacketState& state) {
  const ParsedPacket& packet = state.packet;
  return sums_up(sum_of(*state.frame, std::uint32_t{packet.ipv4_offset} + packet.ipv4_header_bytes,
                        std::uint32_t{packet.ipv4_length} - packet.ipv4_header_bytes));
}

std::optional<Outcome> take_quoted_ports(const Context& context, Side side, PacketState& state) {
  ParsedPacket& packet = state.packet;
  const bool concerns_subscriber = side == Side::kIpv4
                                       ? state.destination_leaf.kind != BindingTable::Kind::kNone
                                       : context.is_to_br(*state.frame, packet.ip_offset);
  if (!concerns_subscriber) return std::nullopt;
  if (!is_icmpv4_checksum_right(state)) return Outcome::kIcmpChecksum;
  const QuotedOctets<kMostOfQuotedIpv4> quoted(*state.frame,
                                               std::uint32_t{packet.ipv4_offset} + packet.ipv4_header_bytes,
                                               std::uint32_t{packet.ipv4_length} - packet.ipv4_header_bytes);
  ParsedPacket quote;
  if (parse_quoted_ipv4(quoted.octets().data(), static_cast<std::uint32_t>(quoted.octets().size()), quote) !=
      ParseStatus::kOk) {
    return quote.outcome;
  }
  // The receiver of the error must have sent the quoted packet. A subscriber may report only packets that
  // were sent to it.
  if (quote.source != packet.destination || quote.port_key == PortKey::kIcmpError ||
      (side == Side::kIpv6 && quote.destination != packet.source)) {
    return Outcome::kIcmpQuote;
  }
  packet.source_port = quote.destination_port;
  packet.destination_port = quote.source_port;
  // An identifier becomes kPorts here, so that the error is not taken for an echo.
  packet.port_key = is_port(quote.port_key) ? PortKey::kPorts : quote.port_key;
  return std::nullopt;
}

}  // namespace softwire::dataplane
