// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/icmp/echo.h"

#include <utility>

#include "softwire/checksum.h"

namespace softwire::dataplane {

namespace {

// Returns the first word of the message.
be16 type_and_code(std::uint8_t type, std::uint8_t code) {
  return be16(static_cast<std::uint16_t>(type << 8 | code));
}

}  // namespace

void turn_into_reply(Ipv4Header& ipv4, IcmpEcho& echo, std::uint8_t time_to_live,
                     std::uint16_t identification) {
  std::swap(ipv4.source, ipv4.destination);
  ipv4.time_to_live = time_to_live;
  ipv4.identification = be16(identification);
  ipv4.fragment = be16();
  ipv4.checksum = be16();
  ipv4.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&ipv4), sizeof ipv4});
  echo.checksum = checksum_update(echo.checksum, type_and_code(echo.type, echo.code),
                                  type_and_code(IcmpEcho::kReply, echo.code));
  echo.type = IcmpEcho::kReply;
}

void turn_into_reply(Ipv6Header& ipv6, Icmpv6Header& echo, std::uint16_t message_bytes,
                     std::uint8_t hop_limit) {
  // Swapped addresses do not change the sum of the pseudo header.
  std::swap(ipv6.source, ipv6.destination);
  ipv6.version_class_flow = be32(0x60000000U | std::uint32_t{ipv6.traffic_class()} << 20);
  ipv6.payload_length = be16(message_bytes);
  ipv6.next_header = ip_protocol::kIcmpv6;
  ipv6.hop_limit = hop_limit;
  echo.checksum = checksum_update(echo.checksum, type_and_code(echo.type, echo.code),
                                  type_and_code(Icmpv6Header::kEchoReply, echo.code));
  echo.type = Icmpv6Header::kEchoReply;
}

}  // namespace softwire::dataplane
