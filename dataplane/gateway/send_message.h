// SPDX-License-Identifier: BSD-3-Clause
// Sends ARP and Neighbor Discovery messages of the hub.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/context/context.h"

namespace softwire::dataplane {

// Returns the octets of a message structure.
template <typename Message>
std::span<const std::uint8_t> octets_of(const Message& message) {
  return {reinterpret_cast<const std::uint8_t*>(&message), sizeof message};
}

// A message to a MAC address on a side.
struct NeighborFrame {
  Side side{};
  MacAddress to;
  std::uint16_t ether_type = 0;
  std::span<const std::uint8_t> message;  // at most sizeof(NdPacket) octets
  Outcome outcome{};                      // a sent outcome
  Instant received_at{};                  // time of the frame that caused the message
};

// Sends and counts a message that the hub sends by itself. When no buffer is free it sends nothing: the
// message has the outcome kNoBuffer, and the next one is due soon.
void send_message(Context& context, const NeighborFrame& what);

// Sends and counts the answer to a request. Returns false when no buffer is free: nothing is sent or counted,
// and the request has the outcome kNoBuffer.
[[nodiscard]] bool send_answer(Context& context, const NeighborFrame& what);

}  // namespace softwire::dataplane
