// SPDX-License-Identifier: BSD-3-Clause
// Input: an octet of choices, and a message. It is relayed as from a client and as from a server. A relayed
// message that is answered with its own option 82 must reach the subscriber unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "controlplane/dhcp/relay/relay.h"
#include "tests/fuzz/require.h"

using softwire::Ipv4Address;
using softwire::Ipv6Address;
using softwire::kDhcpServerPort;
using softwire::Outcome;
using softwire::controlplane::dhcp::Header;
using softwire::controlplane::dhcp::MessageType;
using softwire::controlplane::dhcp::MessageView;
using softwire::controlplane::dhcp::Octets;
using softwire::controlplane::dhcp::Option;
using softwire::controlplane::dhcp::Relay;
using softwire::controlplane::dhcp::RelayOptions;
using softwire::controlplane::dhcp::Subscriber;
using softwire::fuzz::require;
namespace dhcp = softwire::controlplane::dhcp;

namespace {

constexpr Ipv4Address kServer(10, 99, 0, 1);
constexpr Subscriber kSubscriber{Ipv6Address::from_host(0x20010db800a20000, 2),
                                 Ipv6Address::from_host(0x20010db800ff0000, 1)};

RelayOptions options(std::uint8_t choices) {
  RelayOptions options;
  options.servers = {kServer};
  options.address = Ipv4Address(100, 64, 0, 1);
  options.br_addresses = {kSubscriber.br};
  if ((choices & 1) != 0) options.br_addresses.push_back(Ipv6Address::from_host(0x20010db800ff0000, 2));
  if ((choices & 2) != 0) options.client_suboption = dhcp::suboption::kCircuitId;
  if ((choices & 4) != 0) options.max_message = 320;
  return options;
}

std::size_t count_option82(const MessageView& message) {
  std::size_t found = 0;
  for (const Option option : message.options()) {
    found += option.code() == dhcp::option::kRelayAgentInformation ? 1 : 0;
  }
  return found;
}

bool is_padded(const MessageView& message) {
  const Octets rest = message.octets().subspan(message.end_offset() + 1);
  return message.octets().size() >= dhcp::kMinMessageBytes &&
         std::ranges::all_of(rest, [](std::uint8_t octet) { return octet == 0; });
}

bool same_header_but_hops_and_giaddr(Header a, const Header& b) {
  a.hops = b.hops;
  a.giaddr = b.giaddr;
  const auto octets = [](const Header& header) {
    return Octets(reinterpret_cast<const std::uint8_t*>(&header), sizeof(header));
  };
  return std::ranges::equal(octets(a), octets(b));
}

// Answers as a server that returns everything it received.
void answer(Relay& relay, const MessageView& request) {
  std::vector<std::uint8_t> octets(request.octets().begin(), request.octets().end());
  const auto type_at = request.sole(dhcp::option::kMessageType)->data() - request.octets().data();
  octets[0] = Header::kBootReply;
  octets[static_cast<std::size_t>(type_at)] = static_cast<std::uint8_t>(MessageType::kAck);
  const auto message = MessageView::parse(octets);
  require(message.ok() && relay.takes_from(kServer, kDhcpServerPort));
  const auto result = relay.from_server(*message, kServer);
  require(result.outcome == Outcome::kDhcpDelivered && result.subscriber == kSubscriber);
  const auto delivered = MessageView::parse(result.message);
  require(delivered.ok() && is_padded(*delivered));
  const std::size_t before_option82 = delivered->end_offset();
  require(std::ranges::equal(result.message.first(before_option82), Octets(octets).first(before_option82)));
  require(octets[before_option82] == dhcp::option::kRelayAgentInformation);
}

void from_client(Relay& relay, const RelayOptions& options, Octets octets, bool unicast) {
  const auto before = MessageView::parse(octets);
  if (!before) return;
  const auto result = relay.from_client({*before, kSubscriber, unicast});
  require(result.message.empty() == (result.outcome != Outcome::kDhcpRelayed));
  if (result.message.empty()) return;
  const auto after = MessageView::parse(result.message);
  require(after.ok());
  require(result.message.size() <= options.max_message && is_padded(*after));
  require(same_header_but_hops_and_giaddr(before->header(), after->header()));
  require(after->header().hops == before->header().hops + 1 && after->header().hops <= options.hop_limit + 1);
  require(after->header().giaddr == options.address);
  require(before->count(dhcp::option::kRelayAgentInformation) == 0 && count_option82(*after) == 1);
  const Octets kept = before->options().octets();
  require(std::ranges::equal(kept, after->options().octets().first(kept.size())));
  require(after->options().octets()[kept.size()] == dhcp::option::kRelayAgentInformation);

  answer(relay, *after);
}

void from_server(Relay& relay, const RelayOptions& options, Octets octets) {
  const auto before = MessageView::parse(octets);
  if (!before) return;
  const auto result = relay.from_server(*before, kServer);
  require(result.message.empty() == (result.outcome != Outcome::kDhcpDelivered));
  if (result.message.empty()) return;
  const auto after = MessageView::parse(result.message);
  require(after.ok() && is_padded(*after));
  require(result.message.size() <= std::max(octets.size(), dhcp::kMinMessageBytes));
  require(std::ranges::equal(octets.first(dhcp::kOptionsOffset), result.message.first(dhcp::kOptionsOffset)));
  require(count_option82(*before) == 1 && count_option82(*after) == 0);
  require(std::ranges::find(options.br_addresses, result.subscriber.br) != options.br_addresses.end());
  require(!result.subscriber.address.is_multicast() && !result.subscriber.address.is_link_local());
  require(!result.destination.is_unspecified() && !result.destination.is_multicast());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const RelayOptions chosen = options(data[0]);
  Relay relay(chosen);
  from_server(relay, chosen, {data + 1, size - 1});
  from_client(relay, chosen, {data + 1, size - 1}, (data[0] & 8) != 0);
  return 0;
}
