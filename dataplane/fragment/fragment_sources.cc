// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/fragment/fragment_sources.h"

#include <algorithm>
#include <bit>

#include "softwire/mix.h"

namespace softwire::dataplane {

FragmentSources::FragmentSources(std::uint32_t capacity, const Share& share, std::uint64_t seed)
    : share_(share),
      seed_(seed),
      sources_(capacity),
      buckets_(std::bit_ceil(std::max(capacity, 1U)), kNone),
      levels_(kLevels + 1) {
  for (Index i = capacity; i-- > 0;) {
    sources_[i].bucket_next_ = free_;
    free_ = i;
  }
}

std::uint32_t FragmentSources::level_of(const Source& source) const {
  const std::uint32_t datagrams = source.datagrams_ - std::min(source.datagrams_, share_.datagrams);
  const std::uint32_t buffers = source.buffers_ - std::min(source.buffers_, share_.buffers);
  return std::min(datagrams + buffers, kLevels);
}

std::size_t FragmentSources::bucket_of(const Ipv6Address& address) const {
  const std::uint64_t hash = mix64((mix64(address.high() ^ seed_) + seed_) ^ address.low());
  return hash & (buckets_.size() - 1);
}

FragmentSources::Index FragmentSources::find(const Ipv6Address& address) const {
  Index index = buckets_[bucket_of(address)];
  while (index != kNone && !(sources_[index].address == address)) index = sources_[index].bucket_next_;
  return index;
}

FragmentSources::Index FragmentSources::add(const Ipv6Address& address) {
  const Index index = free_;
  Source& source = sources_[index];
  free_ = source.bucket_next_;
  Index& head = buckets_[bucket_of(address)];
  source = Source{};
  source.address = address;
  source.bucket_next_ = head;
  head = index;
  hold_datagram(index);
  return index;
}

void FragmentSources::remove(Index index) {
  Source& source = sources_[index];
  Index* link = &buckets_[bucket_of(source.address)];
  while (*link != index) link = &sources_[*link].bucket_next_;
  *link = source.bucket_next_;
  source.bucket_next_ = free_;
  free_ = index;
}

void FragmentSources::release_datagram(Index index) {
  change(index, 0U - 1U, 0);
  if (sources_[index].datagrams_ == 0) remove(index);
}

// The search for the highest level takes at most as many steps as units are released.
void FragmentSources::change(Index index, std::uint32_t datagrams, std::uint32_t buffers) {
  Source& source = sources_[index];
  const std::uint32_t before = level_of(source);
  source.datagrams_ += datagrams;
  source.buffers_ += buffers;
  const std::uint32_t now = level_of(source);
  if (now == before) return;
  if (before != 0) leave_level(index, before);
  if (now != 0) enter_level(index, now);
  while (highest_ != 0 && levels_[highest_].first == kNone) --highest_;
}

void FragmentSources::enter_level(Index index, std::uint32_t number) {
  Source& source = sources_[index];
  Level& level = levels_[number];
  source.before_ = level.last;
  source.after_ = kNone;
  (level.last == kNone ? level.first : sources_[level.last].after_) = index;
  level.last = index;
  highest_ = std::max(highest_, number);
}

void FragmentSources::leave_level(Index index, std::uint32_t number) {
  const Source& source = sources_[index];
  Level& level = levels_[number];
  (source.before_ == kNone ? level.first : sources_[source.before_].after_) = source.after_;
  (source.after_ == kNone ? level.last : sources_[source.after_].before_) = source.before_;
}

}  // namespace softwire::dataplane
