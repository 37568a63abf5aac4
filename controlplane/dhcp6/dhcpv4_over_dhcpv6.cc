// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/dhcpv4_over_dhcpv6.h"

#include <algorithm>

#include "controlplane/dhcp6/s46.h"

namespace softwire::controlplane::dhcp6 {

Result<Dhcpv4Query, Outcome> open_query(Unwrapped request) {
  const MessageView& message = request.message;
  if (message.type() != MessageType::kDhcpv4Query) return Outcome::kDhcp6MessageType;
  const OptionsView& options = message.options();
  const auto dhcpv4 = options.sole(option::kDhcpv4Message);
  if (!dhcpv4) return Outcome::kDhcp6Dhcpv4Message;
  const bool unicast = (message.flags() & kUnicastFlag) != 0;
  return Dhcpv4Query{*dhcpv4,
                     unicast,
                     {std::move(request.path), requests(options, option::kS46Br),
                      requests(options, option::kS46BindIpv6Prefix)}};
}

Result<Bytes, Outcome> answer_query(const QueryOrigin& query, Octets dhcpv4,
                                    const std::optional<Ipv6Address>& br,
                                    const std::optional<Ipv6Prefix>& bind_prefix) {
  Builder response(MessageType::kDhcpv4Response, 0);
  bool fits = response.add(option::kDhcpv4Message, dhcpv4);
  if (query.wants_br && br) fits = fits && response.add(option::kS46Br, br->octets());
  if (query.wants_bind_prefix && bind_prefix) {
    fits = fits && response.add(option::kS46BindIpv6Prefix, s46_prefix(*bind_prefix));
  }
  if (!fits) return Outcome::kDhcp6TooBig;
  return query.path.wrap(response.octets());
}

Result<Bytes, Outcome> forward_4o6(Octets dhcpv4, bool unicast, const Ipv6Address& br,
                                   const Ipv6Address& subscriber) {
  Builder query(MessageType::kDhcpv4Query, unicast ? kUnicastFlag : 0);
  Builder relayed(MessageType::kRelayForward, 0, br, subscriber);
  if (!query.add(option::kDhcpv4Message, dhcpv4) || !relayed.add(option::kInterfaceId, subscriber.octets()) ||
      !relayed.add(option::kRelayMessage, query.octets())) {
    return Outcome::kDhcp6TooBig;
  }
  return relayed.octets();
}

Result<Dhcpv4Response, Outcome> open_response(Octets octets) {
  const auto relayed = MessageView::parse(octets);
  if (!relayed) return relayed.error();
  if (relayed->type() != MessageType::kRelayReply) return Outcome::kDhcp6MessageType;
  const Ipv6Address subscriber = relayed->peer_address();
  const auto interface_id = relayed->options().sole(option::kInterfaceId);
  if (!interface_id || !std::ranges::equal(*interface_id, subscriber.octets()))
    return Outcome::kDhcp6RelayReply;
  const auto inner = relayed->options().sole(option::kRelayMessage);
  if (!inner) return Outcome::kDhcp6Malformed;
  const auto response = MessageView::parse(*inner);
  if (!response) return response.error();
  if (response->type() != MessageType::kDhcpv4Response) return Outcome::kDhcp6MessageType;
  const auto dhcpv4 = response->options().sole(option::kDhcpv4Message);
  if (!dhcpv4) return Outcome::kDhcp6Dhcpv4Message;
  return Dhcpv4Response{relayed->link_address(), subscriber, *dhcpv4};
}

}  // namespace softwire::controlplane::dhcp6
