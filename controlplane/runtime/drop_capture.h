// SPDX-License-Identifier: BSD-3-Clause
// Captures of dropped packets. Each capture selects its own packets. For the control thread.
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
  std::vector<Outcome> outcomes = {};  // outcomes that drop; empty: all that drop
  std::string filter = {};             // an expression as in pcap-filter(7); empty: all packets
  // The filter, compiled elsewhere: it may take long. Null: start() compiles `filter`.
  std::shared_ptr<const dataplane::PacketFilter> compiled = {};
  std::optional<Side> side = {};   // side that the packet arrived on; not set: both
  std::uint32_t snaplen = 262144;  // most octets of a packet
};

struct CapturedDrop {
  Side side{};
  std::chrono::system_clock::time_point at;  // time of the drop
  Outcome outcome{};
  std::span<const std::uint8_t> octets;  // Ethernet frame, at most snaplen octets; valid during the call
  std::uint32_t length = 0;              // of the whole frame when it arrived
};

class DropCapture {
 public:
  using Id = std::uint64_t;
  // Called for each captured packet. Must not start or stop a capture.
  using Visitor = std::function<void(const CapturedDrop&)>;
  struct Totals {
    std::uint64_t captured = 0;
    // Packets lost since the start of the capture because a ring was full. Counts the packets of all
    // captures.
    std::uint64_t missed = 0;
  };

  // Makes a channel for each worker. Returns null when memory is short. The reclaimer must outlive the
  // result.
  static std::unique_ptr<DropCapture> create(unsigned workers, dataplane::Reclaimer& reclaimer);

  // Starts a capture. drain() and relay_dropped() call the visitor. An error names the invalid option.
  Result<Id> start(const CaptureOptions& options, Visitor visitor);
  [[nodiscard]] Totals totals(Id id) const;
  Totals stop(Id id);

  [[nodiscard]] dataplane::DropChannel& channel(unsigned worker) { return *channels_[worker]; }
  // Passes the packets that the workers handed over to the visitors. Takes at most one ring of each worker,
  // and at most `limit` packets in all. Returns the number of packets.
  unsigned drain(unsigned limit = dataplane::DropChannel::kMaxBuffers);
  // Passes a punted packet that the control plane drops to the visitors. The caller keeps the packet.
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
  // The selections that the publisher shows to the workers, and the filters that they use.
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
  std::size_t first_channel_ = 0;  // the next drain begins with it
  dataplane::TscClock clock_;
  std::vector<std::uint8_t> octets_;  // of the current packet
};

}  // namespace softwire::controlplane
