// SPDX-License-Identifier: BSD-3-Clause
// Replays captures through a hub. The hub's clock is that of the captures. Each output frame gets the time of
// the frame that caused it.
#pragma once

#include <rte_mempool.h>

#include <optional>

#include "controlplane/runtime/hub.h"
#include "dataplane/pipeline/engine.h"
#include "pcap/capture_writer.h"
#include "pcap/merged_captures.h"
#include "softwire/result.h"

namespace softwire::capture {

inline constexpr unsigned kMaxBurst = 64;

// Returns the number of packet buffers for a replay. They are enough for a burst of frames of 64 KB in
// segments of 2 KB; for what the hub makes of them (at most 32 messages of 9600 octets, or the fragments of a
// packet of 64 KB for an MTU of 68 octets); for fragments that wait, in at most `waiting` buffers; and for
// packets that wait for a gateway's MAC address.
constexpr unsigned replay_buffers(unsigned burst, unsigned waiting) {
  return burst * 33 + 2047 + waiting + 2 * dataplane::WaitingQueue::kBuffers;
}

// The outputs of each side. Frames of a side without a writer are discarded.
struct ReplayOutputs {
  std::optional<CaptureWriter> ipv4;
  std::optional<CaptureWriter> ipv6;
};

// Passes every frame of the captures to the hub, on its side. Up to `burst` (1..kMaxBurst) consecutive frames
// of one side are passed together, at the time of the last one. The clock never goes back. Returns an error
// when the pool, of replay_buffers(), has no room for a frame. The readers report damaged captures.
Result<Done> replay(MergedCaptures& captures, controlplane::Hub& hub, rte_mempool& pool, unsigned burst,
                    ReplayOutputs& outputs);

}  // namespace softwire::capture
