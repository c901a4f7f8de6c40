/* A publisher: sends numbered messages as fast as its limits allow, or when the schedule says so, and keeps
 * the state of those in flight. */
#ifndef LOAD_PUBLISHER_H
#define LOAD_PUBLISHER_H

#include "client.h"
#include "packet.h"

struct publisher {
  struct client client; /* first: a publisher is a client */
  uint64_t sent;
  uint64_t delivered; /* receipts of its messages by all receivers together */
  uint32_t in_flight;
  uint16_t last_identifier;
  uint8_t *stages; /* QoS 1 and 2: by packet identifier, what the message waits for */
  uint32_t receivers;
  uint32_t topic_length; /* when it is always the same */
  char topic[TOPIC_LARGEST];
};

void publisher_init(struct publisher *publisher, uint32_t index);
/* One message, stamped with the time at which it was meant to leave. */
void publisher_send(struct publisher *publisher, uint64_t intended_at);
/* Whether the limits (window, outstanding messages, a blocked socket) let it send now. */
int publisher_can_send(const struct publisher *publisher);
/* Open loop: the schedule is kept without a look at the limits, except that identifiers must not run out. */
int publisher_has_identifiers(const struct publisher *publisher);
/* Sends what the limits allow, `batch` messages a write; returns 1 when it could go on at once. */
int publisher_fill(struct publisher *publisher);

#endif
