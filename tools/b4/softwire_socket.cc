// SPDX-License-Identifier: BSD-3-Clause
#include "tools/b4/softwire_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "softwire/address_text.h"

namespace softwire::b4 {
namespace {

// Packets wait in this buffer while others are written to the device.
constexpr int kReceiveBytes = 4 << 20;
constexpr std::uint16_t kAnyPort = 9;  // the discard port; nothing is sent to it

std::string reason(int error) {
  return std::generic_category().message(error);
}

sockaddr_in6 socket_address(const Ipv6Address& address, std::uint16_t port = 0) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = be16(port).raw();
  std::memcpy(&result.sin6_addr, address.octets().data(), sizeof result.sin6_addr);
  return result;
}

bool set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

std::optional<Error> bind_to(int fd, const Ipv6Address& b4) {
  const sockaddr_in6 own = socket_address(b4);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0) return std::nullopt;
  return Error{to_string(b4) + ": " + reason(errno) + "; add it to an interface first (ip address add " +
               to_string(b4) + "/128 dev lo), and wait until duplicate address detection has ended"};
}

}  // namespace

Result<SoftwireSocket> SoftwireSocket::open(const Ipv6Address& b4, const Ipv6Address& br,
                                            std::uint8_t hop_limit) {
  FileDescriptor raw(socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_IPIP));
  if (!raw.is_open()) return Error{"cannot open the raw IPv6 socket: " + reason(errno) + "; run as root"};
  if (auto error = bind_to(raw.get(), b4)) return *error;
  // May fail. Then the kernel's default size is used.
  set(raw.get(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBytes);
  // An unconnected socket learns the path's MTU only with IPV6_RECVERR.
  if (!set(raw.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, hop_limit) ||
      !set(raw.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT) ||
      !set(raw.get(), IPPROTO_IPV6, IPV6_RECVERR, 1) || !set(raw.get(), IPPROTO_IPV6, IPV6_RECVTCLASS, 1)) {
    return Error{"cannot set up the raw IPv6 socket: " + reason(errno)};
  }
  return SoftwireSocket(std::move(raw), br);
}

bool SoftwireSocket::send(std::span<const std::uint8_t> inner, std::uint8_t traffic_class) const {
  sockaddr_in6 to = socket_address(br_);
  iovec data{const_cast<std::uint8_t*>(inner.data()), inner.size()};
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> control{};
  auto& header = *reinterpret_cast<cmsghdr*>(control.data());
  header.cmsg_level = IPPROTO_IPV6;
  header.cmsg_type = IPV6_TCLASS;
  header.cmsg_len = CMSG_LEN(sizeof(int));
  const int value = traffic_class;
  std::memcpy(CMSG_DATA(&header), &value, sizeof value);
  const msghdr message{&to, sizeof to, &data, 1, control.data(), control.size(), 0};
  // The first call may report an ICMPv6 error about an earlier packet instead of sending.
  return sendmsg(fd(), &message, 0) >= 0 || sendmsg(fd(), &message, 0) >= 0;
}

std::optional<SoftwireSocket::Received> SoftwireSocket::receive(std::span<std::uint8_t> buffer) const {
  sockaddr_in6 from{};
  iovec data{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{&from, sizeof from, &data, 1, control.data(), control.size(), 0};
  const ssize_t bytes = recvmsg(fd(), &message, 0);
  if (bytes < 0) return std::nullopt;  // or it reports an ICMPv6 error, which take_errors() counts
  Received received{buffer.first(static_cast<std::size_t>(bytes)),
                    Ipv6Address(std::bit_cast<Ipv6Address::Octets>(from.sin6_addr))};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != IPPROTO_IPV6 || header->cmsg_type != IPV6_TCLASS) continue;
    int value = 0;
    std::memcpy(&value, CMSG_DATA(header), sizeof value);
    received.traffic_class = static_cast<std::uint8_t>(value);
  }
  return received;
}

unsigned SoftwireSocket::take_errors() const {
  unsigned errors = 0;
  for (std::uint8_t octet = 0; recv(fd(), &octet, sizeof octet, MSG_ERRQUEUE) >= 0;) ++errors;
  return errors;
}

Result<unsigned> route_mtu(const Ipv6Address& b4, const Ipv6Address& br) {
  const FileDescriptor probe(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (auto error = bind_to(probe.get(), b4)) return *error;
  const sockaddr_in6 to = socket_address(br, kAnyPort);
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    return Error{to_string(br) + ": " + reason(errno) + "; the BR needs a route, such as a default route"};
  }
  int mtu = 0;
  socklen_t size = sizeof mtu;
  if (getsockopt(probe.get(), IPPROTO_IPV6, IPV6_MTU, &mtu, &size) != 0) {
    return Error{to_string(br) + ": the route's MTU is not known: " + reason(errno) + "; give --mtu"};
  }
  return static_cast<unsigned>(mtu);
}

}  // namespace softwire::b4
