#include "process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* schedstat counts nanoseconds; /proc/PID/stat only ticks of 10 ms, too coarse for a run of a second. */
static struct processor_time thread_time(int pid, const char *thread) {
  char path[320];
  struct processor_time time = {0, 0};
  snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
  FILE *file = fopen(path, "r");
  if (!file) return time;
  if (fscanf(file, "%" SCNu64 " %" SCNu64, &time.used, &time.waited) != 2) time.used = time.waited = 0;
  fclose(file);
  return time;
}

struct processor_time process_time(int pid) {
  char path[64];
  struct processor_time sum = {0, 0};
  if (!pid) return sum;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return sum;
  for (struct dirent *entry; (entry = readdir(threads));) {
    if (entry->d_name[0] == '.') continue;
    struct processor_time time = thread_time(pid, entry->d_name);
    sum.used += time.used;
    sum.waited += time.waited;
  }
  closedir(threads);
  return sum;
}

uint64_t process_memory(int pid) {
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
