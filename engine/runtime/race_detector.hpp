// Tells ThreadSanitizer what it cannot see: that oneTBB's library, which is not built with it,
// hands memory from thread to thread. Nothing in other builds.
#pragma once

#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace sluice {

/// What the thread has done is seen by all that call taken_over() with the same address later. The
/// memory at the address is not touched.
inline void handed_over([[maybe_unused]] const void* address) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(const_cast<void*>(address));
#endif
}

inline void taken_over([[maybe_unused]] const void* address) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(const_cast<void*>(address));
#endif
}

}  // namespace sluice
