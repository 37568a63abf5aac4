// SPDX-License-Identifier: BSD-3-Clause
// The state of a side's gateway, for people.
#pragma once

#include <optional>
#include <string>

#include "controlplane/config/config.h"
#include "controlplane/runtime/hub.h"
#include "dataplane/gateway/gateway_publisher.h"
#include "softwire/address.h"
#include "softwire/binding.h"

namespace softwire::controlplane {

struct GatewayStatus {
  std::string address;  // "": only a MAC address is configured, or nothing
  dataplane::GatewayState state = dataplane::GatewayState::kIncomplete;
  std::optional<MacAddress> mac;  // that packets leave for
};

// Returns the state now. For the control thread.
[[nodiscard]] GatewayStatus gateway_status(const Hub& hub, const Config& config, Side side);

}  // namespace softwire::controlplane
