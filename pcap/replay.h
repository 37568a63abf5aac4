// SPDX-License-Identifier: BSD-3-Clause
// Captures through a hub: in by their own clock, out with the time of the frame that caused it.
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

// Packet buffers for a burst of frames of 64 KB, in segments of 2 KB, and for what the hub makes of them (32
// messages of 9600 octets at a time, or the fragments of a packet of 64 KB for an MTU of 68 octets, at most),
// for fragments that wait, and for packets that wait for a gateway's MAC address.
constexpr unsigned replay_buffers(unsigned burst) {
  return burst * 33 + 2047 + 2 * (dataplane::Engine::kReassemblyBuffers + dataplane::WaitingQueue::kBuffers);
}

// Where the frames of each side go; a side without a writer is let go of.
struct ReplayOutputs {
  std::optional<CaptureWriter> ipv4;
  std::optional<CaptureWriter> ipv6;
};

// Hands every frame of the captures to the hub on its side. Up to `burst` (1..kMaxBurst) frames of the same
// side that follow each other go together, at the time of the last one; the clock never goes back. Error: a
// frame for which the pool, of replay_buffers(burst), has no room. Damage of a capture is in its reader.
Result<Done> replay(MergedCaptures& captures, controlplane::Hub& hub, rte_mempool& pool, unsigned burst,
                    ReplayOutputs& outputs);

}  // namespace softwire::capture
