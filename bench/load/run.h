/* One run: open every connection, warm up, measure, wait for what is still on its way. */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include "process.h"
#include "histogram.h"
#include "options.h"

#include <stdint.h>

/* The counters at one moment; a measurement is the difference of two of them. */
struct moment {
  uint64_t time, accepted, received;
  struct processor_time broker, own;
};

struct outcome {
  const char *failure; /* why there is no measurement; NULL when there is one */
  struct moment begin, end;
  const struct histogram *latencies;
  uint64_t lost, unacknowledged;
  uint64_t memory_before, memory_connected, memory_largest;
  uint64_t setup_time, setup_cpu, idle_time, idle_cpu;
  uint32_t connections;
};

struct outcome run_messages(const struct options *options);
struct outcome run_idle(const struct options *options);

#endif
