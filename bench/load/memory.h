/* Memory or death: a load generator has nothing better to do when there is none. */
#ifndef LOAD_MEMORY_H
#define LOAD_MEMORY_H

#include <stdio.h>
#include <stdlib.h>

static inline void *memory_resize(void *old, size_t size) {
  void *memory = realloc(old, size);
  if (memory) return memory;
  fprintf(stderr, "load: out of memory\n");
  exit(2);
}

static inline void *memory_zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (memory) return memory;
  fprintf(stderr, "load: out of memory\n");
  exit(2);
}

#endif
