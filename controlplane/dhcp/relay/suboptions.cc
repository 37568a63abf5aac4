// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/relay/suboptions.h"

#include <bit>
#include <string>

#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp::suboption_value {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}
Bytes bytes_of(Ipv4Address address) {
  const auto octets = std::bit_cast<std::array<std::uint8_t, 4>>(address);
  return {octets.begin(), octets.end()};
}
Bytes bytes_of(const Ipv6Address& address) {
  return {address.octets().begin(), address.octets().end()};
}

}  // namespace

std::optional<Bytes> br(const RelayOptions& options, const ReceivedMessage& received) {
  if (options.br_addresses.size() <= 1) return std::nullopt;
  return bytes_of(received.subscriber.br);
}

// Not added when the hub has several BR addresses, because the BR address uses this code.
std::optional<Bytes> circuit_id(const RelayOptions& options, const ReceivedMessage& /*received*/) {
  if (options.circuit_id.empty() || options.br_addresses.size() > 1) return std::nullopt;
  return bytes_of(options.circuit_id);
}

std::optional<Bytes> client(const RelayOptions& options, const ReceivedMessage& received) {
  const Ipv6Address& address = received.subscriber.address;
  return options.client_as_text ? bytes_of(to_string(address)) : bytes_of(address);
}

std::optional<Bytes> link_selection(const RelayOptions& options, const ReceivedMessage& /*received*/) {
  if (options.link_selection.is_unspecified()) return std::nullopt;
  return bytes_of(options.link_selection);
}

std::optional<Bytes> flags(const RelayOptions& /*options*/, const ReceivedMessage& received) {
  return Bytes{received.unicast ? suboption::kFlagUnicast : std::uint8_t{0}};
}

std::optional<Bytes> server_identifier_override(const RelayOptions& options,
                                                const ReceivedMessage& /*received*/) {
  return bytes_of(options.address);
}

std::optional<Bytes> relay_id(const RelayOptions& options, const ReceivedMessage& /*received*/) {
  if (options.relay_id.empty()) return std::nullopt;
  return bytes_of(options.relay_id);
}

}  // namespace softwire::controlplane::dhcp::suboption_value
