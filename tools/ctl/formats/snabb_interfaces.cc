// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/formats/snabb_interfaces.h"

#include <algorithm>

#include "controlplane/text/values.h"
#include "softwire/address_text.h"

namespace softwire::ctl {
namespace {

using controlplane::in_quotes;

const char* section_of(Side side) {
  return side == Side::kIpv4 ? "ipv4" : "ipv6";
}

// The limits of values in softwired.conf (controlplane/config/keys.cc).
constexpr std::uint32_t kMaxMtu = 9600;
constexpr std::uint32_t kMaxReassembly = 1'000'000;
constexpr std::uint32_t kMaxFragments = 8192;
constexpr std::uint32_t kMaxErrorRate = 1'000'000;
constexpr std::uint32_t kMaxWorkers = 64;

}  // namespace

void SnabbInterfaces::note(const std::string& reason) {
  notes_.push_back(not_carried(name_, text_.line(), shown(text_.keyword()), reason));
}

void SnabbInterfaces::set(const std::string& section, const std::string& key, const std::string& value) {
  if (settings_.set(section, key, value)) return;
  note("softwired has one " + section + "." + key + " for all workers, and another was given before");
}

Result<std::uint32_t> SnabbInterfaces::number(std::uint32_t max) const {
  const auto value = parse_number(text_.argument(), max);
  if (value) return *value;
  return error(std::string(text_.keyword()) + ": " + in_quotes(text_.argument()) + " is not " +
               controlplane::decimal_words(0, max));
}

std::optional<Error> SnabbInterfaces::skip_block(const std::string& reason) {
  note(reason);
  for (unsigned depth = 1; depth != 0; --depth) {
    const auto count = [&depth]() -> std::optional<Error> {
      ++depth;
      return std::nullopt;
    };
    if (auto bad = read_block(
            "the block", [] { return std::optional<Error>(); }, count))
      return bad;
  }
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::read_instance() {
  if (++instances_ > 1) return skip_block("softwired is one instance, and the first is taken");
  any_ = true;
  return read_block(
      "instance", [&] { return instance_leaf(); },
      [&] { return text_.keyword() == "queue" ? read_queue() : skip_block("it is state, or unknown"); });
}

std::optional<Error> SnabbInterfaces::instance_leaf() {
  if (!is_value(text_.argument())) {
    note("a value of softwired.conf is one line without #");
  } else if (text_.keyword() == "device") {
    device_ = text_.argument();
  } else if (text_.keyword() == "external-device") {
    external_device_ = text_.argument();
  } else {
    note("softwired has no such key of an instance");
  }
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::read_queue() {
  ++queues_;
  const auto leaf = [&]() -> std::optional<Error> {
    // Only the number of queues matters: it becomes the number of workers.
    if (text_.keyword() != "id") note("softwired has no such key of a queue");
    return std::nullopt;
  };
  return read_block("queue", leaf, [&] {
    const std::string_view keyword = text_.keyword();
    return keyword == "external-interface"   ? read_interface(Side::kIpv4)
           : keyword == "internal-interface" ? read_interface(Side::kIpv6)
                                             : skip_block("it is state, or unknown");
  });
}

std::optional<Error> SnabbInterfaces::read_interface(Side side) {
  any_ = true;
  const std::string section = section_of(side);
  return read_block(
      "the interface", [&] { return interface_leaf(side); },
      [&] {
        const std::string_view keyword = text_.keyword();
        return keyword == "next-hop"              ? read_next_hop(section)
               : keyword == "error-rate-limiting" ? read_error_rate(side == Side::kIpv4 ? ipv4_ : ipv6_)
               : keyword == "reassembly"          ? read_reassembly(section)
                                                  : skip_block("it is state, or unknown");
      });
}

std::optional<Error> SnabbInterfaces::interface_leaf(Side side) {
  const std::string section = section_of(side);
  const std::string_view keyword = text_.keyword();
  OfSide& of_side = side == Side::kIpv4 ? ipv4_ : ipv6_;
  if (keyword == "ip") return address_leaf(side, "address");
  if (keyword == "mac") return mac_leaf(section, "mac");
  if (keyword == "mtu") return number_leaf(section, "mtu", side == Side::kIpv4 ? 68 : 1280, kMaxMtu);
  if (keyword == "vlan-tag") return vlan_leaf(side);
  if (keyword == "allow-incoming-icmp") return boolean_leaf(section, "accept-icmp");
  if (keyword == "generate-icmp-errors") return boolean_leaf(section, "generate-icmp-errors");
  if (keyword == "hairpinning") return boolean_leaf("", "hairpinning");
  if (keyword == "ingress-filter") {
    of_side.ingress_filter = text_.argument();
  } else if (keyword == "egress-filter") {
    of_side.egress_filter = text_.argument();
  } else if (keyword == "device" &&
             is_value(text_.argument())) {  // snabb-softwire-v2 has it in the queue's external-interface
    external_device_ = text_.argument();
  } else if (keyword == "mru") {
    note("softwired accepts what the port accepts; the larger mtu of the sides sets the size of its ports");
  } else if (keyword == "flow-label" && text_.argument() != "0") {
    note("softwired writes 0, or with flow-label = true one for each flow (RFC 6438)");
  } else if (keyword != "flow-label") {
    note("softwired has no such key of an interface");
  }
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::address_leaf(Side side, const std::string& key) {
  const std::string text(text_.argument());
  const bool is_address = side == Side::kIpv4 ? parse_ipv4(text).has_value() : parse_ipv6(text).has_value();
  if (!is_address) {
    return error(std::string(text_.keyword()) + ": " + in_quotes(text) + " is not an " +
                 (side == Side::kIpv4 ? "IPv4 address" : "IPv6 address"));
  }
  const auto neighbor = side == Side::kIpv6 ? parse_ipv6(text) : std::nullopt;
  const bool link_local_gateway = key == "gateway" && neighbor && neighbor->is_link_local();
  if (side == Side::kIpv4 && !controlplane::parse_ipv4_host(text)) {
    note("softwired takes " + std::string(controlplane::kIpv4HostWords));
  } else if (side == Side::kIpv6 && !link_local_gateway && !controlplane::parse_softwire_address(text)) {
    note("softwired takes " + std::string(controlplane::kSoftwireAddressWords));
  } else {
    set(section_of(side), key, text);
  }
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::boolean_leaf(const std::string& section, const std::string& key) {
  const std::string text(text_.argument());
  if (text != "true" && text != "false") {
    return error(std::string(text_.keyword()) + ": " + in_quotes(text) + " is not true or false");
  }
  set(section, key, text);
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::number_leaf(const std::string& section, const std::string& key,
                                                  std::uint32_t min, std::uint32_t max) {
  const auto value = number(UINT32_MAX);
  if (!value) return value.error();
  if (*value < min || *value > max) {
    note(section + "." + key + " is " + controlplane::decimal_words(min, max));
  } else {
    set(section, key, std::to_string(*value));
  }
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::mac_leaf(const std::string& section, const std::string& key) {
  const auto mac = parse_mac(text_.argument());
  if (!mac) {
    return error("mac: " + in_quotes(text_.argument()) + " is not a MAC address such as 02:00:00:00:00:01");
  }
  if (mac->is_multicast() || !mac->is_set()) {
    note("it is not the address of one station");
  } else {
    set(section, key, to_string(*mac));
  }
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::vlan_leaf(Side side) {
  const auto vlan = number(4095);
  if (!vlan) return vlan.error();
  if (*vlan > 4094) {
    note("a VLAN identifier is 4094 at most");
    return std::nullopt;
  }
  (side == Side::kIpv4 ? ipv4_ : ipv6_).tagged = *vlan != 0;
  set(section_of(side), "vlan", std::to_string(*vlan));
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::read_next_hop(const std::string& section) {
  return read_block(
      "next-hop", [&] { return next_hop_leaf(section); },
      [&] { return skip_block("softwired has no such key of a next-hop"); });
}

std::optional<Error> SnabbInterfaces::next_hop_leaf(const std::string& section) {
  if (text_.keyword() == "ip") {
    return address_leaf(section == "ipv4" ? Side::kIpv4 : Side::kIpv6, "gateway");
  }
  if (text_.keyword() == "mac") return mac_leaf(section, "gateway-mac");
  note("softwired resolves the gateway itself");  // resolved-mac is only state
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::read_error_rate(OfSide& side) {
  return read_block(
      "error-rate-limiting", [&] { return error_rate_leaf(side); },
      [&] { return skip_block("it is unknown"); });
}

std::optional<Error> SnabbInterfaces::error_rate_leaf(OfSide& side) {
  const auto value = number(UINT32_MAX);
  if (!value) return value.error();
  if (text_.keyword() == "packets") {
    side.error_packets = *value;
  } else if (text_.keyword() != "period") {
    note("softwired has no such key of error-rate-limiting");
  } else if (*value == 0) {
    return error("period: 0 seconds is not a period; give at least 1");
  } else {
    side.error_period = *value;
  }
  return std::nullopt;
}

std::optional<Error> SnabbInterfaces::read_reassembly(const std::string& section) {
  return read_block(
      "reassembly", [&] { return reassembly_leaf(section); }, [&] { return skip_block("it is unknown"); });
}

std::optional<Error> SnabbInterfaces::reassembly_leaf(const std::string& section) {
  const bool is_fragments = text_.keyword() == "max-fragments-per-packet";
  if (is_fragments && text_.argument() == "1") {
    set(section, "reassembly-datagrams", "0");  // a packet in one fragment is not a fragment
    return std::nullopt;
  }
  if (is_fragments) return number_leaf(section, "reassembly-fragments", 2, kMaxFragments);
  if (text_.keyword() == "max-packets")
    return number_leaf(section, "reassembly-datagrams", 0, kMaxReassembly);
  note("softwired has no such key of reassembly");
  return std::nullopt;
}

void SnabbInterfaces::complete() {
  if (!any_) return;
  if (!settings_.has("ipv4", "mtu")) settings_.set("ipv4", "mtu", "1460", "Snabb's default");
  for (const std::string section : {"ipv4", "ipv6"}) {
    if (!settings_.has(section, "reassembly-fragments")) {
      settings_.set(section, "reassembly-fragments", "20", "Snabb's default");
    }
  }
  complete_side("ipv4", ipv4_);
  complete_side("ipv6", ipv6_);
  if (queues_ > 1) settings_.set("", "workers", std::to_string(std::min(queues_, kMaxWorkers)));
  if (device_.empty()) return;
  settings_.set("ipv6", "port", device_);
  if (external_device_.empty() || external_device_ == device_) {
    settings_.set("", "on-a-stick", "true");
  } else {
    settings_.set("ipv4", "port", external_device_);
  }
}

void SnabbInterfaces::complete_side(const std::string& section, const OfSide& side) {
  if (side.error_packets) {
    const std::uint32_t rounded = *side.error_packets / side.error_period;
    const std::uint32_t rate = std::min(std::max(rounded, *side.error_packets != 0 ? 1U : 0U), kMaxErrorRate);
    settings_.set(section, "icmp-error-rate", std::to_string(rate),
                  std::to_string(*side.error_packets) + " in " + std::to_string(side.error_period) + " s");
  } else {
    settings_.set(section, "icmp-error-rate", "100", "Snabb's default, 200 in 2 s");
  }
  for (const auto& [key, filter] :
       {std::pair("ingress-filter", side.ingress_filter), std::pair("egress-filter", side.egress_filter)}) {
    if (filter.empty()) continue;
    if (!is_value(filter)) {
      notes_.push_back(name_ + ": " + section + "." + key + " " + in_quotes(filter) +
                       " is not carried over: a value of softwired.conf is one line without #");
      continue;
    }
    settings_.set(section, key, filter);
  }
}

}  // namespace softwire::ctl
