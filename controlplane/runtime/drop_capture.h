// SPDX-License-Identifier: BSD-3-Clause
// Dropped packets for those who want to see them, each by a selection of its own. On the control thread.
#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/capture/drop_channel.h"
#include "dataplane/ports/tsc_clock.h"
#include "dataplane/tables/reclaimer.h"
#include "softwire/binding.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane {

struct CaptureOptions {
  std::vector<Outcome> outcomes = {};  // that drop; none: all of those
  std::string filter = {};             // as pcap-filter(7) has it; empty: all packets
  std::optional<Side> side = {};       // where the packet came in; none: both
  std::uint32_t snaplen = 262144;      // octets of a packet at most
};

struct CapturedDrop {
  Side side{};
  std::chrono::system_clock::time_point at;  // when it was dropped
  Outcome outcome{};
  std::span<const std::uint8_t> octets;  // Ethernet, as far as snaplen goes; valid during the call
  std::uint32_t length = 0;              // of the frame when it came in
};

class DropCapture {
 public:
  using Id = std::uint64_t;
  // Must not start or stop a capture.
  using Visitor = std::function<void(const CapturedDrop&)>;
  struct Totals {
    std::uint64_t captured = 0;
    // Since its start, of all that anybody wanted: there was no room on the way.
    std::uint64_t missed = 0;
  };

  // A channel for each worker. The reclaimer outlives it. Null when memory is short.
  static std::unique_ptr<DropCapture> create(unsigned workers, dataplane::Reclaimer& reclaimer);

  // The visitor is called from drain() and relay_dropped(). Error: what is wrong with the options.
  Result<Id> start(const CaptureOptions& options, Visitor visitor);
  [[nodiscard]] Totals totals(Id id) const;
  Totals stop(Id id);

  [[nodiscard]] dataplane::DropChannel& channel(unsigned worker) { return *channels_[worker]; }
  // What the workers have handed over; returns the number of packets, a ring of each worker at most.
  unsigned drain();
  // The control plane itself drops a packet that had been punted. It stays the caller's.
  void relay_dropped(dataplane::Mbuf& packet, Outcome outcome);

 private:
  struct Listener {
    Id id = 0;
    dataplane::DropSelection selection;
    std::shared_ptr<const dataplane::PacketFilter> filter;
    std::uint32_t snaplen = 0;
    Visitor visitor;
    std::uint64_t captured = 0;
    std::uint64_t missed_before = 0;
  };
  // What the publisher shows, and the filters in it.
  struct Published {
    dataplane::DropSelectionPublisher::Selections selections;
    std::vector<std::shared_ptr<const dataplane::PacketFilter>> filters;
  };

  explicit DropCapture(dataplane::Reclaimer& reclaimer) : reclaimer_(reclaimer) {}
  void publish();
  void show(const dataplane::Drop& drop, std::chrono::system_clock::time_point at, dataplane::Mbuf& packet);
  [[nodiscard]] std::uint64_t missed() const;

  dataplane::Reclaimer& reclaimer_;
  dataplane::DropSelectionPublisher publisher_;
  std::unique_ptr<Published> published_;
  std::vector<std::unique_ptr<dataplane::DropChannel>> channels_;
  std::list<Listener> listeners_;
  Id last_id_ = 0;
  dataplane::TscClock clock_;
  std::vector<std::uint8_t> octets_;  // of the packet in hand
};

}  // namespace softwire::controlplane
