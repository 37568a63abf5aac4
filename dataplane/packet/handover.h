// SPDX-License-Identifier: BSD-3-Clause
// Marks for ThreadSanitizer that a buffer passes from one thread to another. ThreadSanitizer does not see it
// when the buffer passes through the driver of a port, which is not built with it.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define SOFTWIRE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SOFTWIRE_TSAN 1
#endif
#endif

#ifdef SOFTWIRE_TSAN
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace softwire::dataplane {

// The giving thread calls it after its last access to the buffer.
inline void give_away([[maybe_unused]] void* buffer) {
#ifdef SOFTWIRE_TSAN
  __tsan_release(buffer);
#endif
}

// The taking thread calls it before its first access to the buffer.
inline void take_over([[maybe_unused]] void* buffer) {
#ifdef SOFTWIRE_TSAN
  __tsan_acquire(buffer);
#endif
}

}  // namespace softwire::dataplane
