// SPDX-License-Identifier: BSD-3-Clause
// Reads the headers of the packet that an ICMP error quotes, as far as they are there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "softwire/address.h"
#include "softwire/port_set.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

struct Quote {
  std::uint16_t header_bytes = 0;  // octets of IPv4 with options, or IPv6 with a fragment header
  std::uint8_t protocol = 0;
  bool has_transport = false;  // the transport header follows; false in a second or later fragment
  bool has_ports = false;      // ports, or the identifier of an echo, which stands for both
  bool is_icmp_error = false;  // an ICMP error, or another ICMP message that is not an echo
  Port source_port = 0;
  Port destination_port = 0;
};

// Return nullopt when the packet is shorter than its IP header, has another version, or is IPv6 with an
// incomplete fragment header. `octets` start with the IP header.
std::optional<Quote> read_quoted_ipv4(std::span<const std::uint8_t> octets);
std::optional<Quote> read_quoted_ipv6(std::span<const std::uint8_t> octets);

}  // namespace softwire::dataplane
