#include "publisher.h"

#include "clock.h"
#include "frame.h"
#include "memory.h"
#include "message.h"
#include "scenario.h"

#include <string.h>

/* What a message in flight waits for. */
enum { STAGE_FREE, STAGE_PUBLISHED, STAGE_RELEASED };
enum { WRITES_PER_TURN = 16, IN_FLIGHT_LARGEST = 65000 };

static void finish(struct publisher *publisher, uint16_t identifier) {
  publisher->stages[identifier] = STAGE_FREE;
  publisher->in_flight--;
  totals.acknowledged++;
}

static void on_packet(struct client *client, uint8_t first, const uint8_t *body, uint32_t length) {
  struct publisher *publisher = (struct publisher *)client;
  uint16_t identifier = packet_read_u16(body);
  int type = first >> 4, qos = client_options->qos;
  int stage = publisher->stages ? publisher->stages[identifier] : STAGE_FREE;
  if (length > 2 && body[2] >= 0x80) client_protocol_error(client, "message refused", body[2]);
  if (type == PACKET_PUBACK && qos == 1 && stage == STAGE_PUBLISHED) {
    finish(publisher, identifier);
  } else if (type == PACKET_PUBREC && qos == 2 && stage == STAGE_PUBLISHED) {
    publisher->stages[identifier] = STAGE_RELEASED;
    client_acknowledge(client, PACKET_PUBREL, identifier);
  } else if (type == PACKET_PUBCOMP && qos == 2 && stage == STAGE_RELEASED) {
    finish(publisher, identifier);
  } else {
    client_protocol_error(client, "unexpected packet at a publisher", first);
  }
}

void publisher_init(struct publisher *publisher, uint32_t index) {
  publisher->client.letter = 'p';
  publisher->client.index = index;
  publisher->client.on_packet = on_packet;
  publisher->receivers = scenario_receivers(client_options);
  publisher->topic_length = scenario_topic(client_options, index, 0, publisher->topic);
  if (client_options->qos) publisher->stages = memory_zeroed(65536, 1);
}

static uint16_t take_identifier(struct publisher *publisher) {
  do publisher->last_identifier++;
  while (!publisher->last_identifier || publisher->stages[publisher->last_identifier] != STAGE_FREE);
  publisher->stages[publisher->last_identifier] = STAGE_PUBLISHED;
  publisher->in_flight++;
  return publisher->last_identifier;
}

/* Header and topic of a PUBLISH frame; returns their size. */
static uint32_t write_frame(struct publisher *publisher) {
  uint32_t payload_length = 2 + publisher->topic_length + client_options->payload_size;
  uint8_t *frame = connection_reserve(&publisher->client.connection, FRAME_HEADER + payload_length);
  struct frame_header header = {FRAME_PUBLISH, client_options->qos ? FRAME_ACK_REQUIRED : 0, payload_length,
                                client_options->qos ? take_identifier(publisher) : 0};
  uint32_t at = frame_write_header(frame, &header);
  return at + packet_write_string(frame + at, publisher->topic, publisher->topic_length);
}

/* Everything of a PUBLISH packet before its payload; returns its size. */
static uint32_t write_packet(struct publisher *publisher) {
  const struct options *options = client_options;
  uint32_t at = 0;
  uint32_t body = 2 + publisher->topic_length + (options->qos ? 2 : 0) + (options->protocol_version == 5)
                  + options->payload_size;
  uint8_t *packet = connection_reserve(&publisher->client.connection, FIXED_HEADER_LARGEST + body);
  packet[at++] = (uint8_t)(PACKET_PUBLISH << 4 | options->qos << 1);
  at += packet_write_integer(packet + at, body);
  at += packet_write_string(packet + at, publisher->topic, publisher->topic_length);
  if (options->qos) {
    uint16_t identifier = take_identifier(publisher);
    packet[at++] = (uint8_t)(identifier >> 8);
    packet[at++] = (uint8_t)identifier;
  }
  if (options->protocol_version == 5) packet[at++] = 0; /* no properties */
  return at;
}

void publisher_send(struct publisher *publisher, uint64_t intended_at) {
  const struct options *options = client_options;
  struct message message = {publisher->client.index, publisher->sent, intended_at};
  if (scenario_topic_varies(options))
    publisher->topic_length = scenario_topic(options, message.publisher, message.sequence, publisher->topic);
  uint32_t at = options->protocol_version == 1 ? write_frame(publisher) : write_packet(publisher);
  uint8_t *packet = connection_reserve(&publisher->client.connection, options->payload_size);
  message_write(packet + at, options->payload_size, &message);
  connection_commit(&publisher->client.connection, at + options->payload_size);
  publisher->sent++;
  totals.sent++;
}

int publisher_has_identifiers(const struct publisher *publisher) {
  uint32_t limit = publisher->client.receive_maximum < IN_FLIGHT_LARGEST ? publisher->client.receive_maximum
                                                                         : IN_FLIGHT_LARGEST;
  return !client_options->qos || publisher->in_flight < limit;
}

int publisher_can_send(const struct publisher *publisher) {
  const struct options *options = client_options;
  if (publisher->client.state != CLIENT_READY || publisher->client.connection.is_blocked) return 0;
  if (options->qos) return publisher->in_flight < options->window && publisher_has_identifiers(publisher);
  if (!options->outstanding) return 1;
  uint64_t limit = (uint64_t)options->outstanding * publisher->receivers;
  return publisher->sent * publisher->receivers < publisher->delivered + limit;
}

int publisher_fill(struct publisher *publisher) {
  for (int writes = 0; writes < WRITES_PER_TURN; writes++) {
    if (!publisher_can_send(publisher)) return 0;
    uint64_t now = clock_now();
    for (uint32_t count = 0; count < client_options->batch && publisher_can_send(publisher); count++)
      publisher_send(publisher, now);
    connection_flush(&publisher->client.connection);
  }
  return publisher_can_send(publisher);
}
