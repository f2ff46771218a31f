// The pool: every task once, on threads below the limit, whatever the number of threads; sleeping threads wake.
#include "striate/core/thread_pool.hpp"

#include "expect.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace striate;
using core::ThreadPool;

TEST_CASE("thread pool: every task is done once, and all are done on return") {
  for (const int threads : {1, 2, 3, 8}) {
    CAPTURE(threads);
    ThreadPool pool(threads);
    for (const int tasks : {0, 1, 2, 7, 100}) {
      CAPTURE(tasks);
      for (int round = 0; round < 200; ++round) {
        std::vector<int> done(static_cast<std::size_t>(tasks));  // plain: a task's number is its own place
        pool.run(tasks, threads, [&](int task, int) { ++done[static_cast<std::size_t>(task)]; });
        for (const int times : done) REQUIRE(times == 1);
      }
    }
  }
}

TEST_CASE("thread pool: thread numbers stay below the limit, and no two tasks share one at a time") {
  ThreadPool pool(4);
  for (const int limit : {1, 2, 3, 4}) {
    CAPTURE(limit);
    std::atomic<int> busy[core::most_threads] = {};
    std::atomic<bool> wrong = false;
    for (int round = 0; round < 100; ++round) {
      pool.run(16, limit, [&](int, int thread) {
        if (thread < 0 || thread >= limit || busy[thread].fetch_add(1) != 0) wrong = true;
        std::this_thread::yield();
        busy[thread].fetch_sub(1);
      });
    }
    CHECK_FALSE(wrong);
  }
}

#if !defined(__EMSCRIPTEN__)
TEST_CASE("thread pool: sleeping threads wake, and more than one takes part") {
  ThreadPool pool(3);
  CHECK(pool.threads() == 3);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // far beyond the spinning
    std::atomic<int> arrived{0};
    bool together = false;
    // Each task waits for another to be there at the same time: one thread alone would wait in vain.
    pool.run(2, 3, [&](int, int) {
      ++arrived;
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
      while (arrived < 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    });
    together = arrived == 2;
    CHECK(together);
  }
}
#endif

TEST_CASE("thread pool: the number of threads is checked, and may change") {
  CHECK_ERROR(core::use_threads(0), invalid_argument, "0 threads");
  CHECK_ERROR(core::use_threads(65), invalid_argument, "65 threads");
  tests::succeed(core::use_threads(3));
  tests::succeed(core::use_threads(2));
  int sum = 0;
  tests::succeed(core::use_threads(1));
  CHECK(core::thread_pool().threads() == 1);
  core::thread_pool().run(5, 1, [&](int task, int) { sum += task; });
  CHECK(sum == 10);
}
