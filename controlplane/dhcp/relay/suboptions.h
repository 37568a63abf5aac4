// SPDX-License-Identifier: BSD-3-Clause
// Lists the sub-options of option 82 that the relay adds. The relay builds option 82 from this table, and a
// test compares docs/provisioning.md with it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "controlplane/dhcp/codec/option82.h"
#include "controlplane/dhcp/codec/received_message.h"
#include "controlplane/dhcp/relay/relay_options.h"

namespace softwire::controlplane::dhcp {

struct AddedSuboption {
  using Code = std::uint8_t (*)(const RelayOptions& options);
  // Returns nullopt when the sub-option is not added. The value has at most 64 octets.
  using Value = std::optional<std::vector<std::uint8_t>> (*)(const RelayOptions& options,
                                                             const ReceivedMessage& received);
  std::uint8_t code;  // the default when `configured_code` is set
  std::string_view name;
  std::string_view rfc;
  std::string_view when;  // the condition under which it is added
  Value value;
  Code configured_code = nullptr;  // set: returns the code that the operator's settings give
};

namespace suboption_value {
std::optional<std::vector<std::uint8_t>> br(const RelayOptions& options, const ReceivedMessage& received);
std::optional<std::vector<std::uint8_t>> circuit_id(const RelayOptions& options,
                                                    const ReceivedMessage& received);
std::optional<std::vector<std::uint8_t>> client(const RelayOptions& options, const ReceivedMessage& received);
std::optional<std::vector<std::uint8_t>> link_selection(const RelayOptions& options,
                                                        const ReceivedMessage& received);
std::optional<std::vector<std::uint8_t>> flags(const RelayOptions& options, const ReceivedMessage& received);
std::optional<std::vector<std::uint8_t>> server_identifier_override(const RelayOptions& options,
                                                                    const ReceivedMessage& received);
std::optional<std::vector<std::uint8_t>> relay_id(const RelayOptions& options,
                                                  const ReceivedMessage& received);
}  // namespace suboption_value

// In their order in option 82. All values together fit into one option.
inline constexpr auto kAddedSuboptions = std::to_array<AddedSuboption>({
    {suboption::kCircuitId, "BR address", "RFC 3046 3.1", "the hub has several BR addresses",
     suboption_value::br, [](const RelayOptions& options) { return options.br_suboption(); }},
    {suboption::kCircuitId, "circuit ID", "RFC 3046 3.1", "`dhcp-relay.circuit-id` is set",
     suboption_value::circuit_id},
    {suboption::kRemoteId, "subscriber's IPv6 address", "RFC 3046 3.2", "always", suboption_value::client,
     [](const RelayOptions& options) { return options.client_suboption; }},
    {suboption::kLinkSelection, "link selection", "RFC 3527", "`dhcp-relay.link-selection` is set",
     suboption_value::link_selection},
    {suboption::kRelayAgentFlags, "flags", "RFC 5010", "always", suboption_value::flags},
    {suboption::kServerIdentifierOverride, "server identifier override", "RFC 5107", "always",
     suboption_value::server_identifier_override},
    {suboption::kRelayId, "relay ID", "RFC 6925", "`dhcp-relay.relay-id` is set", suboption_value::relay_id},
});

// Returns whether the operator may configure this code for the sub-option with the subscriber's address. The
// fixed codes of the table are not allowed, except 1: then the BR address moves to sub-option 2.
constexpr bool is_client_suboption(std::uint8_t code) {
  if (code == 0 || code == 255) return false;
  if (code == suboption::kCircuitId) return true;
  for (const AddedSuboption& added : kAddedSuboptions) {
    if (added.configured_code == nullptr && added.code == code) return false;
  }
  return true;
}

}  // namespace softwire::controlplane::dhcp
