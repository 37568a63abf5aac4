// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/fragment/reassembler.h"

#include <algorithm>
#include <bit>

#include "dataplane/packet/ecn.h"
#include "softwire/checksum.h"
#include "softwire/mix.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr std::uint32_t kMaxLength = 65535;

constexpr bool has_seen(std::uint8_t seen, std::uint8_t ecn) {
  return (seen & 1U << ecn) != 0;
}

// Returns what each source may hold: room for eight packets of 40 fragments, but at most a sixteenth of all.
FragmentSources::Share share_of_source(const ReassemblyPolicy& limits) {
  constexpr std::uint32_t kSources = 16;
  constexpr std::uint32_t kDatagrams = 8;
  constexpr std::uint32_t kFragments = 40;
  return {.datagrams = std::clamp(limits.datagrams / kSources, 1U, kDatagrams),
          .buffers = std::clamp(limits.buffers() / kSources, 1U, kDatagrams * kFragments)};
}

// Returns whether a fragment can be a part of a packet.
constexpr bool is_valid(const Fragment& fragment) {
  return fragment.payload_bytes != 0 && (fragment.last || fragment.payload_bytes % 8 == 0) &&
         std::uint32_t{fragment.begin} + fragment.payload_bytes <= kMaxLength;
}

// Returns whether a fragment that waits has the same payload as one of equal place and length.
bool is_same(Mbuf& held, const Mbuf& frame, const Fragment& fragment) {
  const FragmentLink& link = context_of(held).fragment;
  const std::uint32_t held_offset = link.begin == 0 ? link.payload_offset : 0;
  return same_octets(held, held_offset, frame, fragment.payload_offset, fragment.payload_bytes);
}

// Updates the headers in front of a whole payload of `total` octets. Returns false when the packet would be
// too long.
bool set_headers(Mbuf& frame, const FragmentLink& first, bool is_ipv4, std::uint32_t total,
                 std::uint8_t ecn_seen) {
  std::uint8_t* octets = data_of(frame);
  std::uint8_t* header = octets + first.header_offset;
  const std::uint32_t outer_length =
      first.payload_offset + total - first.ip_offset - std::uint32_t{sizeof(Ipv6Header)};
  const bool has_outer = !is_ipv4 || first.header_offset != first.ip_offset;
  if (has_outer) {
    if (outer_length > kMaxLength) return false;
    auto& ipv6 = *reinterpret_cast<Ipv6Header*>(octets + first.ip_offset);
    ipv6.payload_length = be16(static_cast<std::uint16_t>(outer_length));
    if (!is_ipv4 && has_seen(ecn_seen, kCe)) {
      ipv6.version_class_flow = be32(ipv6.version_class_flow.value() | std::uint32_t{kCe} << 20);
    }
  }
  if (!is_ipv4) {
    reinterpret_cast<Ipv6FragmentHeader*>(header)->offset_flags = be16();
    return true;
  }
  auto& ipv4 = *reinterpret_cast<Ipv4Header*>(header);
  if (ipv4.header_bytes() + total > kMaxLength) return false;
  ipv4.total_length = be16(static_cast<std::uint16_t>(ipv4.header_bytes() + total));
  ipv4.fragment = be16();  // it was fragmented, so it may be fragmented again
  if (has_seen(ecn_seen, kCe)) ipv4.type_of_service |= kCe;
  ipv4.checksum = be16();
  ipv4.checksum = checksum({header, ipv4.header_bytes()});
  return true;
}

}  // namespace

Reassembler::Reassembler(Side side, const ReassemblyPolicy& limits, std::uint64_t seed,
                         EngineCounters& counters, DropChannel* drops)
    : side_(side),
      limits_(limits),
      max_buffers_(limits.buffers()),
      seed_(seed),
      counters_(counters),
      drops_(drops),
      sources_(limits.datagrams, share_of_source(limits), seed),
      datagrams_(limits.datagrams),
      buckets_(std::bit_ceil(std::max(limits.datagrams, 1U)), kNone) {
  for (std::uint32_t i = limits.datagrams; i-- > 0;) {
    datagrams_[i].bucket_next = free_;
    free_ = i;
  }
}

Reassembler::~Reassembler() {
  for (std::uint32_t i = oldest_; i != kNone; i = datagrams_[i].newer) {
    for (Mbuf* each = datagrams_[i].first; each != nullptr;) {
      Mbuf* next = context_of(*each).fragment.next;
      rte_pktmbuf_free(each);
      each = next;
    }
  }
}

std::uint32_t& Reassembler::bucket(const FragmentKey& key) {
  std::uint64_t hash = seed_;
  for (const std::uint64_t word :
       {key.outer_source.high(), key.outer_source.low(), key.outer_destination.high(),
        key.outer_destination.low(), std::uint64_t{key.source} << 32 | key.destination,
        std::uint64_t{key.identification} << 9 | std::uint64_t{key.protocol} << 1 |
            (key.is_ipv4 ? 1U : 0U)}) {
    hash = mix64(hash ^ word) + seed_;
  }
  return buckets_[hash & (buckets_.size() - 1)];
}

std::uint32_t Reassembler::find(const FragmentKey& key) {
  std::uint32_t index = bucket(key);
  while (index != kNone && !(datagrams_[index].key == key)) index = datagrams_[index].bucket_next;
  return index;
}

// Returns kNone when reassembly is off.
std::uint32_t Reassembler::open(const Fragment& fragment, Instant now) {
  if (datagrams_.empty()) return kNone;
  FragmentSources::Index source = sources_.find(fragment.sender);
  const bool has_too_many = source != kNone && sources_[source].datagrams() >= limits_.source_datagrams;
  if (has_too_many) {
    evict(sources_[source].oldest, Outcome::kReassemblySource);
  } else if (free_ == kNone) {
    evict(next_to_go(), Outcome::kReassemblyFull);
  }
  // A source that held only the evicted packet is gone.
  if (source != kNone && sources_[source].datagrams() == 0) source = kNone;
  const std::uint32_t index = free_;
  Datagram& datagram = datagrams_[index];
  free_ = datagram.bucket_next;
  std::uint32_t& head = bucket(fragment.key);
  datagram =
      Datagram{.key = fragment.key, .deadline = now + limits_.timeout, .bucket_next = head, .older = newest_};
  head = index;
  (newest_ == kNone ? oldest_ : datagrams_[newest_].newer) = index;
  newest_ = index;
  next_deadline_ = datagrams_[oldest_].deadline;
  if (source == kNone) {
    source = sources_.add(fragment.sender);
  } else {
    sources_.hold_datagram(source);
  }
  link_to_source(index, source);
  return index;
}

void Reassembler::close(std::uint32_t index) {
  Datagram& datagram = datagrams_[index];
  std::uint32_t* link = &bucket(datagram.key);
  while (*link != index) link = &datagrams_[*link].bucket_next;
  *link = datagram.bucket_next;
  (datagram.older == kNone ? oldest_ : datagrams_[datagram.older].newer) = datagram.newer;
  (datagram.newer == kNone ? newest_ : datagrams_[datagram.newer].older) = datagram.older;
  unlink_from_source(datagram);
  datagram.bucket_next = free_;
  free_ = index;
  next_deadline_ = oldest_ == kNone ? kNever : datagrams_[oldest_].deadline;
}

// Makes the packet the newest one of the source.
void Reassembler::link_to_source(std::uint32_t index, FragmentSources::Index number) {
  Datagram& datagram = datagrams_[index];
  FragmentSources::Source& source = sources_[number];
  datagram.source = number;
  datagram.older_of_source = source.newest;
  (source.newest == kNone ? source.oldest : datagrams_[source.newest].newer_of_source) = index;
  source.newest = index;
}

void Reassembler::unlink_from_source(const Datagram& datagram) {
  FragmentSources::Source& source = sources_[datagram.source];
  const std::uint32_t older = datagram.older_of_source;
  const std::uint32_t newer = datagram.newer_of_source;
  (older == kNone ? source.oldest : datagrams_[older].newer_of_source) = newer;
  (newer == kNone ? source.newest : datagrams_[newer].older_of_source) = older;
  sources_.release_datagram(datagram.source);
}

std::uint32_t Reassembler::next_to_go() {
  const FragmentSources::Index greediest = sources_.greediest();
  return greediest == FragmentSources::kNone ? oldest_ : sources_[greediest].oldest;
}

void Reassembler::evict(std::uint32_t index, Outcome outcome) {
  give_up(datagrams_[index], outcome);
  close(index);
}

bool Reassembler::make_room(std::uint32_t buffers, std::uint32_t index) {
  if (buffers > max_buffers_) return false;
  while (buffers_ + buffers > max_buffers_) {
    const std::uint32_t next = next_to_go();
    if (next == index) return false;
    evict(next, Outcome::kReassemblyFull);
  }
  return true;
}

void Reassembler::drop(Mbuf& frame, std::uint32_t frame_bytes, Outcome outcome) {
  counters_.outcomes.add(outcome);
  counters_.side(side_).dropped.add(frame_bytes);
  end_dropped(drops_, {outcome, side_, frame_bytes}, frame);
}

void Reassembler::give_up(Datagram& datagram, Outcome outcome) {
  counters_.held -= datagram.fragments;
  const std::uint32_t before = buffers_;
  while (datagram.first != nullptr) {
    Mbuf& frame = *datagram.first;
    const FragmentLink& link = context_of(frame).fragment;
    datagram.first = link.next;
    buffers_ -= frame.nb_segs;
    // The octets that hold() removed are still in front of the payload.
    if (link.begin != 0) static_cast<void>(replace_front(frame, 0, link.payload_offset));
    drop(frame, link.frame_bytes, outcome);
  }
  sources_.release_buffers(datagram.source, before - buffers_);
  datagram.fragments = 0;
  datagram.given_up = true;
  datagram.outcome = outcome;
}

void Reassembler::expire_due(Instant now) {
  while (oldest_ != kNone && now >= datagrams_[oldest_].deadline) {
    give_up(datagrams_[oldest_], Outcome::kReassemblyTimeout);
    close(oldest_);
  }
}

Mbuf* Reassembler::add(Mbuf& frame, const Fragment& fragment, Instant now) {
  const std::uint32_t frame_bytes = frame.pkt_len;
  const auto refuse = [&](Outcome outcome) -> Mbuf* {
    drop(frame, frame_bytes, outcome);
    return nullptr;
  };
  if (!is_valid(fragment)) return refuse(Outcome::kFragmentInvalid);
  std::uint32_t index = find(fragment.key);
  if (index == kNone) index = open(fragment, now);
  if (index == kNone) return refuse(Outcome::kReassemblyFull);
  Datagram& datagram = datagrams_[index];
  if (datagram.given_up) return refuse(datagram.outcome);
  const auto refuse_all = [&](Outcome outcome) {
    give_up(datagram, outcome);
    return refuse(outcome);
  };

  const std::uint32_t begin = fragment.begin;
  const std::uint32_t end = begin + fragment.payload_bytes;
  Mbuf** place = &datagram.first;
  std::uint32_t before = 0;  // the end of the previous fragment
  while (*place != nullptr && context_of(**place).fragment.begin < begin) {
    before = context_of(**place).fragment.end;
    place = &context_of(**place).fragment.next;
  }
  const Mbuf* after = *place;
  if (after != nullptr) {
    const FragmentLink& link = context_of(**place).fragment;
    // The network may deliver a fragment twice (RFC 8200 section 4.5). Other octets in the same place are an
    // overlap.
    if (link.begin == begin && link.end == end && (end == datagram.total) == fragment.last &&
        is_same(**place, frame, fragment)) {
      return refuse(Outcome::kFragmentDuplicate);
    }
    if (link.begin < end || fragment.last) return refuse_all(Outcome::kFragmentOverlap);
  }
  if (before > begin || (datagram.total != 0 && (fragment.last || end > datagram.total))) {
    return refuse_all(Outcome::kFragmentOverlap);
  }
  if (datagram.fragments == limits_.fragments) return refuse_all(Outcome::kFragmentExcess);
  const std::uint32_t total = fragment.last ? end : datagram.total;
  const bool completes = datagram.covered + fragment.payload_bytes == total;
  if (!completes && !make_room(frame.nb_segs, index)) return refuse_all(Outcome::kReassemblyFull);

  hold(datagram, place, frame, fragment);
  if (datagram.covered != datagram.total) return nullptr;
  const Instant received_at = context_of(frame).received_at;
  Mbuf* whole = join(datagram);
  if (whole != nullptr) context_of(*whole).received_at = received_at;  // this fragment completed the packet
  close(index);
  return whole;
}

// Links the frame at `place`. Keeps only its part of the payload, and the headers when it is the first
// fragment.
void Reassembler::hold(Datagram& datagram, Mbuf** place, Mbuf& frame, const Fragment& fragment) {
  FragmentLink& link = context_of(frame).fragment;
  link.frame_bytes = frame.pkt_len;
  link.begin = fragment.begin;
  link.end = static_cast<std::uint16_t>(fragment.begin + fragment.payload_bytes);
  link.ip_offset = fragment.ip_offset;
  link.header_offset = fragment.header_offset;
  link.payload_offset = fragment.payload_offset;
  trim_frame(frame, std::uint32_t{fragment.payload_offset} + fragment.payload_bytes);
  if (fragment.begin != 0) static_cast<void>(replace_front(frame, fragment.payload_offset, 0));
  link.next = *place;
  *place = &frame;
  datagram.covered += fragment.payload_bytes;
  if (fragment.last) datagram.total = link.end;
  datagram.ecn_seen |= fragment.ecn_seen;
  ++datagram.fragments;
  buffers_ += frame.nb_segs;
  sources_.hold_buffers(datagram.source, frame.nb_segs);
  ++counters_.held;
}

// Joins all fragments. Returns null, and drops them, when together they are not a valid packet.
Mbuf* Reassembler::join(Datagram& datagram) {
  // A congestion mark that not every fragment could carry is a loss (RFC 3168 section 5.3).
  if (has_seen(datagram.ecn_seen, kCe) && has_seen(datagram.ecn_seen, kNotEct)) {
    give_up(datagram, Outcome::kEcnNotCapable);
    return nullptr;
  }
  Mbuf& whole = *datagram.first;
  const FragmentLink first = context_of(whole).fragment;
  if (!set_headers(whole, first, datagram.key.is_ipv4, datagram.total, datagram.ecn_seen)) {
    give_up(datagram, Outcome::kFragmentInvalid);
    return nullptr;
  }
  counters_.held -= datagram.fragments;
  counters_.outcomes.add(Outcome::kFragmentJoined, datagram.fragments - 1U);
  const std::uint32_t before = buffers_;
  buffers_ -= whole.nb_segs;
  Mbuf* last = rte_pktmbuf_lastseg(&whole);
  for (Mbuf* each = first.next; each != nullptr;) {
    Mbuf* next = context_of(*each).fragment.next;
    buffers_ -= each->nb_segs;
    last->next = each;
    last = rte_pktmbuf_lastseg(each);
    whole.pkt_len += each->pkt_len;
    whole.nb_segs = static_cast<std::uint16_t>(whole.nb_segs + each->nb_segs);
    each = next;
  }
  sources_.release_buffers(datagram.source, before - buffers_);
  counters_.side(side_).reassembled.add(whole.pkt_len);
  return &whole;
}

}  // namespace softwire::dataplane
