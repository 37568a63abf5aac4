#include "tools/bench/baseline.h"

#include <cstring>

#include "softwire/wire.h"

namespace softwire::bench {

namespace {

using dataplane::Mbuf;
using dataplane::Softwire;

constexpr std::size_t kIpv4Offset = sizeof(EthernetHeader);                        // on the IPv4 side
constexpr std::size_t kInnerOffset = sizeof(EthernetHeader) + sizeof(Ipv6Header);  // on the IPv6 side

// What stands in front of an IPv4 packet on the IPv6 side.
struct Encapsulation {
  EthernetHeader ethernet;
  Ipv6Header ipv6;
};
static_assert(sizeof(Encapsulation) == kInnerOffset);

template <typename Header>
Header& header_at(Mbuf& frame, std::size_t offset) {
  return *reinterpret_cast<Header*>(dataplane::data_of(frame) + offset);
}

void grow_front(Mbuf& frame, int octets) {
  frame.data_off = static_cast<std::uint16_t>(frame.data_off - octets);
  frame.data_len = static_cast<std::uint16_t>(frame.data_len + octets);
  frame.pkt_len = static_cast<std::uint32_t>(static_cast<int>(frame.pkt_len) + octets);
}

}  // namespace

Baseline::Baseline(const dataplane::Policy& policy, const dataplane::BindingTable& table)
    : table_(table),
      has_rules_(table.rules() != 0),
      ipv4_ethernet_{policy.ipv4.gateway_mac, policy.ipv4.mac, be16(ether_type::kIpv4)},
      ipv6_ethernet_{policy.ipv6.gateway_mac, policy.ipv6.mac, be16(ether_type::kIpv6)},
      hop_limit_(policy.hop_limit) {}

// Without rules as if there were none in the world: bindings are measured against nothing but their look-up.
template <bool kRules>
void Baseline::look_up(std::size_t item, std::uint32_t address) {
  const auto leaf = table_.find(address);
  const Port port = items_[item].port;
  if constexpr (kRules) {
    items_[item].softwire = table_.computed(leaf, address, port, computed_[item]);
  } else {
    items_[item].softwire = table_.slot(leaf, port);
    __builtin_prefetch(items_[item].softwire);
  }
}

template <bool kRules>
void Baseline::encapsulate(std::span<Mbuf* const> frames) {
  for (Mbuf* frame : frames) __builtin_prefetch(dataplane::data_of(*frame));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    items_[i].destination = header_at<Ipv4Header>(*frames[i], kIpv4Offset).destination.host();
    items_[i].port =
        header_at<UdpHeader>(*frames[i], kIpv4Offset + sizeof(Ipv4Header)).destination_port.value();
    table_.prefetch(items_[i].destination);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) look_up<kRules>(i, items_[i].destination);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Mbuf& frame = *frames[i];
    const auto& ipv4 = header_at<Ipv4Header>(frame, kIpv4Offset);
    const std::uint32_t class_and_flow = 0x60000000U | std::uint32_t{ipv4.type_of_service} << 20;
    const be16 payload_length = ipv4.total_length;
    grow_front(frame, sizeof(Ipv6Header));
    auto& front = header_at<Encapsulation>(frame, 0);
    front.ethernet = ipv6_ethernet_;
    front.ipv6.version_class_flow = be32(class_and_flow);
    front.ipv6.payload_length = payload_length;
    front.ipv6.next_header = ip_protocol::kIpv4;
    front.ipv6.hop_limit = hop_limit_;
    std::memcpy(static_cast<void*>(&front.ipv6.source), items_[i].softwire, sizeof(Softwire));
  }
}

template <bool kRules>
void Baseline::decapsulate(std::span<Mbuf* const> frames) {
  for (Mbuf* frame : frames) __builtin_prefetch(dataplane::data_of(*frame));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto& ipv4 = header_at<Ipv4Header>(*frames[i], kInnerOffset);
    items_[i].source = ipv4.source.host();
    items_[i].destination = ipv4.destination.host();
    items_[i].port = header_at<UdpHeader>(*frames[i], kInnerOffset + sizeof(Ipv4Header)).source_port.value();
    table_.prefetch(items_[i].source);
    table_.prefetch(items_[i].destination);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    look_up<kRules>(i, items_[i].source);
    digest_ += static_cast<std::uint64_t>(table_.find(items_[i].destination).kind);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    digest_ ^= items_[i].softwire->b4.low() ^ items_[i].softwire->br.low();
    grow_front(*frames[i], -static_cast<int>(sizeof(Ipv6Header)));
    header_at<EthernetHeader>(*frames[i], 0) = ipv4_ethernet_;
  }
}

void Baseline::receive(Side side, std::span<Mbuf* const> frames) {
  if (side == Side::kIpv4) {
    has_rules_ ? encapsulate<true>(frames) : encapsulate<false>(frames);
  } else {
    has_rules_ ? decapsulate<true>(frames) : decapsulate<false>(frames);
  }
}

}  // namespace softwire::bench
