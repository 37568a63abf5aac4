// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/baseline.h"

#include <cstring>

#include "softwire/ipv4_embedded.h"
#include "softwire/wire.h"

namespace softwire::bench {

namespace {

using dataplane::Mbuf;
using dataplane::Softwire;

constexpr std::size_t kIpv4Offset = sizeof(EthernetHeader);                        // on the IPv4 side
constexpr std::size_t kInnerOffset = sizeof(EthernetHeader) + sizeof(Ipv6Header);  // on the IPv6 side

// The headers before an IPv4 packet on the IPv6 side.
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

void prefetch(std::span<Mbuf* const> frames) {
  for (Mbuf* frame : frames) __builtin_prefetch(dataplane::data_of(*frame));
}

}  // namespace

Baseline::Baseline(const dataplane::Policy& policy, const dataplane::BindingTable& table, Mechanism mechanism,
                   Shape shape)
    : table_(table),
      mechanism_(mechanism),
      shape_(shape),
      ipv4_ethernet_{policy.ipv4.gateway_mac, policy.ipv4.mac, be16(ether_type::kIpv4)},
      ipv6_ethernet_{policy.ipv6.gateway_mac, policy.ipv6.mac, be16(ether_type::kIpv6)},
      hop_limit_(policy.hop_limit) {}

inline void Baseline::read_from_ipv4_side(Mbuf& frame, Item& item) {
  const auto& ipv4 = header_at<Ipv4Header>(frame, kIpv4Offset);
  item.source = ipv4.source.host();
  item.destination = ipv4.destination.host();
  item.port = header_at<UdpHeader>(frame, kIpv4Offset + sizeof ipv4).destination_port.value();
  table_.prefetch(item.destination);
}

inline void Baseline::read_inner(Mbuf& frame, std::size_t offset, Item& item) {
  const auto& ipv4 = header_at<Ipv4Header>(frame, offset);
  item.source = ipv4.source.host();
  item.destination = ipv4.destination.host();
  item.port = header_at<UdpHeader>(frame, offset + sizeof ipv4).source_port.value();
  table_.prefetch(item.source);
  table_.prefetch(item.destination);
}

// Without rules, the code for rules is not compiled in, so that bindings are compared with their look-up
// only.
template <bool kRules>
inline void Baseline::look_up(std::size_t item, std::uint32_t address) {
  const auto leaf = table_.find(address);
  const Port port = items_[item].port;
  if constexpr (kRules) {
    items_[item].softwire = table_.computed(leaf, address, port, computed_[item]);
  } else {
    items_[item].softwire = table_.slot(leaf, port);
    __builtin_prefetch(items_[item].softwire);
  }
}

inline void Baseline::look_up_destination(const Item& item) {
  digest_ += static_cast<std::uint64_t>(table_.find(item.destination).kind);
}

inline void Baseline::put_into_softwire(Mbuf& frame, const Softwire& softwire) const {
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
  std::memcpy(static_cast<void*>(&front.ipv6.source), &softwire, sizeof softwire);
}

template <bool kRules>
void Baseline::encapsulate(std::span<Mbuf* const> frames) {
  prefetch(frames);
  for (std::size_t i = 0; i < frames.size(); ++i) read_from_ipv4_side(*frames[i], items_[i]);
  for (std::size_t i = 0; i < frames.size(); ++i) look_up<kRules>(i, items_[i].destination);
  for (std::size_t i = 0; i < frames.size(); ++i) put_into_softwire(*frames[i], *items_[i].softwire);
}

template <bool kRules>
void Baseline::decapsulate(std::span<Mbuf* const> frames) {
  prefetch(frames);
  for (std::size_t i = 0; i < frames.size(); ++i) read_inner(*frames[i], kInnerOffset, items_[i]);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    look_up<kRules>(i, items_[i].source);
    look_up_destination(items_[i]);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    digest_ ^= items_[i].softwire->b4.low() ^ items_[i].softwire->br.low();
    grow_front(*frames[i], -static_cast<int>(sizeof(Ipv6Header)));
    header_at<EthernetHeader>(*frames[i], 0) = ipv4_ethernet_;
  }
}

void Baseline::translate_to_ipv6(std::span<Mbuf* const> frames) {
  prefetch(frames);
  for (std::size_t i = 0; i < frames.size(); ++i) read_from_ipv4_side(*frames[i], items_[i]);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    look_up<true>(i, items_[i].destination);
    const Ipv6Prefix dmr = table_.dmr(table_.find(items_[i].destination));
    computed_[i].br = embed_ipv4(dmr, Ipv4Address::from_host(items_[i].source));
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Mbuf& frame = *frames[i];
    const auto ipv4 = header_at<Ipv4Header>(frame, kIpv4Offset);
    grow_front(frame, sizeof(Ipv6Header) - sizeof(Ipv4Header));
    auto& front = header_at<Encapsulation>(frame, 0);
    front.ethernet = ipv6_ethernet_;
    front.ipv6.version_class_flow = be32(0x60000000U | std::uint32_t{ipv4.type_of_service} << 20);
    front.ipv6.payload_length =
        be16(static_cast<std::uint16_t>(ipv4.total_length.value() - sizeof(Ipv4Header)));
    front.ipv6.next_header = ipv4.protocol;
    front.ipv6.hop_limit = ipv4.time_to_live;
    std::memcpy(static_cast<void*>(&front.ipv6.source), items_[i].softwire, sizeof(Softwire));
  }
}

void Baseline::translate_to_ipv4(std::span<Mbuf* const> frames) {
  prefetch(frames);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto& ipv6 = header_at<Ipv6Header>(*frames[i], kIpv4Offset);
    const dataplane::RuleEntry* rule = table_.translating_rule(ipv6.source);
    items_[i].source = rule->ipv4_of(ipv6.source);
    items_[i].destination = embedded_ipv4(rule->dmr(), ipv6.destination).host();
    items_[i].port = header_at<UdpHeader>(*frames[i], kInnerOffset).source_port.value();
    table_.prefetch(items_[i].source);
    table_.prefetch(items_[i].destination);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    look_up<true>(i, items_[i].source);
    look_up_destination(items_[i]);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    digest_ ^= items_[i].softwire->b4.low() ^ items_[i].softwire->b4.high();
    Mbuf& frame = *frames[i];
    const auto ipv6 = header_at<Ipv6Header>(frame, kIpv4Offset);
    grow_front(frame, static_cast<int>(sizeof(Ipv4Header)) - static_cast<int>(sizeof(Ipv6Header)));
    header_at<EthernetHeader>(frame, 0) = ipv4_ethernet_;
    Ipv4Header ipv4;
    ipv4.type_of_service = ipv6.traffic_class();
    ipv4.total_length = be16(static_cast<std::uint16_t>(ipv6.payload_length.value() + sizeof ipv4));
    ipv4.time_to_live = ipv6.hop_limit;
    ipv4.protocol = ipv6.next_header;
    ipv4.source = Ipv4Address::from_host(items_[i].source);
    ipv4.destination = Ipv4Address::from_host(items_[i].destination);
    header_at<Ipv4Header>(frame, kIpv4Offset) = ipv4;
  }
}

void Baseline::encapsulate_fragments(std::span<Mbuf* const> frames) {
  prefetch(frames);
  for (std::size_t i = 0; i < frames.size(); i += 2) {
    const bool in_order = header_at<Ipv4Header>(*frames[i], kIpv4Offset).is_first_fragment();
    read_from_ipv4_side(*frames[in_order ? i : i + 1], items_[i / 2]);
  }
  for (std::size_t i = 0; i < frames.size() / 2; ++i) look_up<false>(i, items_[i].destination);
  for (std::size_t i = 0; i < frames.size(); ++i) put_into_softwire(*frames[i], *items_[i / 2].softwire);
}

void Baseline::decapsulate_fragments(std::span<Mbuf* const> frames) {
  constexpr std::size_t kOffset = kInnerOffset + sizeof(Ipv6FragmentHeader);
  const auto is_first = [](Mbuf& frame) {
    return header_at<Ipv6FragmentHeader>(frame, kInnerOffset).offset_bytes() == 0;
  };
  prefetch(frames);
  for (std::size_t i = 0; i < frames.size(); i += 2) {
    read_inner(*frames[is_first(*frames[i]) ? i : i + 1], kOffset, items_[i / 2]);
  }
  for (std::size_t i = 0; i < frames.size() / 2; ++i) {
    look_up<false>(i, items_[i].source);
    look_up_destination(items_[i]);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (is_first(*frames[i])) {
      const Softwire& softwire = *items_[i / 2].softwire;
      digest_ ^= softwire.b4.low() ^ softwire.br.low();
      grow_front(*frames[i], static_cast<int>(sizeof(EthernetHeader)) - static_cast<int>(kOffset));
      header_at<EthernetHeader>(*frames[i], 0) = ipv4_ethernet_;
    } else {
      grow_front(*frames[i], -static_cast<int>(kOffset));
    }
  }
}

void Baseline::receive(Side side, std::span<Mbuf* const> frames) {
  const bool from_ipv4 = side == Side::kIpv4;
  if (shape_ == Shape::kFragments) {
    return from_ipv4 ? encapsulate_fragments(frames) : decapsulate_fragments(frames);
  }
  switch (mechanism_) {
    case Mechanism::kBindings:
      return from_ipv4 ? encapsulate<false>(frames) : decapsulate<false>(frames);
    case Mechanism::kMapE:
      return from_ipv4 ? encapsulate<true>(frames) : decapsulate<true>(frames);
    case Mechanism::kMapT:
      return from_ipv4 ? translate_to_ipv6(frames) : translate_to_ipv4(frames);
  }
}

}  // namespace softwire::bench
