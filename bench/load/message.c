#include "message.h"

#include <string.h>

static const uint32_t MARK = 0x53424c44;
static uint8_t filler[MESSAGE_LARGEST];

void message_prepare(void) {
  uint32_t state = 1; /* a linear congruential generator: no period that a shifted copy would survive */
  for (uint32_t i = 0; i < sizeof filler; i++) {
    state = state * 1664525u + 1013904223u;
    filler[i] = (uint8_t)(state >> 24);
  }
}

void message_write(uint8_t *payload, uint32_t size, const struct message *message) {
  memcpy(payload, &MARK, 4);
  memcpy(payload + 4, &message->publisher, 4);
  memcpy(payload + 8, &message->sequence, 8);
  memcpy(payload + 16, &message->sent_at, 8);
  memcpy(payload + MESSAGE_HEADER, filler, size - MESSAGE_HEADER);
}

int message_read(const uint8_t *payload, uint32_t size, struct message *message) {
  if (memcmp(payload, &MARK, 4)) return 0;
  memcpy(&message->publisher, payload + 4, 4);
  memcpy(&message->sequence, payload + 8, 8);
  memcpy(&message->sent_at, payload + 16, 8);
  return !memcmp(payload + MESSAGE_HEADER, filler, size - MESSAGE_HEADER);
}
