#include "ledger.h"

#include "memory.h"

#include <string.h>

static void grow(struct stream *stream, uint64_t word) {
  uint64_t count = stream->word_count ? stream->word_count : 16;
  while (count <= word) count *= 2;
  stream->words = memory_resize(stream->words, count * sizeof *stream->words);
  memset(stream->words + stream->word_count, 0, (count - stream->word_count) * sizeof *stream->words);
  stream->word_count = count;
}

enum arrival ledger_record(struct stream *stream, struct lane *lane, uint64_t sequence) {
  uint64_t word = sequence >> 6, bit = 1ull << (sequence & 63);
  if (word >= stream->word_count) grow(stream, word);
  if (stream->words[word] & bit) return ARRIVAL_DUPLICATED;
  stream->words[word] |= bit;
  stream->arrived++;
  if (sequence < lane->next) return ARRIVAL_REORDERED;
  lane->next = sequence + 1;
  return ARRIVAL_IN_ORDER;
}
