// SPDX-License-Identifier: BSD-3-Clause
// Packets that wait until the MAC address of their gateway is known. They are otherwise ready to leave.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/packet/mbuf.h"
#include "softwire/outcome.h"

namespace softwire::dataplane {

struct WaitingPacket {
  Mbuf* frame = nullptr;
  std::uint32_t frame_bytes = 0;  // octets of the frame in which it was received
  Outcome outcome{};              // the outcome with which it leaves
  Side received_on{};
};

// First in, first out. Owns the packets, and frees those that are left at its end.
class WaitingQueue {
 public:
  static constexpr std::uint32_t kPackets = 256;
  static constexpr std::uint32_t kBuffers = 512;  // of all packets; a long packet has several

  WaitingQueue() = default;
  ~WaitingQueue() {
    while (!is_empty()) rte_pktmbuf_free(pop().frame);
  }
  WaitingQueue(const WaitingQueue&) = delete;
  WaitingQueue& operator=(const WaitingQueue&) = delete;

  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  [[nodiscard]] bool has_room_for(const Mbuf& frame) const {
    return count_ < kPackets && buffers_ + frame.nb_segs <= kBuffers;
  }
  [[nodiscard]] std::uint32_t buffers() const { return buffers_; }

  // Requires: has_room_for(*packet.frame).
  void push(const WaitingPacket& packet) {
    packets_[(first_ + count_++) % kPackets] = packet;
    buffers_ += packet.frame->nb_segs;
  }
  // Requires: !is_empty().
  WaitingPacket pop() {
    const WaitingPacket packet = packets_[first_];
    first_ = (first_ + 1) % kPackets;
    --count_;
    buffers_ -= packet.frame->nb_segs;
    return packet;
  }

 private:
  std::array<WaitingPacket, kPackets> packets_{};
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t buffers_ = 0;
};

}  // namespace softwire::dataplane
