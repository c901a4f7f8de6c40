#include "broker-process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* schedstat counts nanoseconds; /proc/PID/stat only ticks of 10 ms, too coarse for a run of a second. */
static uint64_t thread_cpu(int pid, const char *thread) {
  char path[320];
  uint64_t nanoseconds = 0;
  snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  if (fscanf(file, "%" SCNu64, &nanoseconds) != 1) nanoseconds = 0;
  fclose(file);
  return nanoseconds;
}

uint64_t broker_cpu(int pid) {
  char path[64];
  uint64_t sum = 0;
  if (!pid) return 0;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return 0;
  for (struct dirent *entry; (entry = readdir(threads));)
    if (entry->d_name[0] != '.') sum += thread_cpu(pid, entry->d_name);
  closedir(threads);
  return sum;
}

uint64_t broker_memory(int pid) {
  char path[64], line[256];
  uint64_t kibibytes = 0;
  if (!pid) return 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "VmRSS: %" SCNu64, &kibibytes) == 1) break;
  fclose(file);
  return kibibytes * 1024;
}
