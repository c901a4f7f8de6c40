#include "scenario.h"

#include <stdio.h>
#include <string.h>

/* The filters of the wildcard scenario: two fifths have a '#' and belong to the first half of the subscribers,
 * two fifths have a '+' and belong to the other half, the rest are there to be searched in vain. */
struct layout { uint32_t hashes, pluses, decoys, first_half; };

static struct layout layout_of(const struct options *options) {
  uint32_t fifths = options->filters * 2 / 5;
  return (struct layout){fifths, fifths, options->filters - 2 * fifths, options->subscribers / 2};
}

static uint64_t scramble(uint64_t value) { /* splitmix64 */
  value += 0x9e3779b97f4a7c15ull;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ value >> 27) * 0x94d049bb133111ebull;
  return value ^ value >> 31;
}

struct route { uint32_t hash, plus; };

/* The two filters which the message matches. */
static struct route route_of(const struct options *options, uint32_t publisher, uint64_t sequence) {
  struct layout layout = layout_of(options);
  uint64_t topic = options->topics ? (sequence * 7919 + publisher * 2503ull) % options->topics
                                   : sequence * options->publishers + publisher;
  uint64_t random = scramble(topic);
  return (struct route){(uint32_t)(random >> 32) % layout.hashes, (uint32_t)random % layout.pluses};
}

uint32_t scenario_receivers(const struct options *options) {
  switch (options->scenario) {
    case SCENARIO_FANOUT: case SCENARIO_FANIN: return options->subscribers;
    case SCENARIO_WILDCARD: return 2;
    default: return 1;
  }
}

int scenario_topic_varies(const struct options *options) { return options->scenario == SCENARIO_WILDCARD; }

static uint32_t write_decimal(char *text, uint32_t value) {
  char digits[10];
  uint32_t count = 0;
  do digits[count++] = (char)('0' + value % 10); while (value /= 10);
  for (uint32_t i = 0; i < count; i++) text[i] = digits[count - 1 - i];
  return count;
}

static uint32_t write_text(char *target, const char *text, uint32_t number) {
  uint32_t length = (uint32_t)strlen(text);
  memcpy(target, text, length);
  return length + write_decimal(target + length, number);
}

uint32_t scenario_topic(const struct options *options, uint32_t publisher, uint64_t sequence, char *text) {
  switch (options->scenario) {
    case SCENARIO_PAIRS: return write_text(text, "load/pair/", publisher);
    case SCENARIO_FANIN: return write_text(text, "load/in/", publisher);
    case SCENARIO_FANOUT: memcpy(text, "load/all", 8); return 8;
    default: break;
  }
  struct route route = route_of(options, publisher, sequence);
  uint32_t length = write_text(text, "plants/", route.hash);
  return length + write_text(text + length, "/heat/", route.plus);
}

static uint32_t wildcard_filter(const struct options *options, uint32_t subscriber, uint32_t nth, char *text) {
  struct layout layout = layout_of(options);
  int is_first = subscriber < layout.first_half;
  uint32_t owners = is_first ? layout.first_half : options->subscribers - layout.first_half;
  uint32_t place = is_first ? subscriber : subscriber - layout.first_half;
  uint32_t kind = is_first ? layout.hashes : layout.pluses;
  uint32_t own = kind > place ? (kind - place + owners - 1) / owners : 0;
  if (nth < own)
    return (uint32_t)sprintf(text, is_first ? "plants/%u/heat/#" : "plants/+/heat/%u", place + nth * owners);
  uint32_t decoy = subscriber + (nth - own) * options->subscribers;
  return decoy < layout.decoys ? (uint32_t)sprintf(text, "plants/+/+/%u/alarm", decoy) : 0;
}

uint32_t scenario_filter(const struct options *options, uint32_t subscriber, uint32_t nth, char *text) {
  if (options->scenario == SCENARIO_WILDCARD) return wildcard_filter(options, subscriber, nth, text);
  if (nth) return 0;
  switch (options->scenario) {
    case SCENARIO_FANIN: return (uint32_t)sprintf(text, "load/in/+");
    case SCENARIO_IDLE: return options->subscribed ? (uint32_t)sprintf(text, "load/idle/%u/command", subscriber) : 0;
    default: return scenario_topic(options, subscriber, 0, text);
  }
}

uint32_t scenario_streams(const struct options *options) {
  switch (options->scenario) {
    case SCENARIO_FANOUT: case SCENARIO_FANIN: return options->publishers * options->subscribers;
    case SCENARIO_WILDCARD: return options->publishers * 2;
    default: return options->publishers;
  }
}

int64_t scenario_stream(const struct options *options, uint32_t subscriber, uint32_t publisher, uint64_t sequence) {
  switch (options->scenario) {
    case SCENARIO_PAIRS: return publisher == subscriber ? (int64_t)publisher : -1;
    case SCENARIO_WILDCARD: break;
    default: return (int64_t)publisher * options->subscribers + subscriber;
  }
  struct layout layout = layout_of(options);
  struct route route = route_of(options, publisher, sequence);
  if (route.hash % layout.first_half == subscriber) return publisher;
  if (layout.first_half + route.plus % (options->subscribers - layout.first_half) == subscriber)
    return (int64_t)options->publishers + publisher;
  return -1;
}
