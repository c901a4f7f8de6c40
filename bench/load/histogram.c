#include "histogram.h"

/* Values below 64 have a bucket each; above, every power of two is cut into 64 steps. */
static uint32_t bucket_of(uint64_t value) {
  if (value < HISTOGRAM_STEPS) return (uint32_t)value;
  int exponent = 63 - __builtin_clzll(value);
  return (uint32_t)(exponent - 5) * HISTOGRAM_STEPS + (uint32_t)(value >> (exponent - 6) & 63);
}

static double middle_of(uint32_t bucket) {
  if (bucket < HISTOGRAM_STEPS) return bucket;
  double width = (double)(1ull << (bucket / HISTOGRAM_STEPS - 1));
  return (HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) * width + width / 2;
}

void histogram_add(struct histogram *histogram, uint64_t value) {
  histogram->counts[bucket_of(value)]++;
  histogram->count++;
  histogram->sum += (double)value;
  if (value > histogram->largest) histogram->largest = value;
}

double histogram_quantile(const struct histogram *histogram, double share) {
  if (histogram->count == 0) return 0;
  double wanted = share * (double)histogram->count;
  uint64_t seen = 0;
  for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->counts[bucket];
    if (seen == 0 || (double)seen < wanted) continue;
    double value = middle_of(bucket);
    return value < (double)histogram->largest ? value : (double)histogram->largest;
  }
  return (double)histogram->largest;
}

double histogram_mean(const struct histogram *histogram) {
  return histogram->count ? histogram->sum / (double)histogram->count : 0;
}
