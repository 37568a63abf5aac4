// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/fragment/fragment.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "softwire/checksum.h"
#include "softwire/mix.h"

namespace softwire::dataplane {

namespace {

constexpr unsigned kMaxEthernetBytes = sizeof(EthernetHeader) + sizeof(VlanTag);
constexpr unsigned kMaxIpv4HeaderBytes = 60;

// Fragments in the order in which they leave. Frees the fragments that it still has at its end.
class FragmentList {
 public:
  FragmentList() = default;
  ~FragmentList() {
    while (first_ != nullptr) {
      Mbuf* next = context_of(*first_).fragment.next;
      rte_pktmbuf_free(first_);
      first_ = next;
    }
  }
  FragmentList(const FragmentList&) = delete;
  FragmentList& operator=(const FragmentList&) = delete;

  void add(Mbuf& fragment) {
    *end_ = &fragment;
    end_ = &context_of(fragment).fragment.next;
    *end_ = nullptr;
  }
  Mbuf* release() { return std::exchange(first_, nullptr); }

 private:
  Mbuf* first_ = nullptr;
  Mbuf** end_ = &first_;
};

void set_ipv4_fragment(Ipv4Header& ipv4, unsigned total_length, std::uint16_t fragment) {
  ipv4.total_length = be16(static_cast<std::uint16_t>(total_length));
  ipv4.fragment = be16(fragment);
  ipv4.checksum = be16();
  ipv4.checksum = checksum({reinterpret_cast<const std::uint8_t*>(&ipv4), ipv4.header_bytes()});
}

}  // namespace

std::uint32_t IdentificationSequence::next() {
  std::uint32_t left = counter_ >> 16;
  std::uint32_t right = counter_ & 0xffff;
  ++counter_;
  for (std::uint64_t round = 1; round <= 4; ++round) {
    const std::uint32_t mixed = left ^ (mix64(seed_ + (round << 16 | right)) & 0xffff);
    left = right;
    right = mixed;
  }
  return left << 16 | right;
}

std::optional<Mbuf*> Fragmenter::fragment_ipv6(Mbuf& frame, unsigned ip_offset, std::uint16_t mtu) {
  const unsigned before = ip_offset + unsigned{sizeof(Ipv6Header)};
  const unsigned front_bytes = before + unsigned{sizeof(Ipv6FragmentHeader)};
  const unsigned piece = (mtu - unsigned{sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader)}) & ~7U;
  const unsigned payload = frame.pkt_len - before;

  std::array<std::uint8_t, kMaxEthernetBytes + sizeof(Ipv6Header) + sizeof(Ipv6FragmentHeader)> front{};
  std::memcpy(front.data(), data_of(frame), before);
  auto& ipv6 = *reinterpret_cast<Ipv6Header*>(front.data() + ip_offset);
  auto& header = *reinterpret_cast<Ipv6FragmentHeader*>(front.data() + before);
  header.next_header = ipv6.next_header;
  header.identification = be32(identifications_.next());
  ipv6.next_header = ip_protocol::kFragment;
  const auto write = [&](std::uint8_t* to, unsigned offset, unsigned octets) {
    ipv6.payload_length = be16(static_cast<std::uint16_t>(sizeof header + octets));
    header.offset_flags =
        be16(static_cast<std::uint16_t>(offset | (offset + octets < payload ? header.kMoreFragments : 0U)));
    std::memcpy(to, front.data(), front_bytes);
  };

  FragmentList fragments;
  for (unsigned offset = piece; offset < payload; offset += piece) {
    const unsigned octets = std::min(piece, payload - offset);
    Mbuf* fragment = copy_part(frame, before + offset, octets, pool_);
    if (fragment == nullptr) return std::nullopt;
    fragments.add(*fragment);
    std::uint8_t* to = replace_front(*fragment, 0, front_bytes);
    if (to == nullptr) return std::nullopt;
    write(to, offset, octets);
  }
  std::uint8_t* to = replace_front(frame, 0, sizeof header);
  if (to == nullptr) return std::nullopt;
  trim_to(frame, front_bytes + std::min(piece, payload));
  write(to, 0, std::min(piece, payload));
  return fragments.release();
}

unsigned make_later_ipv4_header(const Ipv4Header& first, std::uint8_t* out) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(&first);
  const unsigned end = first.header_bytes();
  unsigned size = sizeof(Ipv4Header);
  std::memcpy(out, octets, size);
  for (unsigned at = sizeof(Ipv4Header); at < end;) {
    constexpr std::uint8_t kEnd = 0;
    constexpr std::uint8_t kNoOperation = 1;
    constexpr std::uint8_t kCopied = 0x80;
    if (octets[at] == kEnd) break;
    if (octets[at] == kNoOperation) {
      ++at;
      continue;
    }
    // A malformed option ends the list: receivers do not read beyond it either.
    if (at + 1 >= end || octets[at + 1] < 2 || at + octets[at + 1] > end) break;
    if ((octets[at] & kCopied) != 0) {
      std::memcpy(out + size, octets + at, octets[at + 1]);
      size += octets[at + 1];
    }
    at += octets[at + 1];
  }
  while (size % 4 != 0) out[size++] = 0;
  out[0] = static_cast<std::uint8_t>(0x40 | size / 4);
  return size;
}

std::optional<Mbuf*> Fragmenter::fragment_ipv4(Mbuf& frame, unsigned ip_offset, std::uint16_t mtu) {
  auto& first = *reinterpret_cast<Ipv4Header*>(data_of(frame) + ip_offset);
  const unsigned before = ip_offset + first.header_bytes();
  const unsigned piece = (mtu - first.header_bytes()) & ~7U;
  const unsigned payload = frame.pkt_len - before;
  const std::uint16_t whole = first.fragment.value();

  std::array<std::uint8_t, kMaxEthernetBytes + kMaxIpv4HeaderBytes> front{};
  std::memcpy(front.data(), data_of(frame), ip_offset);
  const unsigned header_bytes = make_later_ipv4_header(first, front.data() + ip_offset);
  auto& later = *reinterpret_cast<Ipv4Header*>(front.data() + ip_offset);

  FragmentList fragments;
  for (unsigned offset = piece; offset < payload; offset += piece) {
    const unsigned octets = std::min(piece, payload - offset);
    Mbuf* fragment = copy_part(frame, before + offset, octets, pool_);
    if (fragment == nullptr) return std::nullopt;
    fragments.add(*fragment);
    std::uint8_t* to = replace_front(*fragment, 0, ip_offset + header_bytes);
    if (to == nullptr) return std::nullopt;
    const unsigned more = offset + octets < payload ? Ipv4Header::kMoreFragments : 0U;
    set_ipv4_fragment(later, header_bytes + octets, static_cast<std::uint16_t>((whole + offset / 8) | more));
    std::memcpy(to, front.data(), ip_offset + header_bytes);
  }
  set_ipv4_fragment(first, first.header_bytes() + std::min(piece, payload),
                    whole | Ipv4Header::kMoreFragments);
  trim_to(frame, before + std::min(piece, payload));
  return fragments.release();
}

}  // namespace softwire::dataplane
