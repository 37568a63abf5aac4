// SPDX-License-Identifier: BSD-3-Clause
// The policy of the operator, in the form that the packet path reads: an immutable snapshot that is replaced
// as a whole.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// Limits of reassembly for the fragments that are received on a side.
struct ReassemblyPolicy {
  std::uint32_t datagrams = 20000;             // packets of which fragments wait; 0: reassembly is off
  std::uint32_t source_datagrams = 1000;       // the same for the packets of one source
  std::uint16_t fragments = 40;                // of one packet
  Instant timeout = std::chrono::seconds(15);  // after the first received fragment (RFC 791 section 3.2)

  // Returns how many buffers the waiting fragments hold at most: one for each packet, and enough for one
  // packet in all its fragments.
  [[nodiscard]] constexpr std::uint32_t buffers() const {
    constexpr std::uint32_t kLeast = 256;
    return datagrams == 0 ? 0 : std::max({datagrams, std::uint32_t{fragments}, kLeast});
  }
};

class PacketFilter;

struct SidePolicy {
  MacAddress mac;               // the hub's address on this side
  MacAddress gateway_mac;       // the destination of frames; not set: it is resolved
  bool accept_any_mac = false;  // accept frames for other stations too (capture replay)
  std::uint16_t vlan_id = 0;    // 1..4094; 0: untagged
  std::uint16_t mtu = 1500;     // octets of the IP packet, without Ethernet
  // Frames that do not match are dropped: the ingress filter when they are received, the egress filter before
  // they leave. Null: no filter. The maker of the policy owns the filters, and keeps them as long as an
  // engine uses the policy.
  const PacketFilter* ingress_filter = nullptr;
  const PacketFilter* egress_filter = nullptr;
  ReassemblyPolicy reassembly = {};
  // Whether to generate ICMPv4 errors (IPv4 side) or ICMPv6 errors (IPv6 side), see icmp_error_rate.
  bool generate_icmp_errors = true;
  // Whether to accept ICMPv4 to subscribers (IPv4 side) or ICMPv6 errors about softwire packets (IPv6 side).
  bool accept_icmp = true;
  // Generated ICMP errors per second on average, and also the largest burst.
  std::uint32_t icmp_error_rate = 1000;
  // The same for errors about the packets of one source, while others need theirs (EqualShareRate).
  std::uint32_t icmp_error_source_rate = 100;
  // Echo replies, ARP replies and Neighbor Advertisements to one source, per second and in a burst.
  std::uint32_t answer_source_rate = 1000;
};

inline constexpr std::size_t kMaxDhcpServers = 16;
inline constexpr std::size_t kMaxDhcpRelays = 16;

struct DhcpRelayPolicy {
  bool enabled = false;
  Ipv4Address address;  // giaddr and server identifier override (RFC 5107)
  std::array<Ipv4Address, kMaxDhcpServers> servers{};
  std::uint8_t server_count = 0;
  // The server identifiers that DHCPv4-over-DHCPv6 servers send to clients.
  std::array<Ipv4Address, kMaxDhcpServers> identifiers{};
  std::uint8_t identifier_count = 0;
  // Whether the relay also takes what a softwire sends to port 67 of a server's own address. Otherwise a
  // subscriber could send the server a message with a giaddr and an option 82 that the subscriber made.
  bool intercept_server_addresses = true;

  // Addresses are in host byte order.
  [[nodiscard]] bool is_server(std::uint32_t wanted) const { return is_among(servers, server_count, wanted); }
  [[nodiscard]] bool is_intercepted(std::uint32_t wanted) const {
    return intercept_server_addresses &&
           (is_server(wanted) || is_among(identifiers, identifier_count, wanted));
  }
  // Returns whether the relay takes DHCP that clients send to this destination: the broadcast address, the
  // relay's address (RENEW, RELEASE), or, with intercept_server_addresses, the address or identifier of a
  // server.
  [[nodiscard]] bool is_for_relay(std::uint32_t destination) const {
    constexpr std::uint32_t kLimitedBroadcast = 0xffffffff;
    return enabled &&
           (destination == kLimitedBroadcast || destination == address.host() || is_intercepted(destination));
  }

 private:
  static bool is_among(std::span<const Ipv4Address> list, std::size_t count, std::uint32_t wanted) {
    for (const Ipv4Address one : list.first(count)) {
      if (one.host() == wanted) return true;
    }
    return false;
  }
};

// Which DHCP messages the hub accepts in UDP over IPv6 to its own address, unless that address is in a DMR.
// By default none.
struct DhcpOverIpv6Policy {
  bool dhcpv6 = false;  // port 547, and ff02::1:2 (RFC 8415 section 7)
  bool dhcpv4 = false;  // port 67 (draft-ietf-dhc-dhcpv4-over-ipv6)
  // DHCPv4-over-DHCPv6 servers (RFC 9928). Their answers are accepted at port 547 in any case.
  std::array<Ipv6Address, kMaxDhcpServers> servers{};
  std::uint8_t server_count = 0;
  // DHCPv6 relays. They send messages of many clients.
  std::array<Ipv6Prefix, kMaxDhcpRelays> relays{};
  std::uint8_t relay_count = 0;

  [[nodiscard]] bool takes_any() const { return dhcpv6 || dhcpv4 || server_count != 0; }
  [[nodiscard]] bool is_server(const Ipv6Address& address) const {
    for (std::size_t i = 0; i < server_count; ++i) {
      if (servers[i] == address) return true;
    }
    return false;
  }
  [[nodiscard]] bool is_relay(const Ipv6Address& address) const {
    for (std::size_t i = 0; i < relay_count; ++i) {
      if (relays[i].contains(address)) return true;
    }
    return false;
  }
};

struct Policy {
  // Returns whether the IPv4 side must not send packets from the addresses of subscribers.
  [[nodiscard]] bool refuses_subscriber_sources() const { return hairpinning && !accept_subscriber_sources; }

  SidePolicy ipv4;
  SidePolicy ipv6;
  Ipv4Address ipv4_address;  // the hub's address on the IPv4 side; 0.0.0.0: none
  Ipv6Address ipv6_address;  // the hub's address on the IPv6 side; "::": none
  // The gateways that are resolved when gateway_mac is not set. When neither is set, packets wait and never
  // leave.
  Ipv4Address ipv4_gateway;     // the ARP request comes from ipv4_address, which must be set
  Ipv6Address ipv6_gateway;     // may be link-local
  bool proxy_arp = false;       // answer ARP for every bound address (RFC 1027)
  std::uint8_t hop_limit = 64;  // of the outer header (RFC 2473 section 6.3)
  bool hairpinning = true;      // RFC 7596 section 6.2
  // Accept packets of the IPv4 side whose source is a subscriber's address. With hairpinning such a packet
  // can only be spoofed, unless another device has subscribers of the same addresses.
  bool accept_subscriber_sources = false;
  std::uint16_t tcp_mss = 0;  // the TCP MSS is lowered to it in both directions; 0: unchanged
  bool flow_label = false;    // the outer flow label is a hash of the inner flow (RFC 6438); else it is 0
  bool on_a_stick = false;    // both sides on one port
  // Copy the DSCP from the outer to the inner header on decapsulation (RFC 6333 section 7.1; uniform model of
  // RFC 2983).
  bool copy_dscp = true;
  DhcpRelayPolicy dhcp_relay;
  DhcpOverIpv6Policy dhcp_over_ipv6;
  // Limits of DHCP messages from clients to the control plane: messages per second, and the largest burst.
  // Each kind of sources has its share of both (up_to_kind()). DHCPv6 relays together have a limit of the
  // same size. Answers of servers have another one, of this size for each server.
  std::uint32_t punt_rate = 10000;
  std::uint32_t punt_burst = 1000;
  // The same limits for the messages of one subscriber.
  std::uint32_t punt_subscriber_rate = 10000;
  std::uint32_t punt_subscriber_burst = 1000;
  std::uint8_t punt_subscriber_mask = 128;  // length of the prefix that identifies a stranger
  // Number of engines among which requests are divided. punt_rate and punt_burst are the part of one engine.
  // The answers of a server may all reach one engine.
  std::uint8_t engines = 1;
};

}  // namespace softwire::dataplane
