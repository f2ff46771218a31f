// What web/engine/threads.mjs calls to bring guests into the engine's pool (core/thread_pool.hpp): plain exports of the
// module, without Embind, since a guest's instance has none of its JavaScript.
//
// On the engine's own thread: threads_open, one thread_block a guest, threads_come until enough have come or none more
// will, threads_close, threads_use; at the end threads_end. On a guest: thread_serve; thread_lost when that traps.
#include "striate/core/thread_pool.hpp"

#include <cstddef>
#include <cstdlib>

namespace {

// Of a guest: its thread-local variables, then its stack, which grows down towards them. As much stack as the engine's own
// thread has.
constexpr std::size_t block_bytes = 272 * 1024;

// A function of its own: Clang 21 cannot compile a comparison with it.
[[gnu::noinline]] std::size_t variables_bytes() { return __builtin_wasm_tls_size(); }

}  // namespace

extern "C" {

void striate_threads_open() { striate::core::thread_pool().open(); }
// Null when there is no memory; never given back.
void* striate_thread_block() {
  return variables_bytes() > 16 * 1024 ? nullptr : std::aligned_alloc(64, block_bytes);
}
std::size_t striate_thread_block_bytes() { return block_bytes; }
int striate_threads_come() { return striate::core::thread_pool().guests(); }
int striate_threads_close() { return striate::core::thread_pool().close(); }
// How many threads there are from now on; as many as wanted where so many have come.
int striate_threads_use(int threads) {
  striate::core::thread_pool().resize(threads);
  return striate::core::thread_pool().threads();
}
void striate_threads_end() { striate::core::thread_pool().end(); }

void striate_thread_serve() { striate::core::thread_pool().serve(); }
void striate_thread_lost() { striate::core::thread_pool().lost(); }

}  // extern "C"
