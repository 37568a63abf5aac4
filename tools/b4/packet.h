// SPDX-License-Identifier: BSD-3-Clause
// What softwire-b4 does to the octets of one packet or frame. All of them come from outside, unchecked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "softwire/address.h"
#include "softwire/wire.h"

namespace softwire::b4 {

// The IPv4 packet that the octets begin with, without what a link has put after it; empty when there is no
// whole one. Its checksum is left to whom it is for.
std::span<std::uint8_t> ipv4_packet(std::span<std::uint8_t> octets);

inline const Ipv4Header& ipv4_header(std::span<const std::uint8_t> packet) {
  return *reinterpret_cast<const Ipv4Header*>(packet.data());
}

// Takes the outer traffic class over into the type of service of an IPv4 packet (RFC 6333 section 7.1; its
// ECN field as RFC 6040 section 4.2 says). False: the packet must be dropped.
bool take_traffic_class(std::span<std::uint8_t> packet, std::uint8_t traffic_class);

// TAP: the station that stands for everything behind the softwire.
inline constexpr MacAddress kOtherEnd({0x02, 0, 0, 0, 0, 0x01});

// The header before an IPv4 packet that came through the softwire, for the kernel at `station`. Groups and
// broadcasts go to everybody.
EthernetHeader header_for(const Ipv4Header& ipv4, const MacAddress& station);

struct ArpFrame {
  EthernetHeader ethernet;
  ArpPacket arp;
};
static_assert(sizeof(ArpFrame) == 42);

// The answer to an ARP frame: kOtherEnd has every address that is asked for. Nothing for what is no request,
// and for one by which a client finds out or announces that an address is its own (RFC 5227 sections 2.1.1
// and 2.3): an answer would tell it that the address is taken.
std::optional<ArpFrame> answer_arp(std::span<const std::uint8_t> frame);

}  // namespace softwire::b4
