// DHCPv4 messages to test with: real ones (busybox udhcpc 1.35 on a TUN device, Kea 2.2), and the means to
// make others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "controlplane/dhcp/message.h"

namespace softwire::controlplane::dhcp {

using Bytes = std::vector<std::uint8_t>;

// Hexadecimal digits, blanks between them as one likes.
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

// A message: the first 44 octets of the header or fewer, zeros, the cookie, and what follows it.
inline Bytes message(std::string_view header, const Bytes& options, std::size_t bytes = 300) {
  Bytes out = hex(header);
  out.resize(sizeof(Header));
  out.insert(out.end(), kCookie.begin(), kCookie.end());
  out.insert(out.end(), options.begin(), options.end());
  if (out.size() < bytes) out.resize(bytes);
  return out;
}

namespace sample {

// What udhcpc sends in every message, and the client identifier that ends them (RFC 4361).
inline const Bytes udhcpc_options = hex("39020240 3708 0103060c0f1c2a9f 3c0c 75646863702031 2e33352e30");
inline const Bytes client_id = hex("3d0f ff000000010003000102000000cc02");
inline const Bytes end_option = hex("ff");
// Option 82 of subscriber 2001:db8:a2::2 and override 100.64.0.1, broadcast and unicast.
inline const Bytes option82 = hex("521b 0210 20010db800a200000000000000000002 0a0100 0b0464400001");
inline const Bytes option82_unicast = hex("521b 0210 20010db800a200000000000000000002 0a0180 0b0464400001");

// udhcpc to the hub, and the same as Kea got it from a relay.
inline const Bytes discover =
    message("01010600 953b2604", join({hex("350101"), udhcpc_options, client_id, end_option}));
inline const Bytes discover_relayed =
    message("01010601 953b2604 00000000 00000000 00000000 00000000 64400001",
            join({hex("350101"), udhcpc_options, client_id, option82, end_option}));
inline const Bytes renew = message("01010600 953b2604 00000000 c0000264",
                                   join({hex("350103"), udhcpc_options, client_id, end_option}));
inline const Bytes renew_relayed =
    message("01010601 953b2604 00000000 c0000264 00000000 00000000 64400001",
            join({hex("350103"), udhcpc_options, client_id, option82_unicast, end_option}));
inline const Bytes release =
    message("01010600 928a464d 00020000 c0000264", join({hex("350107 360464400001"), client_id, end_option}));

// Kea to the relay, and the same as udhcpc got it.
inline const Bytes lease =
    hex("0104ffffff00 0304c0000201 0604c6336435 330400000258 360464400001 3a04000000c8 3b0400000190"
        "3d0fff000000010003000102000000cc02 9f0400046000 e01020010db800a200000000000000000002");
inline const Bytes offer = message("02010601 953b2604 00000000 00000000 c0000264 00000000 64400001",
                                   join({hex("350102"), lease, option82, end_option}));
inline const Bytes offer_delivered = message("02010601 953b2604 00000000 00000000 c0000264 00000000 64400001",
                                             join({hex("350102"), lease, end_option}));
inline const Bytes renew_ack = message("02010601 953b2604 00000000 c0000264 c0000264 00000000 64400001",
                                       join({hex("350105"), lease, option82_unicast, end_option}));

}  // namespace sample

}  // namespace softwire::controlplane::dhcp
