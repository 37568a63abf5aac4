// SPDX-License-Identifier: BSD-3-Clause
// The softwire itself: a raw IPv6 socket of protocol 4, IPv4 in IPv6 (RFC 2473). The kernel writes the outer
// header, fragments what is longer than the path's MTU (RFC 6333 section 5.3) and puts fragments together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "softwire/address.h"
#include "softwire/result.h"
#include "tools/b4/file_descriptor.h"

namespace softwire::b4 {

class SoftwireSocket {
 public:
  struct Received {
    std::span<std::uint8_t> inner;  // what follows the outer header; in the buffer
    Ipv6Address source;
    std::uint8_t traffic_class = 0;
  };

  // From `b4`, an address of this network namespace, to `br`. The error says what the user can do.
  static Result<SoftwireSocket> open(const Ipv6Address& b4, const Ipv6Address& br, std::uint8_t hop_limit);

  [[nodiscard]] int fd() const { return socket_.get(); }

  // False when the kernel does not take it: no route, or no room to queue it.
  [[nodiscard]] bool send(std::span<const std::uint8_t> inner, std::uint8_t traffic_class) const;
  // What has come to `b4` from anywhere; nothing when nothing waits. `buffer`: 65535 octets at least.
  [[nodiscard]] std::optional<Received> receive(std::span<std::uint8_t> buffer) const;
  // How many ICMPv6 errors about what was sent have come since the last time. The kernel has read them: a
  // packet too big lowers the path's MTU.
  [[nodiscard]] unsigned take_errors() const;

 private:
  SoftwireSocket(FileDescriptor socket, const Ipv6Address& br) : socket_(std::move(socket)), br_(br) {}

  FileDescriptor socket_;
  Ipv6Address br_;
};

// MTU of the route from `b4` to `br`, octets of the IPv6 packet. The error says what the user can do.
Result<unsigned> route_mtu(const Ipv6Address& b4, const Ipv6Address& br);

}  // namespace softwire::b4
