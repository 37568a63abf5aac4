// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/gateway/send_message.h"

#include <array>
#include <cstring>

#include "dataplane/neighbor/neighbor_message.h"

namespace softwire::dataplane {

bool send_answer(Context& context, const NeighborFrame& what) {
  const Policy& policy = context.policy;
  EthernetTemplate ethernet(what.side == Side::kIpv4 ? policy.ipv4 : policy.ipv6, what.ether_type);
  ethernet.set_destination(what.to);
  std::array<std::uint8_t, sizeof(EthernetHeader) + sizeof(VlanTag) + sizeof(NdPacket)> octets{};
  ethernet.write(octets.data());
  std::memcpy(octets.data() + ethernet.bytes(), what.message.data(), what.message.size());
  Mbuf* frame = make_packet(context.pool, std::span(octets).first(ethernet.bytes() + what.message.size()));
  if (frame == nullptr) return false;
  context_of(*frame) = {};
  context_of(*frame).received_at = what.received_at;
  ++context.counters.generated;
  context.counters.outcomes.add(what.outcome);
  context.counters.side(what.side).sent.add(frame->pkt_len);
  context.output->push(what.side, *frame);
  return true;
}

void send_message(Context& context, const NeighborFrame& what) {
  if (send_answer(context, what)) return;
  ++context.counters.generated;
  context.counters.outcomes.add(Outcome::kNoBuffer);
}

}  // namespace softwire::dataplane
