// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/s46.h"

#include <algorithm>

namespace softwire::controlplane::dhcp6 {
namespace {

constexpr std::uint8_t kForwardingFlag = 0x01;  // F (RFC 7598 section 4.1)

void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

void append(Bytes& out, Ipv4Address address) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(address.host() >> shift));
}

Bytes sub_option(std::uint16_t code, Octets value) {
  Builder options;
  options.add(code, value);  // always fits: the values are short
  return options.octets();
}

}  // namespace

Ipv6Prefix bind_prefix(const Binding& binding) {
  constexpr std::uint8_t kLinkLength = 64;
  Rule one;
  one.ipv4 = {binding.ipv4, 32};
  one.ipv6 = Ipv6Prefix::of(binding.b4, kLinkLength);
  one.psid_offset = binding.ports.parameters.psid_offset;
  one.psid_len = binding.ports.parameters.psid_len;
  if (one.ce_address(binding.ipv4, binding.ports.psid) == binding.b4) return one.ipv6;
  return {binding.b4, 128};
}

Bytes s46_port_params(const PortParameters& parameters, Psid psid) {
  const unsigned field = parameters.is_whole() ? 0 : unsigned{psid} << (16U - parameters.psid_len);
  return {parameters.psid_offset, parameters.psid_len, static_cast<std::uint8_t>(field >> 8),
          static_cast<std::uint8_t>(field)};
}

Bytes s46_prefix(const Ipv6Prefix& prefix) {
  const std::size_t octets = (prefix.length + 7U) / 8U;
  Bytes out(1 + octets);
  out[0] = prefix.length;
  std::copy_n(prefix.address.octets().begin(), octets, out.begin() + 1);
  return out;
}

Bytes s46_rule(const Rule& rule, bool forwarding) {
  Bytes out{forwarding ? kForwardingFlag : std::uint8_t{0}, rule.ea_len, rule.ipv4.length};
  append(out, rule.ipv4.address);
  append(out, s46_prefix(rule.ipv6));
  // Writes the PSID of the rule. A PSID length other than 0 means that all CEs have this PSID (RFC 7598
  // section 4.5). When the EA bits contain the PSID, they also give its length, and rule.psid_len is 0.
  const PortParameters parameters{rule.psid_offset, rule.psid_len};
  append(out, sub_option(option::kS46PortParams, s46_port_params(parameters, rule.psid)));
  return out;
}

Bytes s46_v4v6_bind(const Binding& binding) {
  Bytes out;
  append(out, binding.ipv4);
  append(out, s46_prefix(bind_prefix(binding)));
  const PortParameters& parameters = binding.ports.parameters;
  if (!parameters.is_whole()) {
    append(out, sub_option(option::kS46PortParams, s46_port_params(parameters, binding.ports.psid)));
  }
  return out;
}

Bytes s46_container_lw(const Binding& binding) {
  Builder container;
  container.add(option::kS46Br, binding.br.octets());
  container.add(option::kS46V4V6Bind, s46_v4v6_bind(binding));
  return container.octets();
}

Bytes s46_container_map(std::span<const Rule> rules) {
  Builder container;
  bool own = true;
  for (const Rule& rule : rules) {
    container.add(option::kS46Rule, s46_rule(rule, !own));
    own = false;
  }
  const Rule& bmr = rules.front();
  if (bmr.kind == RuleKind::kMapE) {
    container.add(option::kS46Br, bmr.br.octets());
  } else {
    container.add(option::kS46Dmr, s46_prefix(bmr.dmr));
  }
  return container.octets();
}

}  // namespace softwire::controlplane::dhcp6
