// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/softwire/encapsulation.h"

namespace softwire::dataplane {

namespace {

Outcome keep(PacketState& state, std::optional<Mbuf*> later_fragments, Outcome success) {
  if (!later_fragments) return Outcome::kNoBuffer;
  state.later_fragments = *later_fragments;
  return success;
}

}  // namespace

[[gnu::cold, gnu::noinline]] Outcome fragment_for_ipv6(Context& context, PacketState& state,
                                                       unsigned ip_offset, Outcome success) {
  return keep(state, context.fragmenter.fragment_ipv6(*state.frame, ip_offset, context.policy.ipv6.mtu),
              success);
}

[[gnu::cold, gnu::noinline]] Outcome fragment_for_ipv4(Context& context, PacketState& state,
                                                       unsigned ip_offset, Outcome success) {
  return keep(state, context.fragmenter.fragment_ipv4(*state.frame, ip_offset, context.policy.ipv4.mtu),
              success);
}

}  // namespace softwire::dataplane
