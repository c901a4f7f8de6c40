/* An MQTT or MSIP client up to the point where it is of use: CONNECT, CONNACK, its subscriptions, SUBACK. What it
 * does afterwards is up to its role (publisher.c, subscriber.c). */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include "connection.h"
#include "options.h"

enum client_state { CLIENT_NEW, CLIENT_CONNECTING, CLIENT_SUBSCRIBING, CLIENT_READY, CLIENT_CLOSED };

struct client;
/* Frames of MSIP look like the packets they stand for: EVENT like PUBLISH, ACK like PUBACK (body: all of msg_id's bytes but
 * the last two left out). */
typedef void (*packet_handler)(struct client *client, uint8_t first, const uint8_t *body, uint32_t length);

struct client {
  struct connection connection; /* first: a client is its connection */
  enum client_state state;
  char letter; /* of its role, for the client identifier */
  uint32_t index; /* among its kind */
  uint32_t awaited_subacks;
  uint32_t receive_maximum;
  packet_handler on_packet; /* gets what is no part of the set-up; NULL: nothing is expected */
};

/* Everything that is counted about all clients together. */
struct totals {
  uint64_t sent, received, acknowledged;
  uint64_t duplicated, reordered, corrupted, protocol_errors, disconnects;
  uint32_t ready, setting_up;
};
extern struct totals totals;
extern const struct options *client_options;

void client_open(struct client *client);
/* In MSIP `identifier` is a msg_id, and the type is PACKET_PUBACK. */
void client_acknowledge(struct client *client, int packet_type, uint64_t identifier);
/* Says on stderr what the broker did wrong, and counts it. */
void client_protocol_error(struct client *client, const char *problem, int code);

#endif
