// SPDX-License-Identifier: BSD-3-Clause
#include "pcap/replay.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "dataplane/packet/mbuf.h"
#include "dataplane/packet/output.h"

namespace softwire::capture {
namespace {

using dataplane::Mbuf;

// Writes the frames that the hub sends, and frees them.
class Sink {
 public:
  explicit Sink(ReplayOutputs& outputs) : outputs_(outputs) {}
  static void take(void* sink, Side side, Mbuf** frames, std::uint16_t count) {
    for (std::uint16_t i = 0; i < count; ++i) {
      static_cast<Sink*>(sink)->write(side, *frames[i]);
      rte_pktmbuf_free(frames[i]);
    }
  }

 private:
  void write(Side side, Mbuf& frame) {
    std::optional<CaptureWriter>& writer = side == Side::kIpv4 ? outputs_.ipv4 : outputs_.ipv6;
    if (!writer) return;
    octets_.resize(frame.pkt_len);
    if (!dataplane::copy_out(frame, 0, octets_)) return;  // cannot happen: the length is that of the frame
    writer->write(dataplane::context_of(frame).received_at, octets_);
  }

  ReplayOutputs& outputs_;
  std::vector<std::uint8_t> octets_;
};

}  // namespace

Result<Done> replay(MergedCaptures& captures, controlplane::Hub& hub, rte_mempool& pool, unsigned burst,
                    ReplayOutputs& outputs) {
  Sink sink(outputs);
  dataplane::Output output(&Sink::take, &sink);
  std::array<Mbuf*, kMaxBurst> frames{};
  unsigned count = 0;
  Side side{};
  Instant now{};
  const auto hand_over = [&] {
    if (count != 0) hub.receive(side, std::span(frames).first(count), now, output);
    count = 0;
  };
  while (const auto next = captures.next()) {
    if (next->side != side || count == burst) hand_over();
    Mbuf* frame = dataplane::make_packet(pool, next->frame.octets);
    if (frame == nullptr) {
      hand_over();
      const CaptureReader& reader = *captures.reader(next->side);
      return Error{reader.path() + ": frame " + std::to_string(reader.frames()) +
                   ": no packet buffer is left for it"};
    }
    dataplane::context_of(*frame) = {};
    dataplane::context_of(*frame).received_at = next->frame.time;
    side = next->side;
    now = std::max(now, next->frame.time);
    frames[count++] = frame;
  }
  hand_over();
  hub.poll(now, output);  // starts the hub also if there is no frame
  return Done{};
}

}  // namespace softwire::capture
