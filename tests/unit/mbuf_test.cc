// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/packet/mbuf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "tests/support/engine_harness.h"

namespace softwire::dataplane {
namespace {

using testing::make_frame;
using testing::Octets;
using testing::octets_of;
using testing::pool;

Octets counting(std::size_t size) {
  Octets octets(size);
  std::iota(octets.begin(), octets.end(), std::uint8_t{0});
  return octets;
}

TEST(Mbuf, ReplaceFrontFailsWithoutRoomAndChangesNothing) {
  Mbuf* frame = make_frame(counting(60));
  EXPECT_EQ(replace_front(*frame, 14, kHeadroom + 15), nullptr);
  EXPECT_EQ(octets_of(*frame), counting(60));
  EXPECT_NE(replace_front(*frame, 14, kHeadroom + 14), nullptr);
  EXPECT_EQ(frame->pkt_len, 60U + kHeadroom);
  EXPECT_EQ(data_of(*frame)[kHeadroom + 14], 14);
  EXPECT_EQ(replace_front(*frame, 0, 1), nullptr);
  rte_pktmbuf_free(frame);
}

TEST(Mbuf, TrimFreesWholeSegments) {
  const unsigned before = rte_mempool_avail_count(&pool());
  for (std::uint32_t length = 1; length <= 50; ++length) {
    Mbuf* frame = make_frame(counting(50), 7);
    trim_to(*frame, length);
    EXPECT_EQ(octets_of(*frame), counting(length));
    EXPECT_EQ(frame->nb_segs, (length + 6) / 7);
    rte_mbuf_sanity_check(frame, 1);
    rte_pktmbuf_free(frame);
  }
  EXPECT_EQ(rte_mempool_avail_count(&pool()), before);
}

TEST(Mbuf, SegmentsAreJoinedWhereverTheFirstOneStarts) {
  const unsigned before = rte_mempool_avail_count(&pool());
  for (const std::size_t segment : {7U, 100U, 799U, 800U}) {
    for (const std::uint16_t room : {std::uint16_t{0}, std::uint16_t{500}, std::uint16_t{5000}}) {
      Mbuf* frame = make_frame(counting(800), segment);
      // After headers were removed, and before some are added, the data starts elsewhere in the buffer.
      const auto last = static_cast<std::uint16_t>(frame->buf_len - frame->data_len);
      const auto start = std::min(room, last);
      std::memmove(static_cast<std::uint8_t*>(frame->buf_addr) + start, data_of(*frame), frame->data_len);
      frame->data_off = start;
      ASSERT_TRUE(join_segments(*frame));
      EXPECT_EQ(frame->nb_segs, 1);
      EXPECT_EQ(frame->next, nullptr);
      EXPECT_EQ(octets_of(*frame), counting(800));
      rte_mbuf_sanity_check(frame, 1);
      rte_pktmbuf_free(frame);
    }
  }
  EXPECT_EQ(rte_mempool_avail_count(&pool()), before);
}

TEST(Mbuf, SegmentsThatNoBufferHoldsAreNotJoined) {
  Mbuf* frame = make_frame(counting(std::size_t{4} * pool().elt_size), 1000);
  const auto segments = frame->nb_segs;
  EXPECT_FALSE(join_segments(*frame));
  EXPECT_EQ(frame->nb_segs, segments);
  EXPECT_EQ(octets_of(*frame), counting(std::size_t{4} * pool().elt_size));
  rte_pktmbuf_free(frame);
}

TEST(Mbuf, PullUpMakesTheStartContiguous) {
  const unsigned before = rte_mempool_avail_count(&pool());
  for (std::size_t segment = 1; segment <= 60; segment += 7) {
    for (std::uint16_t length = 1; length <= 60; ++length) {
      Mbuf* frame = make_frame(counting(60), segment);
      EXPECT_TRUE(pull_up(*frame, length));
      EXPECT_GE(frame->data_len, length);
      EXPECT_EQ(octets_of(*frame), counting(60));
      rte_mbuf_sanity_check(frame, 1);
      rte_pktmbuf_free(frame);
    }
  }
  EXPECT_EQ(rte_mempool_avail_count(&pool()), before);
}

TEST(Mbuf, PullUpFailsWithoutRoomAndChangesNothing) {
  Mbuf* frame = make_frame(counting(3000), 1500);
  const auto room = static_cast<std::uint16_t>(frame->data_len + rte_pktmbuf_tailroom(frame));
  EXPECT_FALSE(pull_up(*frame, room + 1));
  EXPECT_EQ(octets_of(*frame), counting(3000));
  EXPECT_TRUE(pull_up(*frame, room));
  EXPECT_EQ(octets_of(*frame), counting(3000));
  rte_pktmbuf_free(frame);
}

TEST(Mbuf, CopyOutStaysInside) {
  Mbuf* frame = make_frame(counting(30), 4);
  Octets out(10);
  EXPECT_TRUE(copy_out(*frame, 20, out));
  EXPECT_EQ(out[0], 20);
  EXPECT_EQ(out[9], 29);
  EXPECT_FALSE(copy_out(*frame, 21, out));
  EXPECT_FALSE(copy_out(*frame, 31, {}));
  EXPECT_TRUE(copy_out(*frame, 30, {}));
  rte_pktmbuf_free(frame);
}

TEST(Mbuf, MakePacketOfAnySize) {
  const unsigned before = rte_mempool_avail_count(&pool());
  for (const std::size_t size : {0, 1, 2048, 2049, 9600, 65535}) {
    Mbuf* frame = make_packet(pool(), counting(size));
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(octets_of(*frame), counting(size));
    rte_mbuf_sanity_check(frame, 1);
    rte_pktmbuf_free(frame);
  }
  EXPECT_EQ(rte_mempool_avail_count(&pool()), before);
}

TEST(Mbuf, MakePacketFromAnEmptyPoolGivesBackWhatItTook) {
  pool();  // starts the EAL
  rte_mempool* small = make_pool("small", 3);
  ASSERT_NE(small, nullptr);
  EXPECT_EQ(make_packet(*small, counting(9000)), nullptr);
  EXPECT_EQ(rte_mempool_avail_count(small), 3U);
  rte_mempool_free(small);
}

}  // namespace
}  // namespace softwire::dataplane
