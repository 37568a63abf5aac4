// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/relay_path.h"

#include "softwire/keyed_identity.h"

namespace softwire::controlplane::dhcp6 {
namespace {

std::optional<Bytes> copy_of(const OptionsView& options, std::uint16_t code) {
  const auto value = options.sole(code);
  if (!value) return std::nullopt;
  return Bytes(value->begin(), value->end());
}

std::optional<std::uint64_t> remote_id_of(const OptionsView& options) {
  const auto value = options.sole(option::kRemoteId);
  if (!value) return std::nullopt;
  KeyedIdentity identity(0);  // relays write the option, not clients
  identity.add(*value);
  return identity.address().high();
}

}  // namespace

Ipv6Address RelayPath::client_address() const {
  return relayed() ? levels_.back().peer_address : source_.address;
}

Ipv6Address RelayPath::link_address() const {
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    const Ipv6Address& link = level->link_address;
    if (!link.is_unspecified() && !link.is_link_local()) return link;
  }
  return {};
}

Endpoint RelayPath::destination() const {
  if (!relayed()) return {source_.address, kClientPort, source_.station};
  return {source_.address, levels_.front().relay_source_port ? source_.port : kServerPort, source_.station};
}

Result<Bytes, Outcome> RelayPath::wrap(Bytes answer) const {
  if (answer.size() > kMaxMessageBytes) return Outcome::kDhcp6TooBig;
  for (auto each = levels_.rbegin(); each != levels_.rend(); ++each) {
    const RelayLevel& level = *each;
    Builder reply(MessageType::kRelayReply, level.hop_count, level.link_address, level.peer_address);
    bool fits = !level.interface_id || reply.add(option::kInterfaceId, *level.interface_id);
    fits =
        fits && (!level.relay_source_port || reply.add(option::kRelaySourcePort, *level.relay_source_port));
    if (!fits || !reply.add(option::kRelayMessage, answer)) return Outcome::kDhcp6TooBig;
    answer = reply.octets();
  }
  return answer;
}

Result<Unwrapped, Outcome> unwrap(Octets octets, const Endpoint& source) {
  std::vector<RelayLevel> levels;
  std::size_t kept = 0;
  for (;;) {
    const auto message = MessageView::parse(octets);
    if (!message) return message.error();
    if (message->type() == MessageType::kRelayReply) return Outcome::kDhcp6MessageType;
    if (!message->is_relay()) return Unwrapped{*message, RelayPath(source, std::move(levels))};

    if (message->hop_count() > RelayPath::kHopCountLimit || levels.size() == RelayPath::kMaxLevels) {
      return Outcome::kDhcp6Hops;
    }
    const OptionsView& options = message->options();
    const auto inner = options.sole(option::kRelayMessage);
    if (!inner || options.count(option::kInterfaceId) > 1 || options.count(option::kRelaySourcePort) > 1) {
      return Outcome::kDhcp6Malformed;
    }
    RelayLevel level{message->hop_count(),
                     message->link_address(),
                     message->peer_address(),
                     copy_of(options, option::kInterfaceId),
                     copy_of(options, option::kRelaySourcePort),
                     remote_id_of(options)};
    kept += level.interface_id ? level.interface_id->size() : 0;
    if (kept > RelayPath::kMaxInterfaceIdBytes) return Outcome::kDhcp6TooBig;
    if (level.relay_source_port && level.relay_source_port->size() != 2) return Outcome::kDhcp6Malformed;
    levels.push_back(std::move(level));
    octets = *inner;
  }
}

}  // namespace softwire::controlplane::dhcp6
