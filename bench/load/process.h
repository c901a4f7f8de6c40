/* What the broker under test costs, read from /proc: CPU time of all its threads and resident memory. And how
 * long processes had to wait for their core: others were at work on it. */
#ifndef LOAD_PROCESS_H
#define LOAD_PROCESS_H

#include <stdint.h>

struct processor_time {
  uint64_t used, waited; /* nanoseconds: running, and ready to run but not running */
};

/* Of all threads so far; zero when the process is unknown (pid 0) or gone. */
struct processor_time process_time(int pid);
/* Resident bytes; 0 when unknown. */
uint64_t process_memory(int pid);

#endif
