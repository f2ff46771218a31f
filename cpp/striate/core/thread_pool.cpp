#include "striate/core/thread_pool.hpp"

#include "striate/core/text.hpp"

#include <algorithm>

#include <atomic>
#include <cstdint>
#if !defined(__EMSCRIPTEN__)
#include <system_error>
#include <thread>
#include <vector>
#endif

namespace striate::core {

namespace {

#if defined(__EMSCRIPTEN__)

// A look is an atomic load and no more: WebAssembly has no instruction for a pause.
constexpr int least_looks = 20'000;
void pause() {}

// Sleeps unless the value has changed; wakes at a change, or for no reason.
void sleep_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  auto* const word = const_cast<int*>(reinterpret_cast<const int*>(&value));
  __builtin_wasm_memory_atomic_wait32(word, static_cast<int>(old), -1);
}
void wake_all(std::atomic<std::uint32_t>& value) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&value), ~0U);
}

#else

constexpr int least_looks = 1000;
void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void sleep_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) { value.wait(old, std::memory_order_acquire); }
void wake_all(std::atomic<std::uint32_t>& value) { value.notify_all(); }

#endif

// How often a thread looks for a change before it sleeps: about 30 µs, longer than the gap between two layers and shorter than
// anyone would notice. Where looking pays, up to sixteen times as long, since a sleeper takes longer to wake than other threads
// mostly need to finish; where it was in vain (nothing to do, or the other thread waits for this one's core), less again.
class Patience {
 public:
  int looks() const { return looks_; }
  void paid() { looks_ = std::min(2 * looks_, 16 * least_looks); }
  void in_vain() { looks_ = std::max(looks_ / 4, least_looks); }

 private:
  int looks_ = least_looks;
};

// A word that threads wait for. Waking costs a look where nobody sleeps.
class Signal {
 public:
  std::uint32_t load() const { return value_.load(std::memory_order_acquire); }
  void store_quietly(std::uint32_t value) { value_.store(value, std::memory_order_relaxed); }
  void store(std::uint32_t value) {
    value_.store(value);
    wake();
  }
  // The value after it.
  std::uint32_t add_one_quietly() { return value_.fetch_add(1) + 1; }
  void wake() {
    if (sleepers_.load() != 0) wake_all(value_);
  }
  // Waits until the value is no longer `old`: looks, then sleeps. The new value.
  std::uint32_t wait_while(std::uint32_t old, Patience& patience) {
    for (int i = 0; i < patience.looks(); ++i) {
      const std::uint32_t now = load();
      if (now != old) {
        patience.paid();
        return now;
      }
      pause();
    }
    patience.in_vain();
    sleepers_.fetch_add(1);
    while (value_.load() == old) sleep_while(value_, old);
    sleepers_.fetch_sub(1);
    return load();
  }

 private:
  std::atomic<std::uint32_t> value_{0}, sleepers_{0};
};

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
  alignas(64) Signal number;  // of the last job
  alignas(64) Signal done;    // tasks of this job
  std::atomic<Job> job{nullptr};
  std::atomic<void*> context{nullptr};
  std::atomic<int> limit{0};  // threads that may take part
  std::atomic<bool> ended{false};
  Patience patience;  // of the caller
#if defined(__EMSCRIPTEN__)
  std::atomic<std::uint32_t> guests{0};  // that have come, and `closed`
#else
  std::vector<std::thread> threads;
#endif

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
      if (done.add_one_quietly() == static_cast<std::uint32_t>(tasks_of(ticket_now))) done.wake();
      ticket_now = ticket.load(std::memory_order_acquire);
    }
  }

  void live(int thread) {
    Patience patience;
    for (std::uint32_t seen = 0;;) {
      seen = number.wait_while(seen, patience);
      if (ended.load(std::memory_order_acquire)) return;
      work(thread);
    }
  }

  void end() {
    ended.store(true, std::memory_order_release);
    number.store(number.load() + 1);
  }
};

void ThreadPool::run_job(int tasks, int threads, Job job, void* context) {
  if (threads <= 1 || threads_ <= 1 || tasks <= 1) {
    for (int task = 0; task < tasks; ++task) job(context, task, 0);
    return;
  }
  Shared& shared = *shared_;
  const std::uint32_t number = shared.number.load() + 1;
  shared.job.store(job, std::memory_order_relaxed);
  shared.context.store(context, std::memory_order_relaxed);
  shared.limit.store(threads, std::memory_order_relaxed);
  shared.done.store_quietly(0);
  shared.ticket.store(make_ticket(number, tasks), std::memory_order_release);
  shared.number.store(number);
  shared.work(0);
  const auto all = static_cast<std::uint32_t>(tasks);
  for (std::uint32_t done = shared.done.load(); done != all; done = shared.done.wait_while(done, shared.patience)) {
    if (done > all) __builtin_trap();  // lost()
  }
}

#if defined(__EMSCRIPTEN__)

namespace {
constexpr std::uint32_t closed = 1U << 31;
}

void ThreadPool::resize(int threads) {
  threads_ = std::clamp(threads, 1, shared_ == nullptr ? 1 : 1 + guests());
}
// Guests are not waited for: whoever brought them takes them away.
void ThreadPool::stop() {
  if (shared_ != nullptr) shared_->end();
}

void ThreadPool::open() {
  if (shared_ == nullptr) shared_ = std::make_unique<Shared>();
}
void ThreadPool::serve() {
  const std::uint32_t number = shared_->guests.fetch_add(1) + 1;
  if ((number & closed) == 0 && number < most_threads) shared_->live(static_cast<int>(number));
}
int ThreadPool::guests() const { return std::min(static_cast<int>(shared_->guests.load() & ~closed), most_threads - 1); }
int ThreadPool::close() {
  shared_->guests.fetch_or(closed);
  return guests();
}
void ThreadPool::lost() {
  // No number of tasks, even when others add to it.
  shared_->done.store(~0U / 2);
}
void ThreadPool::end() { stop(); }

#else

void ThreadPool::resize(int threads) {
  stop();
  threads = std::clamp(threads, 1, most_threads);
  if (threads == 1) return;
  shared_ = std::make_unique<Shared>();
  Shared& shared = *shared_;
  shared.threads.reserve(static_cast<std::size_t>(threads - 1));
  try {
    for (int i = 1; i < threads; ++i) shared.threads.emplace_back([&shared, i] { shared.live(i); });
  } catch (const std::system_error&) {
    // As many as the system gives.
  }
  threads_ = 1 + static_cast<int>(shared.threads.size());
}

void ThreadPool::stop() {
  if (shared_ == nullptr) return;
  shared_->end();
  for (std::thread& thread : shared_->threads) thread.join();
  shared_.reset();
  threads_ = 1;
}

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
