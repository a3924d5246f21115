/* One thread: what the engine's Atomics want of a system that has others. */
#pragma once
#include <time.h>
typedef int pthread_mutex_t;
typedef int pthread_cond_t;
#define PTHREAD_MUTEX_INITIALIZER 0
static inline int pthread_mutex_lock(pthread_mutex_t *mutex) { return *mutex = 1, 0; }
static inline int pthread_mutex_unlock(pthread_mutex_t *mutex) { return *mutex = 0, 0; }
static inline int pthread_cond_init(pthread_cond_t *cond, const void *with) { return (void)with, *cond = 0, 0; }
static inline int pthread_cond_destroy(pthread_cond_t *cond) { return *cond = 0, 0; }
static inline int pthread_cond_signal(pthread_cond_t *cond) { return *cond = 1, 0; }
static inline int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) { return (void)mutex, *cond = 0, 0; }
static inline int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until) {
    return (void)mutex, (void)until, *cond = 0, 0;
}
