#include "striate/core/thread_pool.hpp"

#include "striate/core/text.hpp"

#include <algorithm>

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
#define STRIATE_THREADS 1
#include <atomic>
#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>
#endif

namespace striate::core {

#if defined(STRIATE_THREADS)

namespace {

// About 30 µs: longer than the gap between two layers, shorter than anyone would notice.
constexpr int spins = 1000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until the value is no longer `old`: looks for a while, then sleeps.
template <typename T>
T wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < spins; ++i) {
    const T now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

// A ticket says all that claiming a task needs, in one word: job, tasks of it, next task.
constexpr std::uint64_t make_ticket(std::uint32_t job, int tasks) {
  return (std::uint64_t{job} << 32) | (static_cast<std::uint64_t>(tasks) << 16);
}
constexpr int tasks_of(std::uint64_t ticket) { return static_cast<int>((ticket >> 16) & 0xffff); }
constexpr int next_of(std::uint64_t ticket) { return static_cast<int>(ticket & 0xffff); }

}  // namespace

// What a job is (job, context, limit) is written only while no task of the job before is unclaimed or running. A thread
// reads it before it claims: where the claim succeeds, the ticket was of the job that was read.
struct ThreadPool::Shared {
  alignas(64) std::atomic<std::uint64_t> ticket{0};
  alignas(64) std::atomic<std::uint32_t> number{0};  // of the last job; slept on
  alignas(64) std::atomic<int> done{0};              // tasks of this job; slept on
  std::atomic<Job> job{nullptr};
  std::atomic<void*> context{nullptr};
  std::atomic<int> limit{0};  // threads that may take part
  std::atomic<bool> ended{false};
  std::vector<std::thread> threads;

  void work(int thread) {
    std::uint64_t ticket_now = ticket.load(std::memory_order_acquire);
    while (next_of(ticket_now) < tasks_of(ticket_now)) {
      const Job mine = job.load(std::memory_order_relaxed);
      void* const data = context.load(std::memory_order_relaxed);
      const bool allowed = thread < limit.load(std::memory_order_relaxed);
      // A refusal may be that of another job: then the ticket has changed too.
      if (!allowed && ticket.load(std::memory_order_acquire) == ticket_now) return;
      if (!allowed || !ticket.compare_exchange_weak(ticket_now, ticket_now + 1, std::memory_order_acq_rel,
                                                    std::memory_order_acquire)) {
        if (!allowed) ticket_now = ticket.load(std::memory_order_acquire);
        continue;
      }
      mine(data, next_of(ticket_now), thread);
      if (done.fetch_add(1, std::memory_order_acq_rel) + 1 == tasks_of(ticket_now)) done.notify_one();
      ticket_now = ticket.load(std::memory_order_acquire);
    }
  }

  void live(int thread) {
    for (std::uint32_t seen = 0;;) {
      seen = wait_while(number, seen);
      if (ended.load(std::memory_order_acquire)) return;
      work(thread);
    }
  }
};

void ThreadPool::resize(int threads) {
  stop();
  threads = std::clamp(threads, 1, most_threads);
  if (threads == 1) return;
  shared_ = std::make_unique<Shared>();
  Shared& shared = *shared_;
  shared.threads.reserve(static_cast<std::size_t>(threads - 1));
#if defined(__cpp_exceptions)
  try {
    for (int i = 1; i < threads; ++i) shared.threads.emplace_back([&shared, i] { shared.live(i); });
  } catch (const std::system_error&) {
    // As many as the system gives.
  }
#else
  for (int i = 1; i < threads; ++i) shared.threads.emplace_back([&shared, i] { shared.live(i); });
#endif
  threads_ = 1 + static_cast<int>(shared.threads.size());
}

void ThreadPool::stop() {
  if (shared_ == nullptr) return;
  shared_->ended.store(true, std::memory_order_release);
  shared_->number.fetch_add(1, std::memory_order_release);
  shared_->number.notify_all();
  for (std::thread& thread : shared_->threads) thread.join();
  shared_.reset();
  threads_ = 1;
}

void ThreadPool::run_job(int tasks, int threads, Job job, void* context) {
  Shared& shared = *shared_;
  const std::uint32_t number = shared.number.load(std::memory_order_relaxed) + 1;
  shared.job.store(job, std::memory_order_relaxed);
  shared.context.store(context, std::memory_order_relaxed);
  shared.limit.store(threads, std::memory_order_relaxed);
  shared.done.store(0, std::memory_order_relaxed);
  shared.ticket.store(make_ticket(number, tasks), std::memory_order_release);
  shared.number.store(number, std::memory_order_release);
  shared.number.notify_all();
  shared.work(0);
  for (int done = shared.done.load(std::memory_order_acquire); done != tasks;) done = wait_while(shared.done, done);
}

#else

struct ThreadPool::Shared {};
void ThreadPool::resize(int) {}
void ThreadPool::stop() {}
void ThreadPool::run_job(int, int, Job, void*) {}

#endif

ThreadPool::ThreadPool(int threads) { resize(threads); }
ThreadPool::~ThreadPool() { stop(); }

ThreadPool& thread_pool() {
  static ThreadPool pool;
  return pool;
}

Status use_threads(int threads) {
  if (threads < 1 || threads > most_threads) {
    return Error{ErrorCode::invalid_argument, text("the engine cannot run on ", threads, " threads"),
                 text("Give 1 to ", most_threads, ".")};
  }
  if (threads != thread_pool().threads()) thread_pool().resize(threads);
  return {};
}

}  // namespace striate::core
