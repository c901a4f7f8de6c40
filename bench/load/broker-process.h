/* What the broker under test costs, read from /proc: CPU time of all its threads and resident memory. */
#ifndef LOAD_BROKER_PROCESS_H
#define LOAD_BROKER_PROCESS_H

#include <stdint.h>

/* Nanoseconds of CPU used so far; 0 when the process is unknown (pid 0) or gone. */
uint64_t broker_cpu(int pid);
/* Resident bytes; 0 when unknown. */
uint64_t broker_memory(int pid);

#endif
