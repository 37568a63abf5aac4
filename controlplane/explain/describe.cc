// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/explain/describe.h"

#include <algorithm>

#include "dataplane/packet/parse_upper.h"
#include "softwire/address_text.h"
#include "softwire/wire.h"

namespace softwire::controlplane {

using dataplane::BindingTable;
using dataplane::ParseStatus;
using dataplane::PortKey;

namespace {

template <typename Header>
const Header& header_at(std::span<const std::uint8_t> octets, std::size_t offset) {
  return *reinterpret_cast<const Header*>(octets.data() + offset);
}

const dataplane::SidePolicy& policy_of(const ParsedFrame& frame) {
  return frame.side == Side::kIpv4 ? frame.policy.ipv4 : frame.policy.ipv6;
}

std::string name_of(std::uint8_t protocol) {
  switch (protocol) {
    case ip_protocol::kIcmp:
      return "ICMP";
    case ip_protocol::kTcp:
      return "TCP";
    case ip_protocol::kUdp:
      return "UDP";
    case ip_protocol::kIcmpv6:
      return "ICMPv6";
    default:
      return "protocol " + std::to_string(protocol);
  }
}

std::string with_port(std::uint32_t address, Port port, bool has_port) {
  return to_string(Ipv4Address::from_host(address)) + (has_port ? " port " + std::to_string(port) : "");
}

std::string ports_of(const PortSet& ports) {
  constexpr unsigned kShown = 4;
  std::string text;
  const unsigned count = ports.range_count();
  for (unsigned i = 0; i < std::min(count, kShown); ++i) {
    const PortRange range = ports.range(i);
    text += (i == 0 ? "" : ", ") + std::to_string(range.first) + "-" + std::to_string(range.last);
  }
  return count > kShown ? text + ", ... (" + std::to_string(count) + " ranges)" : text;
}

// Returns text: how the address with this leaf is shared, and which port set contains the port.
std::string shares_of(BindingTable::Leaf leaf, Port port, bool has_port) {
  if (!leaf.is_shared()) return "";
  const PortParameters parameters = leaf.parameters();
  std::string text = "; shared, psid-offset " + std::to_string(parameters.psid_offset) + " psid-len " +
                     std::to_string(parameters.psid_len);
  if (!has_port) return text + ", and the packet has no port";
  if (BindingTable::is_nobodys(leaf, port)) {
    return text + ", and port " + std::to_string(port) + " is in no port set";
  }
  const PortSet ports{parameters, parameters.psid_of(port)};
  return text + ", PSID " + std::to_string(ports.psid) + " with ports " + ports_of(ports);
}

// Returns text: the table entry for an IPv4 address and port.
std::string softwire_of(const BindingTable& table, std::uint32_t address, Port port, bool has_port) {
  const BindingTable::Leaf leaf = table.find(address);
  if (leaf.kind == BindingTable::Kind::kNone) return "no binding and no rule covers the address";
  const std::string what = leaf.kind == BindingTable::Kind::kBinding ? "bindings"
                           : table.translates(leaf)                  ? "a MAP-T rule"
                                                                     : "a MAP-E rule";
  const std::string shares = "covered by " + what + shares_of(leaf, port, has_port);
  if (leaf.is_shared() && !has_port) return shares;
  const auto binding = table.lookup(Ipv4Address::from_host(address), port);
  if (!binding) return shares + "; no softwire has it";
  if (table.translates(leaf)) {
    return shares + "; CE " + to_string(binding->b4) + ", DMR " + to_string(table.dmr(leaf));
  }
  return shares + "; B4 " + to_string(binding->b4) + ", BR " + to_string(binding->br);
}

// Returns text: the outer addresses, and their differences from the softwire of the inner source.
std::string differences(const ParsedFrame& frame, const BindingTable& table) {
  const auto& outer = header_at<Ipv6Header>(frame.octets, frame.packet.ip_offset);
  std::string text =
      "outer source " + to_string(outer.source) + ", outer destination " + to_string(outer.destination);
  if (!table.is_br(outer.destination)) text += ", which is not one of our BR addresses";
  const BindingTable::Leaf leaf = table.find(frame.packet.source);
  if (leaf.kind == BindingTable::Kind::kNone || (leaf.is_shared() && !frame.packet.has_port())) return text;
  const auto binding = table.lookup(Ipv4Address::from_host(frame.packet.source), frame.packet.source_port);
  if (!binding || table.translates(leaf)) return text;
  if (!(outer.source == binding->b4)) text += "; outer source should be " + to_string(binding->b4);
  if (!(outer.destination == binding->br)) text += "; outer destination should be " + to_string(binding->br);
  return text;
}

}  // namespace

ParsedFrame::ParsedFrame(const dataplane::Policy& frame_policy, Side frame_side,
                         std::span<const std::uint8_t> frame)
    : policy(frame_policy), side(frame_side), octets(frame) {
  const auto length = static_cast<std::uint32_t>(frame.size());
  status = side == Side::kIpv4 ? parse_ipv4_side(frame.data(), length, length, policy.ipv4, packet)
                               : parse_ipv6_side(frame.data(), length, length, policy.ipv6, packet);
}

bool ParsedFrame::has_ipv6() const {
  if (side != Side::kIpv6) return false;
  return status == ParseStatus::kOk || status == ParseStatus::kFragment || status == ParseStatus::kIcmpv6 ||
         status == ParseStatus::kNotSoftwire;
}

bool ParsedFrame::is_fragment() const {
  return status == ParseStatus::kFragment || (has_ipv4() && packet.port_key == PortKey::kFragment);
}

bool ParsedFrame::is_other_fragment() const {
  if (status != ParseStatus::kNotSoftwire) return false;
  dataplane::ParsedPacket found = packet;
  dataplane::UpperLayer upper;
  const auto length = static_cast<std::uint32_t>(octets.size());
  return parse_upper(octets.data(), length, length, found, upper) == ParseStatus::kOk && upper.is_fragment();
}

std::string describe_frame(const ParsedFrame& frame) {
  const dataplane::SidePolicy& policy = policy_of(frame);
  std::string text = std::to_string(frame.octets.size()) + " octets";
  if (frame.octets.size() < sizeof(EthernetHeader)) return text;
  const auto& ethernet = header_at<EthernetHeader>(frame.octets, 0);
  text += ", from " + to_string(ethernet.source) + " to " + to_string(ethernet.destination);
  if (ethernet.destination == policy.mac) {
    text += " (ours)";
  } else if (ethernet.destination.is_ip_group()) {
    text += " (a group address)";
  } else {
    text += " (ours is " + to_string(policy.mac) + ")";
  }
  const bool tagged = ethernet.type == be16(ether_type::kVlan) &&
                      frame.octets.size() >= sizeof(EthernetHeader) + sizeof(VlanTag);
  text += tagged ? ", VLAN " + std::to_string(header_at<VlanTag>(frame.octets, sizeof ethernet).vlan_id())
                 : ", no VLAN tag";
  text += policy.vlan_id == 0 ? " (expected: none)" : " (expected: " + std::to_string(policy.vlan_id) + ")";
  return text + (policy.ingress_filter == nullptr ? "" : ", through the ingress-filter");
}

std::string describe_headers(const ParsedFrame& frame) {
  std::string text;
  if (frame.has_ipv6()) {
    const auto& ipv6 = header_at<Ipv6Header>(frame.octets, frame.packet.ip_offset);
    text = "IPv6 " + to_string(ipv6.source) + " to " + to_string(ipv6.destination) + ", next header " +
           std::to_string(ipv6.next_header) + ", payload " + std::to_string(ipv6.payload_length.value()) +
           " octets, hop limit " + std::to_string(ipv6.hop_limit);
  }
  if (frame.status == ParseStatus::kArp) return "ARP";
  if (!frame.has_ipv4()) return text.empty() ? "not parsed to their end" : text;
  const auto& packet = frame.packet;
  const auto& ipv4 = header_at<Ipv4Header>(frame.octets, packet.ipv4_offset);
  return text + (text.empty() ? "" : "; in it ") + "IPv4 " +
         with_port(packet.source, packet.source_port, packet.has_port()) + " to " +
         with_port(packet.destination, packet.destination_port, packet.has_port()) + ", " +
         name_of(packet.protocol) + ", " + std::to_string(packet.ipv4_length) + " octets, TTL " +
         std::to_string(ipv4.time_to_live) + (ipv4.dont_fragment() ? ", DF" : "");
}

std::string describe_fragment(const ParsedFrame& frame) {
  if (frame.status == ParseStatus::kFragment) {
    const auto& header = header_at<Ipv6FragmentHeader>(frame.octets, frame.packet.fragment_header_offset);
    return "IPv6 fragment " + std::to_string(header.identification.value()) + " from octet " +
           std::to_string(header.offset_bytes()) +
           (header.more_fragments() ? ", more follow" : ", the last") +
           "; the packet is known when all fragments have arrived, within reassembly-timeout";
  }
  const auto& ipv4 = header_at<Ipv4Header>(frame.octets, frame.packet.ipv4_offset);
  const std::uint16_t fragment = ipv4.fragment.value();
  return "IPv4 fragment " + std::to_string(ipv4.identification.value()) + " from octet " +
         std::to_string((fragment & Ipv4Header::kOffsetMask) * 8) +
         ((fragment & Ipv4Header::kMoreFragments) != 0 ? ", more follow" : ", the last") +
         "; if the address is shared, only the whole packet has the port that decides";
}

std::string describe_source(const ParsedFrame& frame, const BindingTable& table) {
  if (!frame.has_ipv4()) {
    if (!frame.has_ipv6()) return "";
    const auto& ipv6 = header_at<Ipv6Header>(frame.octets, frame.packet.ip_offset);
    if (!table.is_in_dmr(ipv6.destination)) {
      return to_string(ipv6.destination) + (table.is_br(ipv6.destination)
                                                ? " is a BR address of ours"
                                                : " is not a BR address and is in no DMR");
    }
    return "to a DMR; " + to_string(ipv6.source) +
           (table.translating_rule(ipv6.source) == nullptr ? " is not in the IPv6 prefix of a MAP-T rule"
                                                           : " is in the IPv6 prefix of a MAP-T rule");
  }
  const auto& packet = frame.packet;
  const std::string source = with_port(packet.source, packet.source_port, packet.has_port());
  if (frame.side == Side::kIpv4) return source + ": from the IPv4 side, where any host may send";
  return source + ": " + softwire_of(table, packet.source, packet.source_port, packet.has_port()) + "; " +
         differences(frame, table);
}

std::string describe_destination(const ParsedFrame& frame, const BindingTable& table) {
  if (!frame.has_ipv4()) return "";
  const auto& packet = frame.packet;
  return with_port(packet.destination, packet.destination_port, packet.has_port()) + ": " +
         softwire_of(table, packet.destination, packet.destination_port, packet.has_port());
}

std::string describe_size(const ParsedFrame& frame) {
  if (!frame.has_ipv4()) return "";
  const auto& ipv4 = header_at<Ipv4Header>(frame.octets, frame.packet.ipv4_offset);
  const unsigned length = frame.packet.ipv4_length;
  return "IPv4 packet of " + std::to_string(length) + " octets (" +
         std::to_string(length + sizeof(Ipv6Header)) + " in a softwire); MTU of the IPv4 side " +
         std::to_string(frame.policy.ipv4.mtu) + ", of the IPv6 side " +
         std::to_string(frame.policy.ipv6.mtu) +
         (ipv4.dont_fragment() ? "; it must not be fragmented" : "; it may be fragmented") + "; TTL " +
         std::to_string(ipv4.time_to_live);
}

}  // namespace softwire::controlplane
