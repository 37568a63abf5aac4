// Whose a message is that came over IPv6, and who may ask that way.
#include "controlplane/dhcp/endpoints.h"
#include "controlplane/dhcp/service.h"
#include "controlplane/dhcp/softwire_end.h"

namespace softwire::controlplane::dhcp {

Result<Service::Client, Outcome> Service::client_of(const Ipv6Front::Message& message,
                                                    Instant received_at) const {
  Client client{
      .subscriber = {}, .unicast = message.unicast, .path = message.path, .received_at = received_at};
  if (const auto* udp = std::get_if<OverUdp>(&message.path)) {
    client.subscriber.address = udp->client;
  } else {
    const auto end = softwire_end(message.octets, std::get<OverDhcpv6>(message.path).path, table_,
                                  options_.leases->book());
    if (!end) return end.error();
    client.subscriber.address = *end;
  }
  client.subscriber.br = br_of(client.subscriber.address);
  return client;
}

bool Service::moves_with(Octets octets, const Client& client, Ipv4Address address) const {
  const auto message = MessageView::parse(octets);
  if (!message || !std::holds_alternative<OverDhcpv6>(client.path)) return false;
  const Lease* lease =
      options_.leases->book().find_on_link(client.subscriber.address, client_id_of(*message));
  return lease != nullptr && lease->binding.ipv4 == address;
}

// A client that is known by its link alone is one of those on it.
bool Service::may_be_told(const dhcp6::Asker& asker) const {
  const bool is_local = asker.peer_address.is_link_local();
  const Ipv6Address& address = is_local ? asker.link_address : asker.peer_address;
  if (is_local && address.is_unspecified()) return options_.clients.empty() && !options_.clients_bound;
  if (may_ask(address)) return true;
  return is_host(address) && options_.clients_bound &&
         !table_.bindings_in(Ipv6Prefix::of(address, 64), 1).empty();
}

Ipv6Address Service::br_of(const Ipv6Address& subscriber) const {
  if (const auto bindings = table_.bindings_in({subscriber, 128}, 1); !bindings.empty()) {
    return bindings.front().br;
  }
  const auto rule = table_.rule_of(subscriber);
  return rule && rule->kind == RuleKind::kMapE ? rule->br : options_.front->br;
}

}  // namespace softwire::controlplane::dhcp
