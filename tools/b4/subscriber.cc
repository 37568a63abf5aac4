// SPDX-License-Identifier: BSD-3-Clause
#include "tools/b4/subscriber.h"

#include <cstdint>

#include "softwire/address_text.h"

namespace softwire::b4 {
namespace {

Subscriber subscriber_of(const Rule& rule, const Rule::Ce& ce) {
  const auto length = static_cast<std::uint8_t>(rule.ce_ipv4_length());
  const auto first = Ipv4Address::from_host(ce.ipv4.host() & rule.ce_ipv4_mask());
  Subscriber subscriber{rule.ce_address(ce.ipv4, ce.psid), rule.br, Ipv4Prefix{first, length}, std::nullopt};
  if (rule.is_shared()) subscriber.ports = PortSet{rule.port_parameters(), ce.psid};
  return subscriber;
}

}  // namespace

Result<Subscriber> ce_of_prefix(const Rule& rule, const Ipv6Prefix& end_user_prefix) {
  const std::string what = "--end-user-prefix: " + to_string(end_user_prefix);
  const unsigned length = rule.ipv6.length + unsigned{rule.ea_len};
  if (end_user_prefix.length != length) {
    return Error{what + " is not as long as the rule's IPv6 prefix and EA bits together; give a /" +
                 std::to_string(length)};
  }
  const auto ce = rule.ce_around(end_user_prefix.address);
  if (!ce)
    return Error{what + " does not lie in the rule's IPv6 prefix; give one in " + to_string(rule.ipv6)};
  return subscriber_of(rule, *ce);
}

Result<Subscriber> ce_of_address(const Rule& rule, Ipv4Address address, std::optional<Psid> psid) {
  if (!rule.ipv4.contains(address)) {
    return Error{"--ipv4: " + to_string(address) + " does not lie in the rule's IPv4 prefix; give one in " +
                 to_string(rule.ipv4)};
  }
  if (!rule.is_shared()) {
    if (psid) return Error{"--psid: the rule's CEs do not share addresses; leave it out"};
    return subscriber_of(rule, {address, 0});
  }
  if (rule.psid_len != 0) {
    if (psid && *psid != rule.psid) {
      return Error{"--psid: the rule is one CE, of PSID " + std::to_string(rule.psid) + "; leave it out"};
    }
    return subscriber_of(rule, {address, rule.psid});
  }
  const Psid most = rule.port_parameters().psid_mask();
  if (!psid || *psid > most) {
    return Error{"--psid: the rule's CEs share addresses; give the PSID, from 0 to " + std::to_string(most)};
  }
  return subscriber_of(rule, {address, *psid});
}

std::string to_text(const Subscriber& subscriber) {
  std::string text = "b4 " + to_string(subscriber.b4) + "\nbr " + to_string(subscriber.br) + "\n";
  if (subscriber.ipv4) {
    const bool is_address = subscriber.ipv4->length == 32;
    text += "ipv4 " + (is_address ? to_string(subscriber.ipv4->address) : to_string(*subscriber.ipv4)) + "\n";
  }
  if (subscriber.ports) {
    text += "psid " + std::to_string(subscriber.ports->psid) + "\nports";
    for (unsigned i = 0; i < subscriber.ports->range_count(); ++i) {
      const PortRange range = subscriber.ports->range(i);
      text += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
    }
    text += "\n";
  }
  return text;
}

}  // namespace softwire::b4
