// SPDX-License-Identifier: BSD-3-Clause
// Options of the relay: the operator's settings, and values that follow from the rest of the configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "controlplane/dhcp/codec/option82.h"
#include "controlplane/dhcp/settings/relay_settings.h"
#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

struct RelayOptions : RelaySettings {
  std::vector<Ipv6Address> br_addresses;  // all BR addresses of the hub
  std::size_t max_message = 1472;         // the maximum of a message to a server, in octets

  // Returns the code of the sub-option with the BR address: 1, or 2 when 1 has the subscriber's address.
  [[nodiscard]] constexpr std::uint8_t br_suboption() const {
    return client_suboption == suboption::kCircuitId ? suboption::kRemoteId : suboption::kCircuitId;
  }
};

}  // namespace softwire::controlplane::dhcp
