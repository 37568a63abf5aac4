// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/traffic.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>

#include "dataplane/map/translate.h"
#include "softwire/checksum.h"
#include "softwire/ipv4_embedded.h"
#include "softwire/martian.h"
#include "softwire/wire.h"

namespace softwire::bench {

namespace {

constexpr unsigned kPsidOffset = 6;
constexpr unsigned kPsidLen = 6;
constexpr Port kRemotePort = 443;
constexpr std::uint32_t kSubscriberNetwork = 198U << 24 | 18U << 16;  // 198.18.0.0/15
constexpr std::uint32_t kSubscriberMask = 0xfffe0000;
constexpr MacAddress kOurMac({2, 0, 0, 0, 0, 1});
constexpr MacAddress kGatewayMac({2, 0, 0, 0, 0, 2});
// 2001:2::/48 is the IPv6 network for benchmarks (RFC 5180 section 8).
constexpr std::uint64_t kSoftwireNetwork = 0x2001'0002'0000'0000;
constexpr Ipv6Address kBr = Ipv6Address::from_host(kSoftwireNetwork | 0xffff, 1);
// Outside the IPv6 prefix of the rule.
constexpr Ipv6Prefix kDmr{Ipv6Address::from_host(0x2001'0002'ffff'0000, 0), 64};
constexpr EthernetHeader kFromIpv4Side{kOurMac, kGatewayMac, be16(ether_type::kIpv4)};
constexpr EthernetHeader kFromIpv6Side{kOurMac, kGatewayMac, be16(ether_type::kIpv6)};

Ipv6Address b4_address(std::uint32_t index) {
  return Ipv6Address::from_host(kSoftwireNetwork, std::uint64_t{index} << 8 | 1);
}

// Returns a unicast address on the Internet that no subscriber has.
Ipv4Address random_remote(std::mt19937_64& random) {
  for (;;) {
    const auto address = Ipv4Address::from_host(static_cast<std::uint32_t>(random()));
    const std::uint32_t host = address.host();
    if (is_martian(host)) continue;
    if ((host & kSubscriberMask) != kSubscriberNetwork) return address;
  }
}

Port random_port(const PortSet& ports, std::mt19937_64& random) {
  const PortRange range = ports.range(static_cast<unsigned>(random() % ports.range_count()));
  return static_cast<Port>(range.first + random() % (range.last - range.first + 1U));
}

// Writes a frame of this length that begins with these headers.
template <typename... Headers>
void write(dataplane::Mbuf& mbuf, unsigned bytes, const Headers&... headers) {
  mbuf.data_off = dataplane::kHeadroom;
  mbuf.data_len = static_cast<std::uint16_t>(bytes);
  mbuf.pkt_len = bytes;
  std::uint8_t* at = dataplane::data_of(mbuf);
  ((std::memcpy(at, static_cast<const void*>(&headers), sizeof headers), at += sizeof headers), ...);
}

template <typename Header>
std::span<const std::uint8_t> octets_of(const Header& header) {
  return {reinterpret_cast<const std::uint8_t*>(&header), sizeof header};
}

void set_checksum(Ipv4Header& ipv4) {
  ipv4.checksum = be16();
  ipv4.checksum = checksum(octets_of(ipv4));
}

// `pseudo_header`: its sum. Requires: the payload is zeros.
void set_checksum(UdpHeader& udp, std::uint64_t pseudo_header) {
  udp.checksum = checksum(octets_of(udp), pseudo_header);
  if (udp.checksum.raw() == 0) udp.checksum = be16(0xffff);
}

}  // namespace

unsigned mean_frame(Shape shape, unsigned frame) {
  switch (shape) {
    case Shape::kUniform:
      return frame;
    case Shape::kImix: {
      const unsigned sum = std::accumulate(kImixFrames.begin(), kImixFrames.end(), 0U);
      return (sum + unsigned{kImixFrames.size()} / 2) / unsigned{kImixFrames.size()};
    }
    case Shape::kFragments:
      return (unsigned{sizeof(EthernetHeader)} + kFragmentedIpv4 + kFrameCheckBytes) / 2;
  }
  return 0;
}

dataplane::Policy policy(Shape shape) {
  dataplane::Policy policy;
  policy.ipv4 = {.mac = kOurMac, .gateway_mac = kGatewayMac};
  policy.ipv6 = {.mac = kOurMac, .gateway_mac = kGatewayMac, .mtu = 1500};
  if (shape != Shape::kFragments) policy.ipv6.mtu += sizeof(Ipv6Header);
  return policy;
}

Binding binding(std::uint32_t index) {
  const auto psid = static_cast<Psid>(index % (1U << kPsidLen));
  return {.ipv4 = Ipv4Address::from_host(kSubscriberNetwork + index / (1U << kPsidLen)),
          .ports = {{kPsidOffset, kPsidLen}, psid},
          .b4 = b4_address(index),
          .br = kBr};
}

unsigned table_huge_pages(std::uint32_t bindings) {
  constexpr std::uint32_t kSoftwires = dataplane::kHugePageBytes / sizeof(dataplane::Softwire);
  return 1 + (bindings + kSoftwires - 1) / kSoftwires;  // leaves of all levels
}

Rule map_rule(RuleKind kind) {
  Rule rule;
  rule.kind = kind;
  rule.ipv4 = {Ipv4Address::from_host(kSubscriberNetwork), 15};
  rule.ipv6 = {Ipv6Address::from_host(kSoftwireNetwork, 0), 40};
  rule.ea_len = 17 + kPsidLen;
  rule.psid_offset = kPsidOffset;
  if (kind == RuleKind::kMapE) rule.br = kBr;
  if (kind == RuleKind::kMapT) rule.dmr = kDmr;
  return rule;
}

Result<Traffic> Traffic::create(std::uint32_t bindings, std::uint32_t flows, Mechanism mechanism) {
  std::shared_ptr<dataplane::BindingTable> table = dataplane::BindingTable::create();
  const bool has_rule = mechanism != Mechanism::kBindings;
  const Rule map = map_rule(mechanism == Mechanism::kMapT ? RuleKind::kMapT : RuleKind::kMapE);
  if (has_rule && (table == nullptr || table->add(map).error != dataplane::TableError::kNone)) {
    return Error{"no memory for a rule"};
  }
  for (std::uint32_t i = 0; i < bindings && !has_rule; ++i) {
    if (table == nullptr || table->add(binding(i)).error != dataplane::TableError::kNone) {
      return Error{"no memory for " + std::to_string(bindings) + " bindings; give fewer with --bindings"};
    }
  }
  std::mt19937_64 random(1);  // NOLINT(bugprone-random-generator-seed): every run is the same
  std::vector<Flow> list(flows);
  for (std::uint32_t i = 0; i < flows; ++i) {
    const auto index = static_cast<std::uint32_t>(std::uint64_t{i} * bindings / flows);
    const Binding owner = binding(index);
    list[i] = {owner.ipv4, random_remote(random), be16(random_port(owner.ports, random)),
               has_rule ? map.ce_address(owner.ipv4, owner.ports.psid) : owner.b4};
  }
  std::shuffle(list.begin(), list.end(), random);
  return Traffic(std::move(table), std::move(list), mechanism);
}

Traffic Traffic::copy(std::size_t first_flow) const {
  Traffic other = *this;
  other.next_ = first_flow % flows_.size();
  return other;
}

void Traffic::leave_out_odd_psids() {
  constexpr PortParameters kParameters{kPsidOffset, kPsidLen};
  std::erase_if(flows_, [&](const Flow& flow) { return kParameters.psid_of(flow.port.value()) % 2 != 0; });
}

const Traffic::Flow& Traffic::next_flow() {
  const Flow& flow = flows_[next_];
  next_ = next_ + 1 == flows_.size() ? 0 : next_ + 1;
  return flow;
}

Ipv4Header Traffic::ipv4_header(const Flow& flow, Side side, unsigned length) {
  Ipv4Header ipv4;
  ipv4.total_length = be16(static_cast<std::uint16_t>(length));
  ipv4.time_to_live = 64;
  ipv4.protocol = ip_protocol::kUdp;
  ipv4.source = side == Side::kIpv6 ? flow.subscriber : flow.remote;
  ipv4.destination = side == Side::kIpv6 ? flow.remote : flow.subscriber;
  return ipv4;
}

// Returns the header without a checksum, which IPv4 allows.
UdpHeader Traffic::udp_header(const Flow& flow, Side side, unsigned length) {
  UdpHeader udp;
  udp.source_port = side == Side::kIpv6 ? flow.port : be16(kRemotePort);
  udp.destination_port = side == Side::kIpv6 ? be16(kRemotePort) : flow.port;
  udp.length = be16(static_cast<std::uint16_t>(length));
  return udp;
}

Ipv6Header Traffic::outer_header(const Flow& flow, std::uint8_t next_header, unsigned payload) {
  return {.version_class_flow = be32(0x60000000),
          .payload_length = be16(static_cast<std::uint16_t>(payload)),
          .next_header = next_header,
          .hop_limit = 64,
          .source = flow.b4,
          .destination = kBr};
}

Ipv6Header Traffic::translated_header(const Flow& flow, unsigned payload) {
  Ipv6Header ipv6 = outer_header(flow, ip_protocol::kUdp, payload);
  ipv6.destination = embed_ipv4(kDmr, flow.remote);
  return ipv6;
}

void Traffic::write_next(Side side, unsigned frame, dataplane::Mbuf& mbuf) {
  const Flow& flow = next_flow();
  const unsigned bytes = frame - kFrameCheckBytes;
  const unsigned ip_bytes = bytes - unsigned{sizeof(EthernetHeader)};
  const unsigned udp_bytes = ip_bytes - unsigned{sizeof(Ipv4Header)};
  Ipv4Header ipv4 = ipv4_header(flow, side, ip_bytes);
  UdpHeader udp = udp_header(flow, side, udp_bytes);
  const bool translated = mechanism_ == Mechanism::kMapT;
  if (translated && side == Side::kIpv6) {
    const Ipv6Header ipv6 = translated_header(flow, udp_bytes);
    set_checksum(udp, pseudo_header_sum(ipv6.source, ipv6.destination, ip_protocol::kUdp,
                                        static_cast<std::uint16_t>(udp_bytes)));
    return write(mbuf, bytes + dataplane::kTranslationGrowth, kFromIpv6Side, ipv6, udp);
  }
  if (translated) {
    // Most packets have DF set. Without it, packets above 1260 octets would be fragmented (RFC 7915 section
    // 4).
    ipv4.fragment = be16(Ipv4Header::kDontFragment);
    set_checksum(udp, pseudo_header_sum(ipv4.source, ipv4.destination, ip_protocol::kUdp,
                                        static_cast<std::uint16_t>(udp_bytes)));
  }
  set_checksum(ipv4);
  if (side == Side::kIpv4) return write(mbuf, bytes, kFromIpv4Side, ipv4, udp);
  write(mbuf, bytes + unsigned{sizeof(Ipv6Header)}, kFromIpv6Side,
        outer_header(flow, ip_protocol::kIpv4, ip_bytes), ipv4, udp);
}

void Traffic::write_next_fragments(Side side, dataplane::Mbuf& first, dataplane::Mbuf& later) {
  const Flow& flow = next_flow();
  const std::uint32_t identification = identification_++;
  const unsigned udp_bytes = kFragmentedIpv4 - unsigned{sizeof(Ipv4Header)};
  const UdpHeader udp = udp_header(flow, side, udp_bytes);
  Ipv4Header ipv4 = ipv4_header(flow, side, kFragmentedIpv4);
  if (side == Side::kIpv4) {
    const auto write_piece = [&](dataplane::Mbuf& mbuf, unsigned octets, unsigned fragment,
                                 const auto&... headers) {
      const unsigned bytes = unsigned{sizeof ipv4} + octets;
      ipv4.total_length = be16(static_cast<std::uint16_t>(bytes));
      ipv4.identification = be16(static_cast<std::uint16_t>(identification));
      ipv4.fragment = be16(static_cast<std::uint16_t>(fragment));
      set_checksum(ipv4);
      write(mbuf, unsigned{sizeof(EthernetHeader)} + bytes, kFromIpv4Side, ipv4, headers...);
    };
    write_piece(first, kIpv4FirstPiece, Ipv4Header::kMoreFragments, udp);
    return write_piece(later, udp_bytes - kIpv4FirstPiece, kIpv4FirstPiece / 8);
  }
  set_checksum(ipv4);
  const auto write_piece = [&](dataplane::Mbuf& mbuf, unsigned octets, unsigned offset_flags,
                               const auto&... headers) {
    Ipv6FragmentHeader header;
    header.next_header = ip_protocol::kIpv4;
    header.offset_flags = be16(static_cast<std::uint16_t>(offset_flags));
    header.identification = be32(identification);
    const unsigned payload = unsigned{sizeof header} + octets;
    write(mbuf, unsigned{sizeof(EthernetHeader) + sizeof(Ipv6Header)} + payload, kFromIpv6Side,
          outer_header(flow, ip_protocol::kFragment, payload), header, headers...);
  };
  write_piece(first, kIpv6FirstPiece, Ipv6FragmentHeader::kMoreFragments, ipv4, udp);
  write_piece(later, kFragmentedIpv4 - kIpv6FirstPiece, kIpv6FirstPiece);
}

}  // namespace softwire::bench
