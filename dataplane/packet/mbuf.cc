// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/mbuf.h"

#include <rte_mempool.h>

#include <algorithm>
#include <cstring>

#include "softwire/checksum.h"

namespace softwire::dataplane {

namespace {

constexpr auto kPrivateBytes =
    static_cast<std::uint16_t>(RTE_ALIGN(sizeof(FrameContext), RTE_MBUF_PRIV_ALIGN));

// Cards are told the room in steps, of at most 1024 octets: what is beyond the last step is not used.
std::uint16_t room_for(unsigned frame_bytes) {
  const unsigned room = std::max<unsigned>(RTE_MBUF_DEFAULT_DATAROOM, RTE_ALIGN(frame_bytes, 1024U));
  return static_cast<std::uint16_t>(room + kHeadroom);
}

}  // namespace

void trim_to(Mbuf& mbuf, std::uint32_t length) {
  mbuf.pkt_len = length;
  Mbuf* segment = &mbuf;
  std::uint16_t segments = 1;
  while (length > segment->data_len) {
    length -= segment->data_len;
    segment = segment->next;
    ++segments;
  }
  segment->data_len = static_cast<std::uint16_t>(length);
  if (segment->next != nullptr) {
    rte_pktmbuf_free(segment->next);
    segment->next = nullptr;
    mbuf.nb_segs = segments;
  }
}

bool pull_up(Mbuf& mbuf, std::uint16_t length) {
  if (length <= mbuf.data_len) return true;
  std::uint16_t missing = length - mbuf.data_len;
  // The data of a shared or attached buffer must not be written to.
  if (rte_mbuf_refcnt_read(&mbuf) != 1 || !RTE_MBUF_DIRECT(&mbuf)) return false;
  if (missing > rte_pktmbuf_tailroom(&mbuf)) return false;
  std::uint8_t* end = data_of(mbuf) + mbuf.data_len;
  mbuf.data_len = length;
  while (missing > 0) {
    Mbuf* next = mbuf.next;
    const std::uint16_t taken = std::min<std::uint16_t>(missing, next->data_len);
    std::memcpy(end, rte_pktmbuf_mtod(next, const std::uint8_t*), taken);
    end += taken;
    missing = static_cast<std::uint16_t>(missing - taken);
    next->data_off = static_cast<std::uint16_t>(next->data_off + taken);
    next->data_len = static_cast<std::uint16_t>(next->data_len - taken);
    if (next->data_len == 0) {
      mbuf.next = next->next;
      mbuf.nb_segs = static_cast<std::uint16_t>(mbuf.nb_segs - 1);
      next->next = nullptr;
      next->nb_segs = 1;
      rte_pktmbuf_free_seg(next);
    }
  }
  return true;
}

bool join_segments(Mbuf& mbuf) {
  const std::uint32_t length = mbuf.pkt_len;
  if (length > mbuf.buf_len || rte_mbuf_refcnt_read(&mbuf) != 1 || !RTE_MBUF_DIRECT(&mbuf)) return false;
  if (length > static_cast<std::uint32_t>(mbuf.buf_len - mbuf.data_off)) {
    const auto start = static_cast<std::uint16_t>(std::min<std::uint32_t>(kHeadroom, mbuf.buf_len - length));
    std::memmove(static_cast<std::uint8_t*>(mbuf.buf_addr) + start, data_of(mbuf), mbuf.data_len);
    mbuf.data_off = start;
  }
  return pull_up(mbuf, static_cast<std::uint16_t>(length));
}

bool copy_out(const Mbuf& mbuf, std::uint32_t offset, std::span<std::uint8_t> out) {
  if (offset > mbuf.pkt_len || out.size() > mbuf.pkt_len - offset) return false;
  if (out.empty()) return true;
  const void* octets = rte_pktmbuf_read(&mbuf, offset, static_cast<std::uint32_t>(out.size()), out.data());
  if (octets == nullptr) return false;
  if (octets != out.data()) std::memcpy(out.data(), octets, out.size());
  return true;
}

bool same_octets(const Mbuf& a, std::uint32_t a_offset, const Mbuf& b, std::uint32_t b_offset,
                 std::uint32_t length) {
  const Mbuf* a_segment = &a;
  const Mbuf* b_segment = &b;
  while (length > 0) {
    for (; a_offset >= a_segment->data_len; a_segment = a_segment->next) a_offset -= a_segment->data_len;
    for (; b_offset >= b_segment->data_len; b_segment = b_segment->next) b_offset -= b_segment->data_len;
    const std::uint32_t piece =
        std::min({length, a_segment->data_len - a_offset, b_segment->data_len - b_offset});
    if (std::memcmp(rte_pktmbuf_mtod_offset(a_segment, const std::uint8_t*, a_offset),
                    rte_pktmbuf_mtod_offset(b_segment, const std::uint8_t*, b_offset), piece) != 0) {
      return false;
    }
    a_offset += piece;
    b_offset += piece;
    length -= piece;
  }
  return true;
}

std::uint16_t sum_of(const Mbuf& mbuf, std::uint32_t offset, std::uint32_t length) {
  std::uint64_t sum = 0;
  std::uint32_t done = 0;
  for (const Mbuf* segment = &mbuf; done < length; segment = segment->next) {
    if (offset >= segment->data_len) {
      offset -= segment->data_len;
      continue;
    }
    const std::uint32_t taken = std::min(length - done, std::uint32_t{segment->data_len} - offset);
    const std::uint8_t* octets = rte_pktmbuf_mtod(segment, const std::uint8_t*) + offset;
    const std::uint16_t part = checksum_fold(checksum_add(0, {octets, taken}));
    // After an odd number of octets the high and low octets of words are swapped (RFC 1071 section 2).
    sum += done % 2 == 0 ? part : __builtin_bswap16(part);
    done += taken;
    offset = 0;
  }
  return checksum_fold(sum);
}

Mbuf* copy_part(Mbuf& mbuf, std::uint32_t offset, std::uint32_t length, rte_mempool& pool) {
  Mbuf* part = rte_pktmbuf_copy(&mbuf, &pool, offset, length);
  if (part != nullptr) context_of(*part) = context_of(mbuf);
  return part;
}

Mbuf* make_packet(rte_mempool& pool, std::span<const std::uint8_t> octets) {
  Mbuf* head = rte_pktmbuf_alloc(&pool);
  if (head == nullptr) return nullptr;
  Mbuf* segment = head;
  for (;;) {
    const std::uint16_t taken =
        static_cast<std::uint16_t>(std::min<std::size_t>(octets.size(), rte_pktmbuf_tailroom(segment)));
    if (taken != 0) std::memcpy(rte_pktmbuf_mtod(segment, void*), octets.data(), taken);
    segment->data_len = taken;
    head->pkt_len += taken;
    octets = octets.subspan(taken);
    if (octets.empty()) return head;
    Mbuf* next = rte_pktmbuf_alloc(&pool);
    if (next == nullptr) {
      rte_pktmbuf_free(head);
      return nullptr;
    }
    segment->next = next;
    segment = next;
    head->nb_segs = static_cast<std::uint16_t>(head->nb_segs + 1);
  }
}

rte_mempool* make_pool(const char* name, unsigned count, unsigned frame_bytes) {
  const unsigned cache = std::min(256U, count / 2);
  return rte_pktmbuf_pool_create(name, count, cache, kPrivateBytes, room_for(frame_bytes), SOCKET_ID_ANY);
}

std::size_t buffer_bytes(unsigned frame_bytes, std::size_t page_bytes) {
  const auto element = static_cast<std::uint32_t>(sizeof(rte_mbuf) + kPrivateBytes + room_for(frame_bytes));
  const std::size_t bytes = rte_mempool_calc_obj_size(element, 0, nullptr);
  // A buffer that fits in a page does not cross a page boundary. A longer one starts at a page boundary.
  return bytes > page_bytes ? RTE_ALIGN_CEIL(bytes, page_bytes) : page_bytes / (page_bytes / bytes);
}

}  // namespace softwire::dataplane
