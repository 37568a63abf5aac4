// SPDX-License-Identifier: BSD-3-Clause
// The softwire: a raw IPv6 socket of protocol 4, IPv4 in IPv6 (RFC 2473). The kernel writes the outer header,
// fragments packets that are longer than the path's MTU (RFC 6333 section 5.3), and reassembles fragments.
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
    std::span<std::uint8_t> inner;  // the payload of the outer header; in the buffer
    Ipv6Address source;
    std::uint8_t traffic_class = 0;
  };

  // Opens a socket from `b4`, an address of this network namespace, to `br`. An error names the remedy.
  static Result<SoftwireSocket> open(const Ipv6Address& b4, const Ipv6Address& br, std::uint8_t hop_limit);

  [[nodiscard]] int fd() const { return socket_.get(); }

  // Returns false when the kernel does not accept the packet: no route, or a full queue.
  [[nodiscard]] bool send(std::span<const std::uint8_t> inner, std::uint8_t traffic_class) const;
  // Returns the next packet to `b4`, from any source. Returns nullopt when none waits. Requires: `buffer` has
  // at least 65535 octets.
  [[nodiscard]] std::optional<Received> receive(std::span<std::uint8_t> buffer) const;
  // Returns how many ICMPv6 errors about sent packets have arrived since the last call. The kernel has
  // processed them: a Packet Too Big lowers the path's MTU.
  [[nodiscard]] unsigned take_errors() const;

 private:
  SoftwireSocket(FileDescriptor socket, const Ipv6Address& br) : socket_(std::move(socket)), br_(br) {}

  FileDescriptor socket_;
  Ipv6Address br_;
};

// Returns the MTU of the route from `b4` to `br` in octets of the IPv6 packet. An error names the remedy.
Result<unsigned> route_mtu(const Ipv6Address& b4, const Ipv6Address& br);

}  // namespace softwire::b4
