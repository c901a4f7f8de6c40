/* The books of who got what. A stream is a sequence 0, 1, 2, … of one publisher that has to arrive complete
 * at one place; a lane is one publisher as seen by one subscriber, where the order has to hold. */
#ifndef LOAD_LEDGER_H
#define LOAD_LEDGER_H

#include <stdint.h>

struct stream {
  uint64_t *words; /* one bit for each sequence number that arrived */
  uint64_t word_count;
  uint64_t arrived; /* how many of them */
};

struct lane {
  uint64_t next; /* nothing below this may still arrive */
};

enum arrival { ARRIVAL_IN_ORDER, ARRIVAL_REORDERED, ARRIVAL_DUPLICATED };

enum arrival ledger_record(struct stream *stream, struct lane *lane, uint64_t sequence);

#endif
