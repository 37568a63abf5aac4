// SPDX-License-Identifier: BSD-3-Clause
// Tells the workers which DPDK port a side has and whether its link is down, and the control thread which
// port the workers use. With it a port can be closed and opened again while the workers run.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

namespace softwire::dataplane {

// set() and set_link_down() are for one thread, seen() for the worker of that number. The other functions are
// for any thread.
class PortGate {
 public:
  static constexpr std::uint16_t kClosed = 0xffff;  // there is no port

  PortGate(std::uint16_t port, unsigned workers) : port_(port), seen_(workers) {
    for (auto& one : seen_) one.store(port, std::memory_order_relaxed);
  }

  // Lets the workers use another port, or none (kClosed).
  void set(std::uint16_t port) { port_.store(port, std::memory_order_release); }
  [[nodiscard]] std::uint16_t port() const { return port_.load(std::memory_order_acquire); }

  // Tells the workers whether the link is down: then they send nothing.
  void set_link_down(bool down) { link_down_.store(down, std::memory_order_relaxed); }
  [[nodiscard]] bool is_link_down() const { return link_down_.load(std::memory_order_relaxed); }

  // Tells that from now on the worker uses this port and no other.
  void seen(unsigned worker, std::uint16_t port) { seen_[worker].store(port, std::memory_order_release); }
  // Returns whether no worker uses a port.
  [[nodiscard]] bool is_unused() const {
    for (const auto& one : seen_) {
      if (one.load(std::memory_order_acquire) != kClosed) return false;
    }
    return true;
  }

 private:
  std::atomic<std::uint16_t> port_;
  std::atomic<bool> link_down_ = false;
  std::deque<std::atomic<std::uint16_t>> seen_;  // by worker
};

}  // namespace softwire::dataplane
