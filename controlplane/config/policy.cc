// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/policy.h"

#include <algorithm>

#include "softwire/wire.h"

namespace softwire::controlplane {
namespace {

dataplane::SidePolicy make_side(const SideConfig& side) {
  dataplane::SidePolicy policy;
  policy.mac = side.mac;
  policy.gateway_mac = side.gateway_mac;
  policy.vlan_id = side.vlan;
  policy.mtu = side.mtu;
  policy.reassembly.datagrams = side.reassembly_datagrams;
  policy.reassembly.source_datagrams = side.reassembly_source_datagrams;
  policy.reassembly.fragments = side.reassembly_fragments;
  policy.reassembly.timeout = std::chrono::seconds(side.reassembly_timeout);
  policy.accept_icmp = side.accept_icmp;
  policy.generate_icmp_errors = side.generate_icmp_errors;
  policy.icmp_error_rate = side.icmp_error_rate;
  policy.icmp_error_source_rate =
      side.icmp_error_source_rate.value_or(std::max<std::uint32_t>(1, side.icmp_error_rate / 10));
  policy.answer_source_rate = side.answer_source_rate;
  return policy;
}

dataplane::DhcpRelayPolicy make_dhcp_relay(const Config& config) {
  const DhcpRelayConfig& relay = config.dhcp_relay;
  dataplane::DhcpRelayPolicy policy;
  policy.enabled = relay.is_on() || config.dhcp_server.is_on();
  policy.address = relay.is_on() ? relay.address : config.dhcp_server.address;
  policy.intercept_server_addresses = relay.intercept_server_addresses;
  for (const dhcp::Dhcp4o6Server& server : relay.dhcp4o6_servers) {
    if (policy.identifier_count == policy.identifiers.size()) break;
    if (!server.identifier.is_unspecified())
      policy.identifiers[policy.identifier_count++] = server.identifier;
  }
  policy.server_count = static_cast<std::uint8_t>(std::min(relay.servers.size(), policy.servers.size()));
  std::copy_n(relay.servers.begin(), policy.server_count, policy.servers.begin());
  return policy;
}

dataplane::DhcpOverIpv6Policy make_dhcp_over_ipv6(const Config& config) {
  dataplane::DhcpOverIpv6Policy policy;
  policy.dhcpv6 = config.dhcp_over_ipv6.dhcpv6;
  policy.dhcpv4 = config.dhcp_over_ipv6.dhcpv4;
  for (const dhcp::Dhcp4o6Server& server : config.dhcp_relay.dhcp4o6_servers) {
    if (policy.server_count == policy.servers.size()) break;
    policy.servers[policy.server_count++] = server.address;
  }
  const std::vector<Ipv6Prefix>& relays = config.dhcp_over_ipv6.relays;
  policy.relay_count = static_cast<std::uint8_t>(std::min(relays.size(), policy.relays.size()));
  std::copy_n(relays.begin(), policy.relay_count, policy.relays.begin());
  return policy;
}

std::uint16_t tcp_mss(const Config& config) {
  if (config.tcp_mss.kind != TcpMss::Kind::kAuto) return config.tcp_mss.octets;
  const unsigned fits = std::min(config.ipv4.mtu + 0U, config.ipv6.mtu - unsigned{sizeof(Ipv6Header)});
  constexpr unsigned kHeaders = sizeof(Ipv4Header) + sizeof(TcpHeader);
  return static_cast<std::uint16_t>(fits > kHeaders ? fits - kHeaders : 1);
}

// The part of one worker, rounded up.
void divide(std::uint32_t& limit, unsigned workers) {
  limit = (limit + workers - 1) / workers;
}

}  // namespace

void divide_limits(dataplane::Policy& policy, unsigned workers) {
  for (dataplane::SidePolicy* side : {&policy.ipv4, &policy.ipv6}) {
    divide(side->icmp_error_rate, workers);
    divide(side->reassembly.datagrams, workers);
  }
  divide(policy.punt_rate, workers);
  divide(policy.punt_burst, workers);
  policy.engines = static_cast<std::uint8_t>(workers);
}

std::uint32_t reassembly_buffers(const Config& config, unsigned workers) {
  dataplane::Policy policy = make_policy(config);
  divide_limits(policy, workers);
  return policy.ipv4.reassembly.buffers() + policy.ipv6.reassembly.buffers();
}

dataplane::Policy make_policy(const Config& config) {
  dataplane::Policy policy;
  policy.ipv4 = make_side(config.ipv4);
  policy.ipv6 = make_side(config.ipv6);
  policy.ipv4_address = config.ipv4_address;
  policy.ipv6_address = config.ipv6_address;
  policy.ipv4_gateway = config.ipv4_gateway;
  policy.ipv6_gateway = config.ipv6_gateway;
  policy.proxy_arp = config.proxy_arp;
  policy.hop_limit = config.hop_limit;
  policy.hairpinning = config.hairpinning;
  policy.accept_subscriber_sources = config.accept_subscriber_sources;
  policy.copy_dscp = config.copy_dscp;
  policy.on_a_stick = config.on_a_stick;
  policy.flow_label = config.flow_label;
  policy.tcp_mss = tcp_mss(config);
  policy.dhcp_relay = make_dhcp_relay(config);
  policy.dhcp_over_ipv6 = make_dhcp_over_ipv6(config);
  policy.punt_rate = config.dhcp_relay.rate;
  // A burst of a tenth of a second. For a low rate still enough for some subscribers that start together.
  policy.punt_burst = std::max(config.dhcp_relay.rate / 10, 32U);
  policy.punt_subscriber_rate = config.dhcp_relay.subscriber_rate;
  policy.punt_subscriber_burst = config.dhcp_relay.subscriber_rate * 5;
  policy.punt_subscriber_mask = config.dhcp_relay.subscriber_mask;
  return policy;
}

}  // namespace softwire::controlplane
