// SPDX-License-Identifier: BSD-3-Clause
// Tells whether this is a build with a sanitizer, which needs more system calls than the hub itself.
#pragma once

namespace softwire::controlplane {

#ifdef __has_feature
#define SOFTWIRE_HAS_FEATURE(name) __has_feature(name)
#else
#define SOFTWIRE_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_THREAD__) || SOFTWIRE_HAS_FEATURE(thread_sanitizer)
constexpr bool kThreadsSanitized = true;
#else
constexpr bool kThreadsSanitized = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || SOFTWIRE_HAS_FEATURE(address_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = kThreadsSanitized;
#endif

#undef SOFTWIRE_HAS_FEATURE

}  // namespace softwire::controlplane
