// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/huge_array.h"

#include <sys/mman.h>

namespace softwire::dataplane {

void* map_huge_page() {
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
  void* page = mmap(nullptr, kHugePageBytes, kProtection, kFlags | MAP_HUGETLB, -1, 0);
  if (page != MAP_FAILED) return page;
  // Maps twice as much as needed, which contains an aligned page, and unmaps the rest.
  page = mmap(nullptr, 2 * kHugePageBytes, kProtection, kFlags, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<std::uintptr_t>(page);
  const std::uintptr_t aligned = (start + kHugePageBytes - 1) & ~(kHugePageBytes - 1);
  auto* const result = static_cast<std::uint8_t*>(page) + (aligned - start);
  if (aligned != start) munmap(page, aligned - start);
  munmap(result + kHugePageBytes, kHugePageBytes - (aligned - start));
  (void)madvise(result, kHugePageBytes, MADV_HUGEPAGE);  // may fail: ordinary pages work too
  return result;
}

void unmap_huge_page(void* page) {
  if (page != nullptr) munmap(page, kHugePageBytes);
}

}  // namespace softwire::dataplane
