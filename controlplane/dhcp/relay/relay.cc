// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/relay/relay.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <memory>
#include <optional>
#include <utility>

#include "controlplane/dhcp/codec/endpoints.h"
#include "controlplane/dhcp/codec/softwire_source.h"
#include "controlplane/dhcp/relay/suboptions.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {
namespace {

// Returns whether servers send messages of this type to a relay. They send FORCERENEW directly to the client
// (RFC 3203 section 3): it answers no message, so it has no option 82.
bool comes_from_servers(MessageType type) {
  return type == MessageType::kOffer || type == MessageType::kAck || type == MessageType::kNak;
}

std::array<std::uint8_t, 4> octets_of(Ipv4Address address) {
  return std::bit_cast<std::array<std::uint8_t, 4>>(address);
}

void append(std::vector<std::uint8_t>& out, Octets octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

// Appends End, and pads up to the minimum size.
void finish(std::vector<std::uint8_t>& out) {
  out.push_back(option::kEnd);
  if (out.size() < kMinMessageBytes) out.resize(kMinMessageBytes, option::kPad);
}

// Writes an address into the value of option 54, `at` octets from the start of the message.
void set_server_identifier(std::vector<std::uint8_t>& message, std::size_t at, Ipv4Address server) {
  std::ranges::copy(octets_of(server), message.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

Relay::Relay(RelayOptions options) {
  configure(std::move(options));
}

void Relay::configure(RelayOptions options) {
  assert(is_client_suboption(options.client_suboption));
  options_ = std::move(options);
  auto& ours = options_.br_addresses;
  std::sort(ours.begin(), ours.end());
  ours.erase(std::unique(ours.begin(), ours.end()), ours.end());
}

bool Relay::is_ours(const Ipv6Address& br) const {
  return std::ranges::binary_search(options_.br_addresses, br);
}

Relay::ToServers Relay::from_client(const ReceivedMessage& received,
                                    const std::function<std::optional<Outcome>()>& reserve) {
  const auto refuse = [](Outcome outcome) { return ToServers{outcome, {}}; };
  const MessageView& message = received.message;
  const Subscriber& subscriber = received.subscriber;
  // Drops a message if its answer could not be delivered.
  if (!is_host(subscriber.address) || is_ours(subscriber.address)) return refuse(Outcome::kDhcpUnauthorised);
  if (!is_ours(subscriber.br)) return refuse(Outcome::kDhcpBrAddress);

  Header header = message.header();
  if (header.op != Header::kBootRequest) return refuse(Outcome::kDhcpOp);
  const auto type = message.message_type();
  if (!type || !comes_from_clients(*type)) return refuse(Outcome::kDhcpMessageType);
  statistics_.received(*type);

  if (header.hops > options_.hop_limit) return refuse(Outcome::kDhcpHops);
  if (header.giaddr == options_.address) return refuse(Outcome::kDhcpOwnGiaddr);
  if (!header.giaddr.is_unspecified()) return refuse(Outcome::kDhcpForeignGiaddr);
  // Counts option 82 in overloaded fields too, because a server may read it there. RFC 3046 section 2.1
  // forbids that only for replies.
  if (message.count(option::kRelayAgentInformation) != 0) return refuse(Outcome::kDhcpOption82Present);

  out_.clear();
  if (!options_.servers.empty()) {
    const Option82Builder option82 = agent_information(received);
    const std::size_t bytes = message.end_offset() + option82.octets().size() + 1;
    if (std::max(bytes, kMinMessageBytes) > options_.max_message) return refuse(Outcome::kDhcpNoRoom);
    ++header.hops;
    header.giaddr = options_.address;
    append(out_, {reinterpret_cast<const std::uint8_t*>(&header), sizeof(header)});
    append(out_, message.octets().subspan(sizeof(header), message.end_offset() - sizeof(header)));
    append(out_, option82.octets());
    finish(out_);
  }
  if (!options_.dhcp4o6_servers.empty()) plain_.assign(message.octets().begin(), message.octets().end());
  server_identifier_ = 0;
  const auto identifier = message.sole(option::kServerIdentifier);
  if (identifier && std::ranges::equal(*identifier, octets_of(options_.address))) {
    server_identifier_ = rewritable_identifier(message).value_or(0);
  }
  if (const auto why = reserve ? reserve() : std::nullopt) return refuse(*why);
  statistics_.sent(*type);
  return {Outcome::kDhcpRelayed, out_};
}

Octets Relay::message_for(Ipv4Address server) {
  if (server_identifier_ != 0) set_server_identifier(out_, server_identifier_, server);
  return out_;
}

Octets Relay::message_for(const Dhcp4o6Server& server) {
  if (server_identifier_ != 0) {
    const Ipv4Address known = server.identifier.is_unspecified() ? options_.address : server.identifier;
    set_server_identifier(plain_, server_identifier_, known);
  }
  return plain_;
}

// Does not rewrite an authenticated message: its authentication would fail (RFC 3118 section 3).
std::optional<std::size_t> Relay::rewritable_identifier(const MessageView& message) const {
  if (!options_.rewrite_server_identifier || message.count(option::kAuthentication) != 0) return std::nullopt;
  const auto identifier = message.sole(option::kServerIdentifier);
  if (!identifier || identifier->size() != sizeof(Ipv4Address)) return std::nullopt;
  return static_cast<std::size_t>(identifier->data() - message.octets().data());
}

bool Relay::takes_from(Ipv4Address server, Port port) const {
  return port == kDhcpServerPort && std::ranges::find(options_.servers, server) != options_.servers.end();
}

bool Relay::takes_from(const Ipv6Address& dhcp4o6_server) const {
  return std::ranges::find(options_.dhcp4o6_servers, dhcp4o6_server, &Dhcp4o6Server::address) !=
         options_.dhcp4o6_servers.end();
}

std::optional<Outcome> Relay::count_reply(const MessageView& message, const ServerAddress& server) {
  if (message.header().op != Header::kBootReply) return Outcome::kDhcpOp;
  const auto type = message.message_type();
  if (!type || !comes_from_servers(*type)) return Outcome::kDhcpMessageType;
  statistics_.received_from(server, *type);
  return std::nullopt;
}

Relay::ToClient Relay::from_server(const MessageView& message, Ipv4Address server) {
  const auto refuse = [](Outcome outcome) { return ToClient{outcome, {}, {}, {}}; };
  if (const auto why = count_reply(message, server)) return refuse(*why);

  if (message.header().giaddr != options_.address) return refuse(Outcome::kDhcpGiaddr);
  // Looks only in the options field: RFC 3046 section 2.1 forbids the relay to read or remove it elsewhere.
  std::optional<Option> option82;
  for (const Option option : message.options()) {
    if (option.code() != option::kRelayAgentInformation) continue;
    if (option82) return refuse(Outcome::kDhcpOption82);
    option82 = option;
  }
  if (!option82) return refuse(Outcome::kDhcpNoOption82);
  const auto subscriber = find_subscriber(option82->value());
  if (!subscriber) return refuse(subscriber.error());

  const std::uint8_t* const begin = message.octets().data();
  out_.clear();
  append(out_, {begin, option82->octets().data()});
  append(out_, {std::to_address(option82->octets().end()), begin + message.end_offset()});
  return deliver(message, option82->octets(), *subscriber);
}

Relay::ToClient Relay::deliver(const MessageView& message, Octets removed, const Subscriber& subscriber) {
  finish(out_);
  const auto identifier = message.sole(option::kServerIdentifier);
  if (identifier && !std::ranges::equal(*identifier, octets_of(options_.address))) {
    statistics_.server_identifier_not_overridden();
    if (const auto at = rewritable_identifier(message)) {
      const bool is_behind = identifier->data() > removed.data();
      set_server_identifier(out_, *at - (is_behind ? removed.size() : 0), options_.address);
    }
  }
  const MessageType type = *message.message_type();
  statistics_.sent(type);
  auto source_offset = softwire_source_offset(message);
  if (source_offset) *source_offset -= removed.size();
  return {Outcome::kDhcpDelivered, subscriber, reply_destination(message.header(), type), out_,
          source_offset};
}

Relay::ToClient Relay::from_dhcp4o6_server(const MessageView& message, const Ipv6Address& server,
                                           const Subscriber& subscriber) {
  const auto refuse = [](Outcome outcome) { return ToClient{outcome, {}, {}, {}}; };
  if (const auto why = count_reply(message, server)) return refuse(*why);
  if (!message.header().giaddr.is_unspecified()) return refuse(Outcome::kDhcpGiaddr);
  if (message.count(option::kRelayAgentInformation) != 0) return refuse(Outcome::kDhcpOption82);
  if (!is_host(subscriber.address) || is_ours(subscriber.address)) return refuse(Outcome::kDhcpClientAddress);
  if (!is_ours(subscriber.br)) return refuse(Outcome::kDhcpBrAddress);

  const Octets kept = message.octets().first(message.end_offset());
  out_.assign(kept.begin(), kept.end());
  return deliver(message, {}, subscriber);
}

Relay::ToClient Relay::from_server_to_client(const MessageView& message, Ipv4Address server,
                                             const Subscriber& subscriber) {
  const auto refuse = [](Outcome outcome) { return ToClient{outcome, {}, {}, {}}; };
  const Header& header = message.header();
  if (header.op != Header::kBootReply) return refuse(Outcome::kDhcpOp);
  const auto type = message.message_type();
  if (type != MessageType::kAck && type != MessageType::kForceRenew) return refuse(Outcome::kDhcpMessageType);
  if (!header.giaddr.is_unspecified()) return refuse(Outcome::kDhcpGiaddr);
  if (message.count(option::kRelayAgentInformation) != 0) return refuse(Outcome::kDhcpOption82);
  if (type == MessageType::kAck) {
    statistics_.received_from(server, *type);
    statistics_.sent(*type);
  }
  out_.assign(message.octets().begin(), message.octets().end());
  return {Outcome::kDhcpDelivered, subscriber, header.ciaddr, out_, softwire_source_offset(message)};
}

Option82Builder Relay::agent_information(const ReceivedMessage& received) const {
  Option82Builder option82;
  for (const AddedSuboption& added : kAddedSuboptions) {
    const auto value = added.value(options_, received);
    if (!value) continue;
    option82.add(added.configured_code == nullptr ? added.code : added.configured_code(options_), *value);
  }
  return option82;
}

std::optional<Ipv6Address> Relay::client_address(const Option82View& option82) const {
  if (!options_.client_as_text) return option82.ipv6(options_.client_suboption);
  const auto text = option82.sole(options_.client_suboption);
  if (!text) return std::nullopt;
  return parse_ipv6({reinterpret_cast<const char*>(text->data()), text->size()});
}

Result<Subscriber, Outcome> Relay::find_subscriber(Octets value) const {
  const auto option82 = Option82View::parse(value);
  if (!option82) return Outcome::kDhcpOption82;
  const auto address = client_address(*option82);
  if (!address || !is_host(*address) || is_ours(*address)) return Outcome::kDhcpClientAddress;

  std::optional<Ipv6Address> br = option82->ipv6(options_.br_suboption());
  // The relay does not add the BR address when the hub has only one.
  const bool is_unnamed = option82->count(options_.br_suboption()) == 0 || !options_.circuit_id.empty();
  if (is_unnamed && options_.br_addresses.size() == 1) br = options_.br_addresses.front();
  if (!br || !is_ours(*br)) return Outcome::kDhcpBrAddress;
  return Subscriber{*address, *br};
}

}  // namespace softwire::controlplane::dhcp
