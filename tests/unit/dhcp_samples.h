// SPDX-License-Identifier: BSD-3-Clause
// DHCPv4 messages for tests: real ones (busybox udhcpc 1.35 on a TUN device, Kea 2.2), and functions that
// make others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "controlplane/dhcp/codec/message.h"

namespace softwire::controlplane::dhcp {

using Bytes = std::vector<std::uint8_t>;

// Parses hexadecimal digits, with any blanks between them.
inline Bytes hex(std::string_view text) {
  Bytes out;
  unsigned digits = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    const auto digit = static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (digits++ % 2 == 0) {
      out.push_back(static_cast<std::uint8_t>(digit << 4));
    } else {
      out.back() |= digit;
    }
  }
  return out;
}

inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// Makes a message: at most the first 44 octets of the header, zeros, the cookie, and the given octets.
inline Bytes message(std::string_view header, const Bytes& options, std::size_t bytes = 300) {
  Bytes out = hex(header);
  out.resize(sizeof(Header));
  out.insert(out.end(), kCookie.begin(), kCookie.end());
  out.insert(out.end(), options.begin(), options.end());
  if (out.size() < bytes) out.resize(bytes);
  return out;
}

namespace sample {

// The options in every message of udhcpc, and the client identifier at their end (RFC 4361).
inline const Bytes kUdhcpcOptions = hex("39020240 3708 0103060c0f1c2a9f 3c0c 75646863702031 2e33352e30");
inline const Bytes kClientId = hex("3d0f ff000000010003000102000000cc02");
inline const Bytes kEndOption = hex("ff");
// Option 82 of subscriber 2001:db8:a2::2 and override 100.64.0.1, broadcast and unicast.
inline const Bytes kOption82 = hex("521b 0210 20010db800a200000000000000000002 0a0100 0b0464400001");
inline const Bytes kOption82Unicast = hex("521b 0210 20010db800a200000000000000000002 0a0180 0b0464400001");

// A message of udhcpc to the hub, and the same message as the relay sends it to Kea.
inline const Bytes kDiscover =
    message("01010600 953b2604", join({hex("350101"), kUdhcpcOptions, kClientId, kEndOption}));
inline const Bytes kDiscoverRelayed =
    message("01010601 953b2604 00000000 00000000 00000000 00000000 64400001",
            join({hex("350101"), kUdhcpcOptions, kClientId, kOption82, kEndOption}));
inline const Bytes kRenew = message("01010600 953b2604 00000000 c0000264",
                                    join({hex("350103"), kUdhcpcOptions, kClientId, kEndOption}));
inline const Bytes kRenewRelayed =
    message("01010601 953b2604 00000000 c0000264 00000000 00000000 64400001",
            join({hex("350103"), kUdhcpcOptions, kClientId, kOption82Unicast, kEndOption}));
inline const Bytes kRelease =
    message("01010600 928a464d 00020000 c0000264", join({hex("350107 360464400001"), kClientId, kEndOption}));

// A message of Kea to the relay, and the same message as udhcpc receives it.
inline const Bytes kLease =
    hex("0104ffffff00 0304c0000201 0604c6336435 330400000258 360464400001 3a04000000c8 3b0400000190"
        "3d0fff000000010003000102000000cc02 9f0400046000 e01020010db800a200000000000000000002");
inline const Bytes kOffer = message("02010601 953b2604 00000000 00000000 c0000264 00000000 64400001",
                                    join({hex("350102"), kLease, kOption82, kEndOption}));
inline const Bytes kOfferDelivered = message("02010601 953b2604 00000000 00000000 c0000264 00000000 64400001",
                                             join({hex("350102"), kLease, kEndOption}));
inline const Bytes kRenewAck = message("02010601 953b2604 00000000 c0000264 c0000264 00000000 64400001",
                                       join({hex("350105"), kLease, kOption82Unicast, kEndOption}));

}  // namespace sample

}  // namespace softwire::controlplane::dhcp
