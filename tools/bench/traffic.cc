#include "tools/bench/traffic.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "softwire/checksum.h"
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

Ipv6Address b4_address(std::uint32_t index) {
  return Ipv6Address::from_host(kSoftwireNetwork, std::uint64_t{index} << 8 | 1);
}

// An address on the Internet: unicast, and nobody's here.
Ipv4Address random_remote(std::mt19937_64& random) {
  for (;;) {
    const auto address = Ipv4Address::from_host(static_cast<std::uint32_t>(random()));
    const std::uint32_t host = address.host();
    if (host >> 24 == 0 || address.is_loopback() || host >> 28 >= 14) continue;
    if ((host & kSubscriberMask) != kSubscriberNetwork) return address;
  }
}

Port random_port(const PortSet& ports, std::mt19937_64& random) {
  const PortRange range = ports.range(static_cast<unsigned>(random() % ports.range_count()));
  return static_cast<Port>(range.first + random() % (range.last - range.first + 1U));
}

template <typename Header>
std::uint8_t* put(std::uint8_t* at, const Header& header) {
  std::memcpy(at, &header, sizeof header);
  return at + sizeof header;
}

}  // namespace

dataplane::Policy policy() {
  dataplane::Policy policy;
  policy.ipv4 = {.mac = kOurMac, .gateway_mac = kGatewayMac};
  policy.ipv6 = {.mac = kOurMac, .gateway_mac = kGatewayMac, .mtu = 1500 + sizeof(Ipv6Header)};
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
  return 2 + (bindings + kSoftwires - 1) / kSoftwires;  // the top level; the nodes below it
}

Rule map_rule() {
  Rule rule;
  rule.ipv4 = {Ipv4Address::from_host(kSubscriberNetwork), 15};
  rule.ipv6 = {Ipv6Address::from_host(kSoftwireNetwork, 0), 40};
  rule.ea_len = 17 + kPsidLen;
  rule.psid_offset = kPsidOffset;
  rule.br = kBr;
  return rule;
}

Result<Traffic> Traffic::create(std::uint32_t bindings, std::uint32_t flows, bool rule) {
  auto table = dataplane::BindingTable::create();
  const Rule map = map_rule();
  if (rule && (table == nullptr || table->add(map).error != dataplane::TableError::kNone)) {
    return Error{"no memory for a rule"};
  }
  for (std::uint32_t i = 0; i < bindings && !rule; ++i) {
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
               rule ? map.ce_address(owner.ipv4, owner.ports.psid) : owner.b4};
  }
  std::shuffle(list.begin(), list.end(), random);
  return Traffic(std::move(table), std::move(list));
}

void Traffic::write_next(Side side, unsigned frame, dataplane::Mbuf& mbuf) {
  const Flow& flow = flows_[next_];
  next_ = next_ + 1 == flows_.size() ? 0 : next_ + 1;

  const bool upstream = side == Side::kIpv6;
  const auto ip_bytes = static_cast<std::uint16_t>(frame - kFrameCheckBytes - sizeof(EthernetHeader));
  const unsigned bytes = frame - kFrameCheckBytes + (upstream ? unsigned{sizeof(Ipv6Header)} : 0U);
  mbuf.data_off = dataplane::kHeadroom;
  mbuf.data_len = static_cast<std::uint16_t>(bytes);
  mbuf.pkt_len = bytes;

  Ipv4Header ipv4;
  ipv4.total_length = be16(ip_bytes);
  ipv4.time_to_live = 64;
  ipv4.protocol = ip_protocol::kUdp;
  ipv4.source = upstream ? flow.subscriber : flow.remote;
  ipv4.destination = upstream ? flow.remote : flow.subscriber;
  ipv4.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&ipv4), sizeof ipv4});

  UdpHeader udp;  // without a checksum, which IPv4 allows
  udp.source_port = upstream ? flow.port : be16(kRemotePort);
  udp.destination_port = upstream ? be16(kRemotePort) : flow.port;
  udp.length = be16(static_cast<std::uint16_t>(ip_bytes - sizeof ipv4));

  std::uint8_t* at = dataplane::data_of(mbuf);
  at = put(at, EthernetHeader{kOurMac, kGatewayMac, be16(upstream ? ether_type::kIpv6 : ether_type::kIpv4)});
  if (upstream) {
    at = put(at, Ipv6Header{.version_class_flow = be32(0x60000000),
                            .payload_length = be16(ip_bytes),
                            .next_header = ip_protocol::kIpv4,
                            .hop_limit = 64,
                            .source = flow.b4,
                            .destination = kBr});
  }
  put(put(at, ipv4), udp);
}

}  // namespace softwire::bench
