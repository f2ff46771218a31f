// ThreadPool: runs numbered tasks on a few threads, the caller's among them, and returns when all are done.
//
// Tasks are handed out one by one to whoever is free, so a thread that the system keeps waiting holds nobody up that has
// not yet given it a task: the caller can do them all. Between jobs threads look for work for some microseconds, longer
// where that pays, then sleep; so does the caller while it waits for the last tasks. (Pools that only spin fall apart where a core
// is missing.)
// Which thread does which task is open: whatever tasks write must depend on their number alone. run() allocates nothing.
//
// In WebAssembly a pool cannot start threads. Guests come from outside: JavaScript starts workers that instantiate the
// module over the same memory and call serve(). The pool that was opened counts those who have come until it is closed;
// resize() then chooses how many of them to use. A task that traps takes its guest away for good: lost() tells the
// pool, and the caller of run() traps, too, instead of waiting for ever.
//
// Requires: run() is called by one thread at a time, and not from a task.
#pragma once

#include "striate/core/result.hpp"

#include <memory>
#include <utility>

namespace striate::core {

inline constexpr int most_threads = 64;

class ThreadPool {
 public:
  explicit ThreadPool(int threads = 1);  // as resize()
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }
  // 1 … most_threads; as many as the system gives or guests have come, at least the caller's.
  void resize(int threads);

#if defined(__EMSCRIPTEN__)
  void open();         // from now on guests may come
  void serve();        // a guest's whole life: returns after end(), or at once when the pool is closed
  int guests() const;  // that have come
  int close();         // nobody comes any more; the guests that have
  void lost();         // a guest trapped
  void end();          // guests go
#endif

  // body(task, thread) for each task 0 … tasks − 1; thread is 0 … threads − 1, no two tasks at a time with the same.
  // At most 65,535 tasks, on at most `threads` threads.
  template <typename Body>
  void run(int tasks, int threads, Body&& body) {
    run_job(tasks, threads, [](void* context, int task, int thread) { (*static_cast<std::remove_reference_t<Body>*>(context))(task, thread); },
            const_cast<void*>(static_cast<const void*>(&body)));
  }

 private:
  using Job = void (*)(void* context, int task, int thread);
  struct Shared;
  // Not a part of run(), so that a body is compiled once.
  void run_job(int tasks, int threads, Job job, void* context);
  void stop();

  int threads_ = 1;
  std::unique_ptr<Shared> shared_;
};

// The pool that plans use unless they are given another: one thread until use_threads().
ThreadPool& thread_pool();
// Error invalid_argument unless 1 … most_threads. Not while anything runs. Plans made before keep the number they were
// made for.
Status use_threads(int threads);

}  // namespace striate::core
