// SPDX-License-Identifier: BSD-3-Clause
#include "tools/b4/forwarder.h"

#include <poll.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "tools/b4/packet.h"

namespace softwire::b4 {
namespace {

// The most packets of one side before the other side is served.
constexpr unsigned kBurst = 64;

constexpr std::array<std::string_view, 11> kNames = {
    "sent",         "received",     "arp-answered", "arp-left",    "drop-not-ipv4", "drop-send",
    "drop-foreign", "drop-no-ipv4", "drop-ecn",     "drop-device", "icmpv6-error",
};

}  // namespace

Result<Done> Forwarder::run(int stop) {
  std::array<pollfd, 3> waiting{{{device_.fd(), POLLIN, 0}, {softwire_.fd(), POLLIN, 0}, {stop, POLLIN, 0}}};
  for (;;) {
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return Error{"poll: " + std::generic_category().message(errno)};
    }
    if (waiting[2].revents != 0) return Done{};
    if (waiting[0].revents != 0) {
      if (auto done = from_device(); !done) return done;
    }
    if (waiting[1].revents != 0) from_softwire();
  }
}

Result<Done> Forwarder::from_device() {
  for (unsigned i = 0; i < kBurst; ++i) {
    const auto octets = device_.read(buffer_);
    if (!octets) return octets.error();
    if (octets->empty()) break;
    count(device_.mode() == DeviceMode::kTap ? send_frame(*octets) : send(*octets));
  }
  return Done{};
}

void Forwarder::from_softwire() {
  count(Fate::kIcmpv6Error, softwire_.take_errors());
  for (unsigned i = 0; i < kBurst; ++i) {
    const auto received = softwire_.receive(buffer_);
    if (!received) break;
    count(take(*received));
  }
}

// The outer traffic class and ECN field are copied from the inner packet (RFC 6040 section 4.1).
Fate Forwarder::send(std::span<std::uint8_t> octets) {
  const auto packet = ipv4_packet(octets);
  if (packet.empty()) return Fate::kDropNotIpv4;
  return softwire_.send(packet, ipv4_header(packet).type_of_service) ? Fate::kSent : Fate::kDropSend;
}

Fate Forwarder::send_frame(std::span<std::uint8_t> frame) {
  if (frame.size() < sizeof(EthernetHeader)) return Fate::kDropNotIpv4;
  const auto& ethernet = *reinterpret_cast<const EthernetHeader*>(frame.data());
  station_ = ethernet.source;
  if (ethernet.type == be16(ether_type::kIpv4)) return send(frame.subspan(sizeof(EthernetHeader)));
  if (!(ethernet.type == be16(ether_type::kArp))) return Fate::kDropNotIpv4;
  const auto answer = answer_arp(frame);
  if (!answer) return Fate::kArpLeft;
  const std::span octets(reinterpret_cast<const std::uint8_t*>(&*answer), sizeof *answer);
  return device_.write({}, octets) ? Fate::kArpAnswered : Fate::kDropDevice;
}

Fate Forwarder::take(const SoftwireSocket::Received& received) {
  if (received.source != br_) return Fate::kDropForeign;
  const auto packet = ipv4_packet(received.inner);
  if (packet.empty()) return Fate::kDropNoIpv4;
  if (!take_traffic_class(packet, received.traffic_class)) return Fate::kDropEcn;
  std::span<const std::uint8_t> before;
  const EthernetHeader ethernet = header_for(ipv4_header(packet), station_);
  if (device_.mode() == DeviceMode::kTap) {
    before = {reinterpret_cast<const std::uint8_t*>(&ethernet), sizeof ethernet};
  }
  return device_.write(before, packet) ? Fate::kReceived : Fate::kDropDevice;
}

std::string Forwarder::counters() const {
  static_assert(kNames.size() == kFates);
  std::string text;
  for (std::size_t i = 0; i < kFates; ++i) {
    text += std::string(kNames[i]) + " " + std::to_string(counts_[i]) + "\n";
  }
  return text;
}

}  // namespace softwire::b4
