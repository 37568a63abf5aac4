// SPDX-License-Identifier: BSD-3-Clause
// ICMP messages for tests, and checks of the hub's answers.
#pragma once

#include <algorithm>

#include "softwire/checksum.h"
#include "tests/unit/engine_fixture.h"

namespace softwire {

inline const Ipv6Address kHubIpv6 = *parse_ipv6("2001:db8:6::1");
inline const Ipv6Address kInsideRouter = *parse_ipv6("2001:db8:fe::1");  // of the access network

inline dataplane::Policy talkative() {
  dataplane::Policy result = policy();
  result.ipv4.generate_icmp_errors = result.ipv6.generate_icmp_errors = true;
  // Enough for all frames of a test, which have one source.
  result.ipv4.icmp_error_source_rate = result.ipv6.icmp_error_source_rate = 1000;
  result.ipv6_address = kHubIpv6;
  return result;
}

inline void put16(Octets& octets, std::size_t at, std::uint16_t value) {
  octets[at] = static_cast<std::uint8_t>(value >> 8);
  octets[at + 1] = static_cast<std::uint8_t>(value);
}

inline Octets joined(Octets first, const Octets& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

inline Octets cut(Octets octets, std::size_t size) {
  octets.resize(std::min(octets.size(), size));
  return octets;
}

// Returns an ICMPv4 message with these eight octets of header (checksum zero) and this body, as an IPv4
// packet.
inline Octets icmpv4_packet(Ipv4Address source, Ipv4Address destination, const Octets& header,
                            const Octets& body, std::uint8_t ttl = 64) {
  Octets packet{0x45, 0, 0, 0, 0, 0, 0, 0, ttl, 1, 0, 0};
  for (const Ipv4Address address : {source, destination}) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      packet.push_back(static_cast<std::uint8_t>(address.host() >> shift));
    }
  }
  put16(packet, 2, static_cast<std::uint16_t>(28 + body.size()));
  put16(packet, 10, checksum(packet).value());
  Octets icmp = joined(header, body);
  put16(icmp, 2, checksum(icmp).value());
  return joined(packet, icmp);
}

// Returns the same as an IPv6 packet.
inline Octets icmpv6_packet(const Ipv6Address& source, const Ipv6Address& destination, const Octets& header,
                            const Octets& body, std::uint8_t hop_limit = 64, const Octets& extensions = {}) {
  Octets icmp = joined(header, body);
  Octets sum(source.octets().begin(), source.octets().end());
  sum.insert(sum.end(), destination.octets().begin(), destination.octets().end());
  sum.resize(40);
  put16(sum, 34, static_cast<std::uint16_t>(icmp.size()));
  sum[39] = ip_protocol::kIcmpv6;
  put16(icmp, 2, checksum(joined(sum, icmp)).value());
  return ipv6_packet({.source = source,
                      .destination = destination,
                      .hop_limit = hop_limit,
                      .next_header = extensions.empty() ? ip_protocol::kIcmpv6 : ip_protocol::kHopByHop,
                      .extension_headers = extensions},
                     icmp);
}

// Returns the error that the hub makes about a packet, cut to 576 octets.
inline Octets error_about(const Octets& about, Ipv4Address to, std::uint8_t type, std::uint8_t code,
                          std::uint16_t mtu = 0) {
  return icmpv4_packet(
      kRelay, to,
      {type, code, 0, 0, 0, 0, static_cast<std::uint8_t>(mtu >> 8), static_cast<std::uint8_t>(mtu)},
      cut(about, 548), 255);
}

inline Octets error_about(const Ipv4Fields& about, std::uint8_t type, std::uint8_t code,
                          std::uint16_t mtu = 0) {
  return error_about(ipv4_packet(about), about.source, type, code, mtu);
}

// Put a packet into the frame that the hub receives, and into the frame that it sends.
inline Octets internet_frame(const Octets& packet) {
  return ethernet_frame({kHubIpv4Mac, kRouterIpv4Mac}, ether_type::kIpv4, packet);
}

inline Octets onto_internet(const Octets& packet) {
  return ethernet_frame({kRouterIpv4Mac, kHubIpv4Mac}, ether_type::kIpv4, packet);
}

inline Octets inside_frame(const Octets& packet) {
  return ethernet_frame({kHubIpv6Mac, kRouterIpv6Mac}, ether_type::kIpv6, packet);
}

inline Octets onto_inside(const Octets& packet) {
  return ethernet_frame({kRouterIpv6Mac, kHubIpv6Mac}, ether_type::kIpv6, packet);
}

inline Octets out_of_softwire(const Ipv6Address& b4, const Octets& packet, const Ipv6Address& br = kBr) {
  return inside_frame(ipv6_packet({.source = b4, .destination = br, .traffic_class = packet[1]}, packet));
}

inline Octets into_softwire(const Ipv6Address& b4, const Octets& packet, const Ipv6Address& br = kBr) {
  return onto_inside(ipv6_packet({.source = br, .destination = b4, .traffic_class = packet[1]}, packet));
}

// Does the same for a packet that the hub sent; its checksum is correct.
inline Octets sent_without_identification(const Octets& frame) {
  const std::size_t ip = sizeof(EthernetHeader);
  const bool is_ipv4 = frame[ip - 2] == 0x08 && frame[ip - 1] == 0x00;
  if (is_ipv4 || frame[ip + 6] == ip_protocol::kIpv4) {
    const std::size_t at = is_ipv4 ? ip : ip + sizeof(Ipv6Header);
    EXPECT_TRUE(ipv4_header_checksum_ok(&frame[at], std::size_t{frame[at] & 0x0fU} * 4));
  }
  return without_identification(frame);
}

class Icmp : public EngineTest {
 protected:
  // Expects that the frame has outcome `received`, and that this many packets of the hub leave on `out`.
  void expect_answer(Side in, const Octets& frame, Outcome received, Side out, const Octets& expected,
                     Outcome sent, const dataplane::Policy& with = talkative(),
                     std::size_t segment_octets = 65535) {
    EngineHarness hub(with, bindings());
    const auto result = hub.run(in, std::vector<Octets>(frames(), frame), GetParam(), segment_octets);
    EXPECT_EQ(result.outcomes[received], frames()) << info(received).name;
    EXPECT_EQ(result.outcomes[sent], frames()) << info(sent).name;
    EXPECT_EQ(hub.engine().counters().generated, frames());
    std::vector<Octets> leaving;
    for (const Octets& sent_frame : out == Side::kIpv4 ? result.ipv4 : result.ipv6) {
      leaving.push_back(sent_without_identification(sent_frame));
    }
    EXPECT_THAT(leaving, ::testing::Each(without_identification(expected)));
    EXPECT_EQ(leaving.size(), frames());
    EXPECT_THAT(out == Side::kIpv4 ? result.ipv6 : result.ipv4, ::testing::IsEmpty());
  }
  // Expects that the frame has outcome `received`, and that nothing leaves.
  void expect_silence(Side in, const Octets& frame, Outcome received,
                      const dataplane::Policy& with = talkative()) {
    expect_dropped(in, frame, received, with);
  }
};

}  // namespace softwire
