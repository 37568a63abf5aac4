// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes OPTION_V4_PORTPARAMS, option 159 (RFC 7618 section 9): the port set of a lease.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "controlplane/dhcp/codec/message.h"
#include "softwire/port_set.h"

namespace softwire::controlplane::dhcp {

// Reads the value of the option: offset, PSID length, and two octets that begin with the bits of the PSID.
// The remaining bits are ignored, and so is a PSID of length 0. Returns nullopt when the value is not 4
// octets long, or when offset and PSID length exceed the 16 bits of a port.
inline std::optional<PortSet> read_port_parameters(Octets value) {
  if (value.size() != 4 || value[0] > 16 || value[1] > 16) return std::nullopt;
  if (value[1] == 0) return PortSet{};  // the whole address
  const unsigned left_justified = unsigned{value[2]} << 8 | value[3];
  return PortSet::make(value[0], value[1], left_justified >> (16 - value[1]));
}

inline std::array<std::uint8_t, 4> port_parameters_octets(const PortSet& ports) {
  const unsigned left_justified = unsigned{ports.psid} << (16 - ports.parameters.psid_len);
  return {ports.parameters.psid_offset, ports.parameters.psid_len,
          static_cast<std::uint8_t>(left_justified >> 8), static_cast<std::uint8_t>(left_justified)};
}

}  // namespace softwire::controlplane::dhcp
