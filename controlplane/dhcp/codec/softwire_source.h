// SPDX-License-Identifier: BSD-3-Clause
// OPTION_DHCP4O6_S46_SADDR, option 109 (RFC 8539 section 6.2), in messages to clients.
#pragma once

#include <cstddef>
#include <optional>

#include "controlplane/dhcp/codec/message.h"

namespace softwire::controlplane::dhcp {

// Returns the offset of End in an ACK; option 109 may be inserted there. Returns nullopt for other types, for
// an ACK that already has option 109, and for one that is authenticated (RFC 3118 section 3).
[[nodiscard]] inline std::optional<std::size_t> softwire_source_offset(const MessageView& message) {
  if (message.message_type() != MessageType::kAck || message.count(option::kSoftwireSource) != 0 ||
      message.count(option::kAuthentication) != 0) {
    return std::nullopt;
  }
  return message.end_offset();
}

}  // namespace softwire::controlplane::dhcp
