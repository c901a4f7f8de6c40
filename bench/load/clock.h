/* Time in nanoseconds: of the wall (monotonic) and of our own work (CPU time of this process). */
#ifndef LOAD_CLOCK_H
#define LOAD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MILLISECOND 1000000ull
#define SECOND 1000000000ull

static inline uint64_t clock_read(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static inline uint64_t clock_now(void) { return clock_read(CLOCK_MONOTONIC); }
static inline uint64_t clock_own_cpu(void) { return clock_read(CLOCK_PROCESS_CPUTIME_ID); }
static inline double in_seconds(uint64_t nanoseconds) { return (double)nanoseconds / 1e9; }

#endif
