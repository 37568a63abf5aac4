// SPDX-License-Identifier: BSD-3-Clause
// What the operator decided, as the packet path reads it: an immutable snapshot, replaced as a whole.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "softwire/address.h"
#include "softwire/time.h"

namespace softwire::dataplane {

// What fragments that come in on a side may take up.
struct ReassemblyPolicy {
  std::uint32_t datagrams = 20000;  // packets of which some fragments have come; 0: none are put together
  std::uint16_t fragments = 40;     // of one packet
  Instant timeout = std::chrono::seconds(15);  // since the first that came (RFC 791 section 3.2)
};

class PacketFilter;

struct SidePolicy {
  MacAddress mac;               // ours on this side
  MacAddress gateway_mac;       // where frames of this side are sent; not set: the gateway is asked for it
  bool accept_any_mac = false;  // take frames for other stations too (capture replay)
  std::uint16_t vlan_id = 0;    // 1..4094; 0: untagged
  std::uint16_t mtu = 1500;     // octets of the IP packet, without Ethernet
  // Frames that do not match are dropped as they come in, or before they leave. Null: none. Owned by whoever
  // made the policy, for as long as an engine has it.
  const PacketFilter* ingress_filter = nullptr;
  const PacketFilter* egress_filter = nullptr;
  ReassemblyPolicy reassembly = {};
  // ICMPv4 errors (IPv4 side), ICMPv6 errors (IPv6 side): as many a second on average, and as many at once.
  bool generate_icmp_errors = true;
  // Take in ICMPv4 to subscribers (IPv4 side), ICMPv6 errors about softwire packets (IPv6 side).
  bool accept_icmp = true;
  std::uint32_t icmp_error_rate = 1000;
};

inline constexpr std::size_t kMaxDhcpServers = 16;
inline constexpr std::size_t kMaxDhcpRelays = 16;

struct DhcpRelayPolicy {
  bool enabled = false;
  Ipv4Address address;  // giaddr and server identifier override (RFC 5107)
  std::array<Ipv4Address, kMaxDhcpServers> servers{};
  std::uint8_t server_count = 0;
  // By which DHCPv4-over-DHCPv6 servers name themselves to clients.
  std::array<Ipv4Address, kMaxDhcpServers> identifiers{};
  std::uint8_t identifier_count = 0;
  // What a softwire sends to port 67 of a server's own address is the relay's too: else a subscriber could
  // hand the server a message with giaddr and option 82 of its own making.
  bool intercept_server_addresses = true;

  // Addresses in host order.
  [[nodiscard]] bool is_server(std::uint32_t wanted) const { return is_among(servers, server_count, wanted); }
  [[nodiscard]] bool is_intercepted(std::uint32_t wanted) const {
    return intercept_server_addresses &&
           (is_server(wanted) || is_among(identifiers, identifier_count, wanted));
  }
  // Whether clients send DHCP to this destination so that the relay takes it: the broadcast address, the
  // override address (RENEW, RELEASE), or the address of a server that does not override its own.
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

// What is taken in UDP over IPv6 to the hub's own address, unless that is in a DMR. Without any, nothing.
struct DhcpOverIpv6Policy {
  bool dhcpv6 = false;  // port 547, and ff02::1:2 (RFC 8415 section 7)
  bool dhcpv4 = false;  // port 67 (draft-ietf-dhc-dhcpv4-over-ipv6)
  // Whose answers are taken at port 547 in any case: DHCPv4-over-DHCPv6 servers (RFC 9928).
  std::array<Ipv6Address, kMaxDhcpServers> servers{};
  std::uint8_t server_count = 0;
  // DHCPv6 relays: what they send is of many clients.
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
  SidePolicy ipv4;
  SidePolicy ipv6;
  Ipv4Address ipv4_address;  // ours on the IPv4 side; 0.0.0.0: none
  Ipv6Address ipv6_address;  // ours on the IPv6 side; ::: none
  // Where packets are sent, when no gateway_mac is given. Without either they wait in vain.
  Ipv4Address ipv4_gateway;     // asked for by ipv4_address, which must be set then
  Ipv6Address ipv6_gateway;     // may be link-local
  bool proxy_arp = false;       // answer ARP for every bound address (RFC 1027)
  std::uint8_t hop_limit = 64;  // of the outer header (RFC 2473 section 6.3)
  bool hairpinning = true;      // RFC 7596 section 6.2
  std::uint16_t tcp_mss = 0;    // TCP's maximum segment size is lowered to it, both ways; 0: left alone
  bool flow_label = false;      // outer flow label from the inner packet's flow (RFC 6438); else 0
  bool on_a_stick = false;      // both sides on one port
  bool copy_dscp = true;  // outer to inner on decapsulation (RFC 6333 section 7.1; RFC 2983: uniform model)
  DhcpRelayPolicy dhcp_relay;
  DhcpOverIpv6Policy dhcp_over_ipv6;
  // DHCP messages a second from clients handed to the control plane; as many from DHCPv6 relays.
  std::uint32_t punt_rate = 10000;
  std::uint32_t punt_burst =
      1000;  // and at once; servers' answers have a limit of their own, so many a server
  // Of them, those of one subscriber.
  std::uint32_t punt_subscriber_rate = 10000;
  std::uint32_t punt_subscriber_burst = 1000;
  std::uint8_t punt_subscriber_mask = 128;  // length of the prefix that is one subscriber's
  // Engines that requests are divided among, each with its part of punt_rate and punt_burst. A server's
  // answers may all reach one of them.
  std::uint8_t engines = 1;
};

}  // namespace softwire::dataplane
