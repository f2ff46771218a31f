// Locks for a program of one thread. Code for shared memory without Emscripten's own threads has a C library without POSIX
// threads, but doctest's mutexes and the standard library's streams ask for them: here nobody else can hold a lock.
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
#include <pthread.h>
#include <sched.h>

#include <cstdlib>

extern "C" {

int pthread_mutex_lock(pthread_mutex_t*) { return 0; }
int pthread_mutex_unlock(pthread_mutex_t*) { return 0; }
int pthread_mutex_destroy(pthread_mutex_t*) { return 0; }
int pthread_cond_broadcast(pthread_cond_t*) { return 0; }
// Would wait for ever.
int pthread_cond_wait(pthread_cond_t*, pthread_mutex_t*) { std::abort(); }
// The library's own asks JavaScript which thread this is, in words that a program without workers lacks.
int sched_yield() { return 0; }
// Of thread-local objects, to destroy them when their thread ends; the program ends first.
int pthread_key_create(pthread_key_t*, void (*)(void*)) { return 0; }
int pthread_setspecific(pthread_key_t, const void*) { return 0; }

}  // extern "C"
#endif
