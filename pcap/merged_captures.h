// SPDX-License-Identifier: BSD-3-Clause
// Merges the captures of both sides into one sequence of frames, ordered by time. At equal times the IPv4
// frame is first. Frames of one file keep their order.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "pcap/capture_reader.h"
#include "softwire/binding.h"

namespace softwire::capture {

struct SideFrame {
  Side side{};
  CapturedFrame frame;
};

class MergedCaptures {
 public:
  // Each may be nullopt.
  MergedCaptures(std::optional<CaptureReader> ipv4, std::optional<CaptureReader> ipv6);

  // Returns the next frame. Its octets are valid until the next call. If the times of a file decrease, its
  // order is kept: a frame waits only for the frame before it.
  std::optional<SideFrame> next();

  // Returns the capture of the side, for reports at the end.
  [[nodiscard]] const std::optional<CaptureReader>& reader(Side side) const { return source(side).reader; }

 private:
  struct Source {
    std::optional<CaptureReader> reader;
    std::optional<CapturedFrame> head;
    bool head_is_used = true;  // read another frame before the next comparison
  };
  static void refill(Source& source);
  [[nodiscard]] const Source& source(Side side) const { return sources_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] Source& source(Side side) { return sources_[static_cast<std::size_t>(side)]; }

  std::array<Source, 2> sources_;
};

}  // namespace softwire::capture
