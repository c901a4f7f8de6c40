/* Who publishes to which topic, who subscribes to what, and which message has to arrive where.
 *
 *   pairs     publisher i → subscriber i, a topic each
 *   fanout    every publisher → every subscriber, one topic
 *   fanin     every publisher → every subscriber, a topic each, one filter with '+'
 *   wildcard  many filters with wildcards over all subscribers; each message matches exactly two of them,
 *             held by two different subscribers; the rest of the filters match nothing
 *   idle      connections which do nothing (with one subscription each if asked)
 */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include "options.h"

#include <stdint.h>

/* How many subscribers get each message. */
uint32_t scenario_receivers(const struct options *options);

/* Writes the topic name of a message and returns its length. */
uint32_t scenario_topic(const struct options *options, uint32_t publisher, uint64_t sequence, char *text);
/* Whether the topic name depends on the sequence number. */
int scenario_topic_varies(const struct options *options);

/* Writes the subscriber's nth topic filter and returns its length; 0 when it has no more. */
uint32_t scenario_filter(const struct options *options, uint32_t subscriber, uint32_t nth, char *text);

/* Complete sequences: how many there are, and to which the message belongs at this subscriber (-1: it has
 * no business there). */
uint32_t scenario_streams(const struct options *options);
int64_t scenario_stream(const struct options *options, uint32_t subscriber, uint32_t publisher, uint64_t sequence);

#endif
