#include "subscriber.h"

#include "frame.h"
#include "memory.h"
#include "message.h"
#include "packet.h"
#include "scenario.h"

#include <string.h>

enum { IDENTIFIER_WORDS = 65536 / 64 };

static int is_expected_topic(const struct publisher *publisher, uint64_t sequence, const struct publish_view *view) {
  char varied[TOPIC_LARGEST];
  const char *topic = publisher->topic;
  uint32_t length = publisher->topic_length;
  if (scenario_topic_varies(client_options))
    length = scenario_topic(client_options, publisher->client.index, sequence, (char *)(topic = varied));
  return view->topic_length == length && !memcmp(view->topic, topic, length);
}

static void record(struct subscriber *subscriber, const struct publish_view *view) {
  struct audience *audience = subscriber->audience;
  struct message message;
  if (view->payload_length != client_options->payload_size
      || !message_read(view->payload, view->payload_length, &message)
      || message.publisher >= audience->publisher_count) {
    totals.corrupted++;
    return;
  }
  struct publisher *publisher = &audience->publishers[message.publisher];
  int64_t stream = scenario_stream(client_options, subscriber->client.index, message.publisher, message.sequence);
  if (stream < 0 || message.sequence >= publisher->sent || !is_expected_topic(publisher, message.sequence, view)) {
    totals.corrupted++;
    return;
  }
  switch (ledger_record(&audience->streams[stream], &subscriber->lanes[message.publisher], message.sequence)) {
    case ARRIVAL_DUPLICATED: totals.duplicated++; return;
    case ARRIVAL_REORDERED: totals.reordered++; break;
    case ARRIVAL_IN_ORDER: break;
  }
  publisher->delivered++;
  totals.received++;
  audience->last_receipt = network_time;
  if (audience->is_measuring)
    histogram_add(&audience->latencies, network_time > message.sent_at ? network_time - message.sent_at : 0);
}

static void on_publish(struct subscriber *subscriber, uint8_t first, const uint8_t *body, uint32_t length) {
  struct publish_view view;
  int is_whole = client_options->protocol_version == 1
                     ? frame_read_event(&view, body, length)
                     : packet_read_publish(&view, client_options->protocol_version, first, body, length);
  if (!is_whole || view.qos != client_options->delivery_qos) {
    totals.corrupted++;
    return;
  }
  if (view.qos == 1) client_acknowledge(&subscriber->client, PACKET_PUBACK, view.identifier);
  if (view.qos == 2) {
    uint64_t *word = &subscriber->unreleased[view.identifier >> 6], bit = 1ull << (view.identifier & 63);
    client_acknowledge(&subscriber->client, PACKET_PUBREC, view.identifier);
    if (*word & bit) return; /* the same message again, which QoS 2 allows until it is released */
    *word |= bit;
  }
  record(subscriber, &view);
}

static void on_pubrel(struct subscriber *subscriber, uint16_t identifier) {
  uint64_t *word = &subscriber->unreleased[identifier >> 6], bit = 1ull << (identifier & 63);
  if (!(*word & bit)) client_protocol_error(&subscriber->client, "PUBREL for an unknown identifier", PACKET_PUBREL);
  *word &= ~bit;
  client_acknowledge(&subscriber->client, PACKET_PUBCOMP, identifier);
}

static void on_packet(struct client *client, uint8_t first, const uint8_t *body, uint32_t length) {
  struct subscriber *subscriber = (struct subscriber *)client;
  int type = first >> 4;
  if (type == PACKET_PUBLISH) on_publish(subscriber, first, body, length);
  else if (type == PACKET_PUBREL && subscriber->unreleased) on_pubrel(subscriber, packet_read_u16(body));
  else client_protocol_error(client, "unexpected packet at a subscriber", first);
}

void subscriber_init(struct subscriber *subscriber, uint32_t index, struct audience *audience) {
  subscriber->client.letter = 's';
  subscriber->client.index = index;
  subscriber->client.on_packet = on_packet;
  subscriber->audience = audience;
  subscriber->lanes = memory_zeroed(audience->publisher_count, sizeof *subscriber->lanes);
  if (client_options->qos == 2) subscriber->unreleased = memory_zeroed(IDENTIFIER_WORDS, sizeof(uint64_t));
}
