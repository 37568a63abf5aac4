// SPDX-License-Identifier: BSD-3-Clause
// The packet that an ICMP error is about: its headers, as far as they have come back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "softwire/address.h"
#include "softwire/port_set.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

struct Quote {
  std::uint16_t header_bytes = 0;  // of IPv4 with options, or IPv6 with a fragment header
  std::uint8_t protocol = 0;
  bool has_transport = false;  // the transport header follows: not a second or later fragment
  bool has_ports = false;      // or an echo's identifier, which stands for both
  bool is_icmp_error = false;  // or another ICMP message that is no echo
  Port source_port = 0;
  Port destination_port = 0;
};

// None: too short for its own IP header, of another version, or IPv6 with more than a fragment header.
// The octets begin with the IP header.
std::optional<Quote> read_quoted_ipv4(std::span<const std::uint8_t> octets);
std::optional<Quote> read_quoted_ipv6(std::span<const std::uint8_t> octets);

}  // namespace softwire::dataplane
