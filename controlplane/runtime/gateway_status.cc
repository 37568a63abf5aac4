// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/gateway_status.h"

#include "softwire/address_text.h"

namespace softwire::controlplane {

GatewayStatus gateway_status(const Hub& hub, const Config& config, Side side) {
  using dataplane::GatewayPublisher;
  using dataplane::GatewayState;
  GatewayStatus status;
  if (side == Side::kIpv4) {
    if (!config.ipv4_gateway.is_unspecified()) status.address = to_string(config.ipv4_gateway);
  } else if (!config.ipv6_gateway.is_unspecified()) {
    status.address = to_string(config.ipv6_gateway);
  }
  const MacAddress& fixed = (side == Side::kIpv4 ? config.ipv4 : config.ipv6).gateway_mac;
  if (fixed.is_set()) {
    status.state = GatewayState::kStatic;
    status.mac = fixed;
  } else if (const auto latest = hub.gateways().latest(side); latest != 0) {
    const GatewayPublisher::News news = GatewayPublisher::read(latest);
    status.state = news.state;
    if (has_mac(news.state)) status.mac = news.mac;
  }
  return status;
}

}  // namespace softwire::controlplane
