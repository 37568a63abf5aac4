// SPDX-License-Identifier: BSD-3-Clause
// The world of traffic.h: who there is, and how its packets are read.
#include <algorithm>

#include "softwire/address_text.h"
#include "softwire/wire.h"
#include "tests/fuzz/traffic.h"

namespace softwire::fuzz {
namespace {

const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
const Ipv6Address kOtherBr = *parse_ipv6("2001:db8:ff::2");

std::vector<Binding> bindings() {
  return {{Ipv4Address(192, 0, 2, 1), *PortSet::make(0, 6, 1), *parse_ipv6("2001:db8:1::1"), kBr},
          {Ipv4Address(192, 0, 2, 1), *PortSet::make(0, 6, 2), *parse_ipv6("2001:db8:1::2"), kBr},
          {Ipv4Address(192, 0, 2, 1), *PortSet::make(0, 6, 0), *parse_ipv6("2001:db8:1::3"), kOtherBr},
          {Ipv4Address(192, 0, 2, 2), *PortSet::make(6, 8, 0x34), *parse_ipv6("2001:db8:1::1"), kBr},
          {Ipv4Address(192, 0, 2, 9), {}, *parse_ipv6("2001:db8:1::9"), kBr}};
}

std::vector<Rule> rules() {
  Rule rule;  // RFC 7597 appendix A, example 1, around the bindings
  rule.ipv4 = *parse_ipv4_prefix("192.0.2.0/24");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  rule.ea_len = 16;
  rule.br = kBr;
  Rule longer = rule;  // of both prefixes
  longer.ipv4 = *parse_ipv4_prefix("192.0.2.128/25");
  longer.ipv6 = *parse_ipv6_prefix("2001:db8:99::/48");
  longer.ea_len = 7;
  Rule translating;  // RFC 7599
  translating.kind = RuleKind::kMapT;
  translating.ipv4 = *parse_ipv4_prefix("198.18.2.0/24");
  translating.ipv6 = *parse_ipv6_prefix("2001:db8:5800::/40");
  translating.ea_len = 16;
  translating.dmr = *parse_ipv6_prefix("2001:db8:ffff::/64");
  Rule whole = translating;
  whole.ipv4 = *parse_ipv4_prefix("198.18.3.0/24");
  whole.ipv6 = *parse_ipv6_prefix("2001:db8:5900::/40");
  whole.ea_len = 8;
  return {rule, longer, translating, whole};
}

}  // namespace

const ReferenceTable& world() {
  static const ReferenceTable table{bindings(), rules()};
  return table;
}

Ipv6Address hub_ipv6() {
  static const Ipv6Address address = *parse_ipv6("2001:db8:6::1");
  return address;
}
Ipv6Address gateway_ipv6() {
  static const Ipv6Address address = *parse_ipv6("2001:db8:6::fe");
  return address;
}

dataplane::Policy policy(unsigned number) {
  dataplane::Policy result;
  result.ipv4.mac = result.ipv6.mac = kHubMac;
  result.ipv4.gateway_mac = result.ipv6.gateway_mac = kGatewayMac;
  result.ipv4_address = kHubIpv4;
  result.ipv4_gateway = kGatewayIpv4;
  result.ipv6_address = hub_ipv6();
  result.ipv6_gateway = gateway_ipv6();
  result.ipv4.reassembly.datagrams = result.ipv6.reassembly.datagrams = 8;
  result.ipv4.reassembly.source_datagrams = result.ipv6.reassembly.source_datagrams = 4;
  result.dhcp_relay.enabled = true;
  result.dhcp_relay.address = kHubIpv4;
  result.dhcp_over_ipv6 = {.dhcpv6 = true, .dhcpv4 = true};
  switch (number) {
    case 1:
      result.ipv4.mtu = 576;
      result.ipv6.mtu = 1280;
      result.tcp_mss = 1200;
      result.flow_label = true;
      result.proxy_arp = true;
      break;
    case 2:
      result.hairpinning = false;
      result.copy_dscp = false;
      result.ipv4.accept_icmp = result.ipv6.accept_icmp = false;
      result.dhcp_relay = {};
      result.dhcp_over_ipv6 = {};
      break;
    case 3:
      result.ipv4.generate_icmp_errors = result.ipv6.generate_icmp_errors = false;
      result.accept_subscriber_sources = true;
      result.ipv4.reassembly.datagrams = 0;
      result.ipv4.answer_source_rate = result.ipv6.answer_source_rate = 2;
      break;
    default:
      result.ipv4.icmp_error_rate = result.ipv6.icmp_error_rate = 8;
      result.ipv4.icmp_error_source_rate = result.ipv6.icmp_error_source_rate = 2;
  }
  return result;
}

std::span<const std::uint8_t> packet_of(std::span<const std::uint8_t> frame) {
  const bool tagged = frame.size() >= 18 && frame[12] == 0x81 && frame[13] == 0;
  return frame.subspan(std::min<std::size_t>(frame.size(), tagged ? 18 : 14));
}

std::optional<Ipv4View> read_ipv4(std::span<const std::uint8_t> packet) {
  const auto two = [](std::span<const std::uint8_t> octets, std::size_t at) {
    return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
  };
  const auto four = [&](std::size_t at) {
    return std::uint32_t{two(packet, at)} << 16 | two(packet, at + 2);
  };
  if (packet.size() < 20 || packet[0] >> 4 != 4) return std::nullopt;
  const std::size_t header = std::size_t{packet[0] & 15U} * 4;
  if (header < 20 || header > packet.size()) return std::nullopt;
  Ipv4View view{four(12), four(16), {}, (two(packet, 6) & 0x1fff) != 0};
  if (view.is_later_fragment) return view;
  const auto payload = packet.subspan(header);
  static constexpr std::uint8_t kWithPorts[] = {6, 17, 33, 132, 136};
  if (std::ranges::find(kWithPorts, packet[9]) != std::end(kWithPorts)) {
    if (payload.size() >= 4) view.ports = {two(payload, 0), two(payload, 2)};
  } else if (packet[9] == 1 && payload.size() >= 8) {
    if (payload[0] == 0 || payload[0] == 8) {
      view.ports = {two(payload, 4), two(payload, 4)};
    } else if (const auto quoted = read_ipv4(payload.subspan(8))) {
      view.ports = {quoted->ports.destination, quoted->ports.source};
    }
  }
  return view;
}

std::optional<Ipv6View> read_ipv6(std::span<const std::uint8_t> packet) {
  if (packet.size() < 40 || packet[0] >> 4 != 6) return std::nullopt;
  Ipv6Address::Octets source{};
  Ipv6Address::Octets destination{};
  std::copy_n(packet.begin() + 8, 16, source.begin());
  std::copy_n(packet.begin() + 24, 16, destination.begin());
  Ipv6View view{Ipv6Address(source), Ipv6Address(destination), packet[6], false, packet.subspan(40)};
  for (;;) {
    const bool is_fragment = view.protocol == ip_protocol::kFragment;
    if (!is_fragment && view.protocol != ip_protocol::kHopByHop && view.protocol != ip_protocol::kRouting &&
        view.protocol != ip_protocol::kDestinationOptions) {
      return view;
    }
    if (view.payload.size() < 8) return view;
    const std::size_t bytes = is_fragment ? 8 : (view.payload[1] + std::size_t{1}) * 8;
    if (is_fragment && ((view.payload[2] << 8 | view.payload[3]) & 0xfff8) != 0)
      view.is_later_fragment = true;
    view.protocol = view.payload[0];
    view.payload = view.payload.subspan(std::min(bytes, view.payload.size()));
    if (view.is_later_fragment) return view;
  }
}

}  // namespace softwire::fuzz
