#include "run.h"

#include "client.h"
#include "clock.h"
#include "memory.h"
#include "publisher.h"
#include "scenario.h"
#include "subscriber.h"

#include <unistd.h>

enum { HANDSHAKES_AT_ONCE = 64, CATCH_UP_LARGEST = 4096 };

static const uint64_t SETTLE = 200 * MILLISECOND, LONGEST_WAIT = 20 * MILLISECOND, STALLED = 3 * SECOND;

/* Everything that takes part in a run. */
struct company {
  const struct options *options;
  struct publisher *publishers;
  struct subscriber *subscribers;
  struct audience audience;
  uint64_t hard_end;
};

static struct moment take_moment(const struct options *options) {
  return (struct moment){clock_now(), options->qos ? totals.acknowledged : totals.sent, totals.received,
                         process_time(options->pid), process_time(getpid())};
}

static void settle(uint64_t duration) {
  for (uint64_t end = clock_now() + duration; clock_now() < end;) network_poll(LONGEST_WAIT);
}

/* Opens the clients, `at` gives the nth; returns 1 when all of them are ready. */
static int open_all(struct client *(*at)(void *owner, uint32_t nth), void *owner, uint32_t count, uint64_t end) {
  uint32_t opened = 0;
  while (totals.ready < count && !totals.disconnects && clock_now() < end) {
    while (opened < count && totals.setting_up < HANDSHAKES_AT_ONCE) client_open(at(owner, opened++));
    network_poll(LONGEST_WAIT);
  }
  return totals.ready == count;
}

static struct client *company_member(void *owner, uint32_t nth) {
  struct company *company = owner;
  uint32_t subscribers = company->options->subscribers;
  return nth < subscribers ? &company->subscribers[nth].client : &company->publishers[nth - subscribers].client;
}

static struct client *idle_client(void *owner, uint32_t nth) { return &((struct client *)owner)[nth]; }

static struct company company_create(const struct options *options) {
  return (struct company){
    .options = options,
    .publishers = memory_zeroed(options->publishers, sizeof(struct publisher)),
    .subscribers = memory_zeroed(options->subscribers, sizeof(struct subscriber)),
    .audience = {.publisher_count = options->publishers,
                 .streams = memory_zeroed(scenario_streams(options), sizeof(struct stream))},
    .hard_end = clock_now() + (uint64_t)(options->limit_seconds * 1e9),
  };
}

static void company_init(struct company *company) {
  company->audience.publishers = company->publishers;
  for (uint32_t i = 0; i < company->options->publishers; i++) publisher_init(&company->publishers[i], i);
  for (uint32_t i = 0; i < company->options->subscribers; i++)
    subscriber_init(&company->subscribers[i], i, &company->audience);
}

/* Closed loop: everybody sends what the limits allow. Returns how long to wait for input. */
static uint64_t publish_freely(struct company *company) {
  int could_go_on = 0;
  for (uint32_t i = 0; i < company->options->publishers; i++) could_go_on |= publisher_fill(&company->publishers[i]);
  return could_go_on ? 0 : LONGEST_WAIT;
}

/* Open loop: message n leaves at begin + n / rate, whatever became of the messages before it. */
static uint64_t publish_on_schedule(struct company *company, uint64_t begin, uint64_t *scheduled) {
  const struct options *options = company->options;
  uint64_t now = clock_now(), due = 0;
  for (int count = 0; count < CATCH_UP_LARGEST; count++) {
    due = begin + (uint64_t)((double)*scheduled * 1e9 / options->rate);
    if (due > now) break;
    struct publisher *publisher = &company->publishers[*scheduled % options->publishers];
    ++*scheduled;
    if (publisher_has_identifiers(publisher)) publisher_send(publisher, due);
    else client_protocol_error(&publisher->client, "no packet identifier left: the broker does not acknowledge", 0);
  }
  network_flush();
  now = clock_now();
  return due > now ? due - now : 0;
}

static void track_memory(struct outcome *outcome, int pid) {
  uint64_t memory = process_memory(pid);
  if (memory > outcome->memory_largest) outcome->memory_largest = memory;
}

/* Publishes until `end`; returns why it stopped before. */
static const char *publish_until(struct company *company, uint64_t end, uint64_t begin, uint64_t *scheduled,
                                 struct outcome *outcome) {
  uint64_t next_look = 0;
  company->audience.last_receipt = clock_now();
  for (uint64_t now; (now = clock_now()) < end;) {
    if (now >= next_look) {
      track_memory(outcome, company->options->pid);
      next_look = now + SETTLE;
    }
    if (totals.disconnects) return "a connection was lost";
    if (now > company->hard_end) return "the time limit is over";
    if (now > company->audience.last_receipt + STALLED) return "nothing arrives any more";
    network_poll(company->options->rate > 0 ? publish_on_schedule(company, begin, scheduled) : publish_freely(company));
  }
  return NULL;
}

/* Waits for the messages and acknowledgements on their way, until all is in or nothing moves any more. */
static void drain(struct company *company) {
  uint64_t receivers = scenario_receivers(company->options), moved_at = clock_now(), moved = 0;
  while (totals.received < totals.sent * receivers || (company->options->qos && totals.acknowledged < totals.sent)) {
    uint64_t now = clock_now();
    if (totals.received + totals.acknowledged != moved) {
      moved = totals.received + totals.acknowledged;
      moved_at = now;
    }
    if (now > moved_at + STALLED || now > company->hard_end) return;
    network_poll(LONGEST_WAIT);
  }
}

static uint64_t count_lost(const struct company *company) {
  const struct options *options = company->options;
  uint64_t sent = 0, arrived = 0;
  for (uint32_t i = 0; i < options->publishers; i++) sent += company->publishers[i].sent;
  for (uint32_t i = 0; i < scenario_streams(options); i++) arrived += company->audience.streams[i].arrived;
  return sent * scenario_receivers(options) - arrived;
}

static void set_up(struct outcome *outcome, const struct options *options,
                   struct client *(*at)(void *owner, uint32_t nth), void *owner, uint64_t end) {
  uint64_t begin = clock_now(), cpu = process_time(options->pid).used;
  outcome->memory_before = process_memory(options->pid);
  if (!open_all(at, owner, outcome->connections, end)) outcome->failure = "not all connections came up";
  outcome->setup_time = clock_now() - begin;
  outcome->setup_cpu = process_time(options->pid).used - cpu;
}

struct outcome run_messages(const struct options *options) {
  static struct company company;
  struct outcome outcome = {.connections = options->publishers + options->subscribers};
  company = company_create(options);
  company_init(&company);
  outcome.latencies = &company.audience.latencies;
  set_up(&outcome, options, company_member, &company, company.hard_end);
  if (outcome.failure) return outcome;
  settle(SETTLE);
  outcome.memory_connected = process_memory(options->pid);

  uint64_t begin = clock_now(), scheduled = 0;
  uint64_t warm_end = begin + (uint64_t)(options->warm_seconds * 1e9);
  uint64_t end = warm_end + (uint64_t)(options->seconds * 1e9);
  outcome.failure = publish_until(&company, warm_end, begin, &scheduled, &outcome);
  outcome.begin = take_moment(options);
  company.audience.is_measuring = 1;
  if (!outcome.failure) outcome.failure = publish_until(&company, end, begin, &scheduled, &outcome);
  company.audience.is_measuring = 0;
  outcome.end = take_moment(options);
  drain(&company);
  outcome.lost = count_lost(&company);
  outcome.unacknowledged = options->qos ? totals.sent - totals.acknowledged : 0;
  return outcome;
}

struct outcome run_idle(const struct options *options) {
  struct client *clients = memory_zeroed(options->connections, sizeof *clients);
  struct outcome outcome = {.connections = options->connections};
  for (uint32_t i = 0; i < options->connections; i++) {
    clients[i].letter = 'i';
    clients[i].index = i;
  }
  set_up(&outcome, options, idle_client, clients, clock_now() + (uint64_t)(options->limit_seconds * 1e9));
  uint64_t begin = clock_now(), cpu = process_time(options->pid).used;
  settle((uint64_t)(options->hold_seconds * 1e9));
  outcome.idle_time = clock_now() - begin;
  outcome.idle_cpu = process_time(options->pid).used - cpu;
  outcome.memory_connected = outcome.memory_largest = process_memory(options->pid);
  if (totals.disconnects && !outcome.failure) outcome.failure = "a connection was lost";
  return outcome;
}
