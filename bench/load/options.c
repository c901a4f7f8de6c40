#include "options.h"

#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {"pairs", "fanout", "fanin", "wildcard", "idle"};

const char *scenario_name(enum scenario_kind scenario) { return NAMES[scenario]; }

static void reject(const char *problem, const char *subject) {
  fprintf(stderr, "load: %s: %s\n", problem, subject);
  exit(2);
}

static int parse_scenario(const char *text) {
  for (int i = 0; i < (int)(sizeof NAMES / sizeof *NAMES); i++)
    if (!strcmp(text, NAMES[i])) return i;
  reject("unknown scenario", text);
  return 0;
}

static double parse_number(const char *name, const char *text) {
  char *end;
  double number = strtod(text, &end);
  if (end == text || *end || number < 0) reject("not a number for", name);
  return number;
}

static void set(struct options *options, const char *name, const char *text) {
  const struct { const char *name; uint32_t *field; } counts[] = {
    {"payload", &options->payload_size}, {"publishers", &options->publishers},
    {"subscribers", &options->subscribers}, {"filters", &options->filters}, {"topics", &options->topics},
    {"window", &options->window}, {"outstanding", &options->outstanding}, {"batch", &options->batch},
    {"connections", &options->connections}, {"subscribed", &options->subscribed},
    {"keep-alive", &options->keep_alive}, {"persistent", &options->persistent},
  };
  const struct { const char *name; int *field; } integers[] = {
    {"port", &options->port}, {"pid", &options->pid}, {"version", &options->protocol_version},
    {"qos", &options->qos},
  };
  const struct { const char *name; double *field; } reals[] = {
    {"rate", &options->rate}, {"warm", &options->warm_seconds}, {"seconds", &options->seconds},
    {"hold", &options->hold_seconds}, {"limit", &options->limit_seconds},
  };
  if (!strcmp(name, "scenario")) { options->scenario = (enum scenario_kind)parse_scenario(text); return; }
  if (!strcmp(name, "host")) { options->host = text; return; }
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (!strcmp(name, counts[i].name)) { *counts[i].field = (uint32_t)parse_number(name, text); return; }
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
    if (!strcmp(name, integers[i].name)) { *integers[i].field = (int)parse_number(name, text); return; }
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
    if (!strcmp(name, reals[i].name)) { *reals[i].field = parse_number(name, text); return; }
  reject("unknown option", name);
}

static void check(struct options *options) {
  int is_msip = options->protocol_version == 1;
  if (!is_msip && options->protocol_version != 4 && options->protocol_version != 5)
    reject("version is 4 or 5, or 1 for MSIP", "--version");
  if (options->qos > (is_msip ? 1 : 2)) reject("0, 1 or 2; 0 or 1 in MSIP", "--qos");
  options->delivery_qos = is_msip && !options->persistent ? 0 : options->qos;
  if (options->payload_size < MESSAGE_HEADER || options->payload_size > MESSAGE_LARGEST)
    reject("24 bytes to 1 MiB", "--payload");
  if (!options->publishers || !options->subscribers || !options->batch) reject("at least 1", "a count");
  if (options->window < 1 || options->window > 65000) reject("1 to 65000", "--window");
  if (options->scenario == SCENARIO_PAIRS) options->subscribers = options->publishers;
  if (options->scenario == SCENARIO_WILDCARD && (options->subscribers < 2 || options->filters < 5))
    reject("wildcard needs 2 subscribers and 5 filters", "--subscribers, --filters");
}

struct options options_parse(int count, char **arguments) {
  struct options options = {
    .scenario = SCENARIO_PAIRS, .host = "127.0.0.1", .port = 1883, .protocol_version = 4,
    .payload_size = 64, .publishers = 1, .subscribers = 1, .filters = 100000, .topics = 10000,
    .window = 10, .outstanding = 0, .batch = 32, .connections = 10000, .keep_alive = 60,
    .warm_seconds = 1, .seconds = 2, .hold_seconds = 3, .limit_seconds = 120,
  };
  for (int i = 1; i < count; i += 2) {
    if (strncmp(arguments[i], "--", 2)) reject("not an option", arguments[i]);
    if (i + 1 == count) reject("a value is missing for", arguments[i]);
    set(&options, arguments[i] + 2, arguments[i + 1]);
  }
  check(&options);
  return options;
}
