// SPDX-License-Identifier: BSD-3-Clause
// The captures of both sides as one sequence of frames: by time; on a tie IPv4 first, then the order of the
// file.
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
  // Either may be missing.
  MergedCaptures(std::optional<CaptureReader> ipv4, std::optional<CaptureReader> ipv6);

  // The next frame; its octets are valid until the next call. A file whose times go back keeps its own order:
  // its frame waits only for the frame in front of it.
  std::optional<SideFrame> next();

  // The captures themselves, for what is to be said of them at the end.
  [[nodiscard]] const std::optional<CaptureReader>& reader(Side side) const { return source(side).reader; }

 private:
  struct Source {
    std::optional<CaptureReader> reader;
    std::optional<CapturedFrame> head;
    bool head_is_used = true;  // to be replaced before the next comparison
  };
  static void refill(Source& source);
  [[nodiscard]] const Source& source(Side side) const { return sources_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] Source& source(Side side) { return sources_[static_cast<std::size_t>(side)]; }

  std::array<Source, 2> sources_;
};

}  // namespace softwire::capture
