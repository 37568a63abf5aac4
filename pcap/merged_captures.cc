// SPDX-License-Identifier: BSD-3-Clause
#include "pcap/merged_captures.h"

#include <utility>

namespace softwire::capture {

MergedCaptures::MergedCaptures(std::optional<CaptureReader> ipv4, std::optional<CaptureReader> ipv6) {
  source(Side::kIpv4).reader = std::move(ipv4);
  source(Side::kIpv6).reader = std::move(ipv6);
}

void MergedCaptures::refill(Source& source) {
  if (!source.head_is_used || !source.reader) return;
  source.head = source.reader->next();
  source.head_is_used = false;
}

std::optional<SideFrame> MergedCaptures::next() {
  for (Source& each : sources_) refill(each);
  const auto& ipv4 = source(Side::kIpv4).head;
  const auto& ipv6 = source(Side::kIpv6).head;
  if (!ipv4 && !ipv6) return std::nullopt;
  const Side side = !ipv6 || (ipv4 && ipv4->time <= ipv6->time) ? Side::kIpv4 : Side::kIpv6;
  source(side).head_is_used = true;
  return SideFrame{side, *source(side).head};
}

}  // namespace softwire::capture
