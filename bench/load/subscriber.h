/* A subscriber: checks every message it gets (whole? its own? in order? for the first time?), measures its
 * latency, and acknowledges. */
#ifndef LOAD_SUBSCRIBER_H
#define LOAD_SUBSCRIBER_H

#include "client.h"
#include "histogram.h"
#include "ledger.h"
#include "publisher.h"

/* What all subscribers share. */
struct audience {
  struct publisher *publishers;
  uint32_t publisher_count;
  struct stream *streams;
  struct histogram latencies;
  int is_measuring;
  uint64_t last_receipt;
};

struct subscriber {
  struct client client; /* first: a subscriber is a client */
  struct audience *audience;
  struct lane *lanes; /* one for each publisher */
  uint64_t *unreleased; /* QoS 2: a bit for each packet identifier received and not released yet */
};

void subscriber_init(struct subscriber *subscriber, uint32_t index, struct audience *audience);

#endif
