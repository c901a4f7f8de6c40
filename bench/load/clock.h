/* Time in nanoseconds, of a clock that never jumps. */
#ifndef LOAD_CLOCK_H
#define LOAD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MILLISECOND 1000000ull
#define SECOND 1000000000ull

static inline uint64_t clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static inline double in_seconds(uint64_t nanoseconds) { return (double)nanoseconds / 1e9; }

#endif
