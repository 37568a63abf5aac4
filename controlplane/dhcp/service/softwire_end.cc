// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/service/softwire_end.h"

#include "controlplane/lease/client_id.h"

namespace softwire::controlplane::dhcp {

std::optional<Binding> lasting_binding(const dataplane::BindingTable& table, const LeaseTable& leases,
                                       const Ipv6Address& address) {
  constexpr std::size_t kMaxBindings = 256;  // looked at for one address, leases included
  auto bindings = table.bindings_in({address, 128}, kMaxBindings);
  const bool by_link = bindings.empty();
  if (by_link) bindings = table.bindings_in(Ipv6Prefix::of(address, 64), kMaxBindings);
  if (by_link && bindings.size() == kMaxBindings) return std::nullopt;
  std::erase_if(bindings, [&leases](const Binding& binding) {
    return leases.find(LeaseKey{binding.ipv4, binding.ports.psid}) != nullptr;
  });
  if (bindings.empty() || (by_link && bindings.size() != 1)) return std::nullopt;
  return bindings.front();
}

Result<Ipv6Address, Outcome> softwire_end(const MessageView& message, const dhcp6::RelayPath& path,
                                          const dataplane::BindingTable& table, const LeaseTable& leases) {
  const Ipv6Address client = path.client_address();
  const Ipv6Address link = path.link_address();
  const bool is_local = client.is_link_local();
  if (is_local && link.is_unspecified()) return Outcome::kDhcpClientAddress;
  // Combines the prefix of the link with the interface identifier of the client, as stateless
  // autoconfiguration does.
  const Ipv6Address on_link = is_local ? Ipv6Address::from_host(link.high(), client.low()) : client;

  std::optional<Ipv6Address> said;
  if (message.count(option::kSoftwireSource) != 0) {
    const auto value = message.sole(option::kSoftwireSource);
    if (!value || value->size() != sizeof(Ipv6Address)) return Outcome::kDhcpClientAddress;
    said = *reinterpret_cast<const Ipv6Address*>(value->data());
    if (!leases.link_of(on_link).contains(*said)) return Outcome::kDhcpClientAddress;
  }
  const auto type = message.message_type();
  const bool is_discover = type == MessageType::kDiscover;
  const bool is_request = type == MessageType::kRequest;
  if (said && (is_discover || is_request)) return *said;
  const Ipv6Address& end = said ? *said : on_link;
  if (const Lease* lease = leases.find_on_link(end, client_id_of(message), leases.link_of(end));
      lease != nullptr && (!is_request || is_local)) {
    return lease->binding.b4;
  }
  if (said || !is_local) return said.value_or(client);
  if (const auto binding = lasting_binding(table, leases, link)) return binding->b4;
  return is_discover ? Result<Ipv6Address, Outcome>(on_link) : Outcome::kDhcpClientAddress;
}

}  // namespace softwire::controlplane::dhcp
