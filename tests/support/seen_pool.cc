// SPDX-License-Identifier: BSD-3-Clause
#include "tests/support/seen_pool.h"

#include "dataplane/packet/handover.h"

#ifdef SOFTWIRE_TSAN
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include <cerrno>
#include <mutex>
#include <vector>

namespace softwire::testing {

namespace {

struct Stack {
  std::mutex mutex;
  std::vector<void*> buffers;
};

Stack& stack_of(const rte_mempool* pool) {
  return *static_cast<Stack*>(pool->pool_data);
}

int make(rte_mempool* pool) {
  pool->pool_data = new Stack;
  return 0;
}

void unmake(rte_mempool* pool) {
  delete &stack_of(pool);
}

int put(rte_mempool* pool, void* const* buffers, unsigned count) {
  Stack& stack = stack_of(pool);
  const std::scoped_lock lock(stack.mutex);
  stack.buffers.insert(stack.buffers.end(), buffers, buffers + count);
  return 0;
}

int get(rte_mempool* pool, void** buffers, unsigned count) {
  Stack& stack = stack_of(pool);
  const std::scoped_lock lock(stack.mutex);
  if (stack.buffers.size() < count) return -ENOBUFS;
  std::copy(stack.buffers.end() - count, stack.buffers.end(), buffers);
  stack.buffers.resize(stack.buffers.size() - count);
  return 0;
}

unsigned count(const rte_mempool* pool) {
  Stack& stack = stack_of(pool);
  const std::scoped_lock lock(stack.mutex);
  return static_cast<unsigned>(stack.buffers.size());
}

}  // namespace

bool use_seen_pools() {
  rte_mempool_ops ops{};
  std::snprintf(ops.name, sizeof ops.name, "seen");
  ops.alloc = make;
  ops.free = unmake;
  ops.enqueue = put;
  ops.dequeue = get;
  ops.get_count = count;
  return rte_mempool_register_ops(&ops) >= 0 && rte_mbuf_set_user_mempool_ops("seen") == 0;
}

}  // namespace softwire::testing

#else

namespace softwire::testing {

bool use_seen_pools() {
  return true;
}

}  // namespace softwire::testing

#endif
