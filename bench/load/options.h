/* The command line: one scenario, its size, its limits and how long it runs. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdint.h>

enum scenario_kind { SCENARIO_PAIRS, SCENARIO_FANOUT, SCENARIO_FANIN, SCENARIO_WILDCARD, SCENARIO_IDLE };

struct options {
  enum scenario_kind scenario;
  const char *host;
  int port;
  int pid; /* of the broker; 0 = do not account */
  int protocol_version; /* 4 or 5 of MQTT; 1: MSIP */
  int qos; /* in MSIP, 1: publish with ACK_REQUIRED */
  int delivery_qos; /* at which messages arrive: in MSIP 1 in acknowledged sessions (persistent) alone */
  uint32_t payload_size;
  uint32_t publishers;
  uint32_t subscribers;
  uint32_t filters; /* wildcard: topic filters in all */
  uint32_t topics; /* wildcard: distinct topic names; 0 = never the same twice */
  uint32_t window; /* QoS 1 and 2: messages in flight per publisher */
  uint32_t outstanding; /* QoS 0: messages per publisher not yet seen at every receiver */
  uint32_t batch; /* messages per write */
  uint32_t connections; /* idle: how many */
  uint32_t subscribed; /* idle: 1 = each connection has one subscription */
  uint32_t keep_alive;
  uint32_t persistent; /* 1 = the sessions of subscribers outlive their connections */
  double rate; /* messages per second over all publishers; 0 = as fast as the limits allow */
  double warm_seconds;
  double seconds;
  double hold_seconds; /* idle: how long the connections are kept before memory is read */
  double limit_seconds; /* the whole run ends here, whatever happens */
};

/* Prints what is wrong and exits with 2 when the command line makes no sense. */
struct options options_parse(int count, char **arguments);
const char *scenario_name(enum scenario_kind scenario);

#endif
