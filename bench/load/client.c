#include "client.h"

#include "frame.h"
#include "packet.h"
#include "scenario.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILTERS_PER_PACKET = 64, COMPLAINTS = 10 };

struct totals totals;
const struct options *client_options;

void client_protocol_error(struct client *client, const char *problem, int code) {
  if (totals.protocol_errors++ < COMPLAINTS)
    fprintf(stderr, "load: client %c%u: %s (0x%02x)\n", client->letter, client->index, problem, (unsigned)code);
}

static void become_ready(struct client *client) {
  client->state = CLIENT_READY;
  totals.ready++;
  totals.setting_up--;
}

static int speaks_msip(void) { return client_options->protocol_version == 1; }

void client_acknowledge(struct client *client, int packet_type, uint64_t identifier) {
  uint8_t *target = connection_reserve(&client->connection, FRAME_HEADER);
  struct frame_header ack = {.type = FRAME_ACK, .msg_id = identifier};
  connection_commit(&client->connection,
                    speaks_msip() ? frame_write_header(target, &ack)
                                  : packet_write_acknowledgement(target, packet_type, (uint16_t)identifier));
}

static void send_frame(struct client *client, struct frame_header header, const char *payload) {
  uint8_t *target = connection_reserve(&client->connection, FRAME_HEADER + header.payload_length);
  frame_write_header(target, &header);
  memcpy(target + FRAME_HEADER, payload, header.payload_length);
  connection_commit(&client->connection, FRAME_HEADER + header.payload_length);
}

/* A frame for each filter; their ACKs come in order. */
static void subscribe_by_frames(struct client *client) {
  char filter[TOPIC_LARGEST];
  uint32_t length;
  for (uint32_t nth = 0; (length = scenario_filter(client_options, client->index, nth, filter)); nth++) {
    send_frame(client, (struct frame_header){FRAME_SUBSCRIBE, FRAME_ACK_REQUIRED, length, 1 + nth}, filter);
    client->awaited_subacks++;
  }
}

/* Up to FILTERS_PER_PACKET filters from the nth on; returns how many, 0 when there are none left. */
static uint32_t send_subscribe(struct client *client, uint32_t nth) {
  uint8_t body[8 + FILTERS_PER_PACKET * (TOPIC_LARGEST + 3)], header[FIXED_HEADER_LARGEST];
  char filter[TOPIC_LARGEST];
  uint32_t count = 0, length = 0, filter_length;
  uint16_t identifier = (uint16_t)(1 + nth / FILTERS_PER_PACKET % 65535);
  body[length++] = (uint8_t)(identifier >> 8);
  body[length++] = (uint8_t)identifier;
  if (client_options->protocol_version == 5) body[length++] = 0; /* no properties */
  while (count < FILTERS_PER_PACKET
         && (filter_length = scenario_filter(client_options, client->index, nth + count, filter))) {
    length += packet_write_string(body + length, filter, filter_length);
    body[length++] = (uint8_t)client_options->qos;
    count++;
  }
  if (!count) return 0;
  header[0] = PACKET_SUBSCRIBE << 4 | 2;
  connection_send(&client->connection, header, 1 + packet_write_integer(header + 1, length));
  connection_send(&client->connection, body, length);
  client->awaited_subacks++;
  return count;
}

static int subscribes(const struct client *client) { return client->letter != 'p'; }

static void on_connack(struct client *client, const uint8_t *body, uint32_t length) {
  if (client->state != CLIENT_CONNECTING || length < 2 || body[1]) {
    client_protocol_error(client, "refused by CONNACK", length < 2 ? 0 : body[1]);
    connection_close(&client->connection);
    return;
  }
  if (client_options->protocol_version == 5) client->receive_maximum = packet_read_receive_maximum(body, length);
  client->state = CLIENT_SUBSCRIBING;
  if (subscribes(client))
    for (uint32_t nth = 0, count; (count = send_subscribe(client, nth)); nth += count) continue;
  if (!client->awaited_subacks) become_ready(client);
}

static void on_suback(struct client *client, const uint8_t *body, uint32_t length) {
  uint32_t at = 2;
  if (client_options->protocol_version == 5) {
    uint32_t properties = packet_read_integer(body, &at, length);
    at += properties;
  }
  for (; at < length; at++)
    if (body[at] != client_options->qos) client_protocol_error(client, "subscription not granted as asked", body[at]);
  if (client->awaited_subacks && --client->awaited_subacks == 0) become_ready(client);
}

static void on_frame(struct client *client, const uint8_t *payload, uint32_t length) {
  struct frame_header header = frame_header_of(payload);
  if (header.type == FRAME_EVENT && client->on_packet && length >= 2) {
    client->on_packet(client, PACKET_PUBLISH << 4, payload, length);
  } else if (header.type != FRAME_ACK) {
    client_protocol_error(client, "unexpected frame", header.type);
  } else if (client->state == CLIENT_CONNECTING) {
    client->state = CLIENT_SUBSCRIBING;
    if (subscribes(client)) subscribe_by_frames(client);
    if (!client->awaited_subacks) become_ready(client);
  } else if (client->state == CLIENT_SUBSCRIBING) {
    if (--client->awaited_subacks == 0) become_ready(client);
  } else if (client_options->qos && client->on_packet) {
    client->on_packet(client, PACKET_PUBACK << 4, payload - 2, 2);
  } /* else: a server may acknowledge what did not ask for it */
}

static void on_open(struct connection *connection) {
  struct client *client = (struct client *)connection;
  char id[48];
  snprintf(id, sizeof id, "load-%d-%c%u", (int)getpid(), client->letter, client->index);
  if (speaks_msip()) {
    int flags = client_options->persistent && client->letter == 's' ? FRAME_ACK_REQUIRED : 0;
    send_frame(client, (struct frame_header){FRAME_HELLO, flags, (uint32_t)strlen(id), 1}, id);
    return;
  }
  uint8_t *target = connection_reserve(connection, 128);
  enum session_kind session = client_options->persistent && client->letter == 's' ? SESSION_LASTING : SESSION_PASSING;
  connection_commit(connection, packet_write_connect(target, client_options->protocol_version, id,
                                                     client_options->keep_alive, session));
}

static void on_packet(struct connection *connection, uint8_t first, const uint8_t *body, uint32_t length) {
  struct client *client = (struct client *)connection;
  if (speaks_msip()) {
    on_frame(client, body, length);
    return;
  }
  switch (first >> 4) {
    case PACKET_CONNACK: on_connack(client, body, length); break;
    case PACKET_SUBACK: on_suback(client, body, length); break;
    case PACKET_PINGRESP: break;
    case PACKET_DISCONNECT: client_protocol_error(client, "DISCONNECT from the broker", length ? body[0] : 0); break;
    default:
      if (client->on_packet && length >= 2) client->on_packet(client, first, body, length);
      else client_protocol_error(client, "unexpected packet", first);
  }
}

static void on_close(struct connection *connection) {
  struct client *client = (struct client *)connection;
  if (client->state == CLIENT_READY) totals.ready--;
  else totals.setting_up--;
  client->state = CLIENT_CLOSED;
  totals.disconnects++;
}

void client_open(struct client *client) {
  static const struct connection_handler handler = {on_open, on_packet, on_close};
  client->state = CLIENT_CONNECTING;
  client->receive_maximum = 65535;
  totals.setting_up++;
  connection_open(&client->connection, &handler);
}
