#include "frame.h"

#include <string.h>

static void write_integer(uint8_t *target, uint64_t value, int size) {
  for (int i = 0; i < size; i++) target[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static uint64_t read_integer(const uint8_t *bytes, int size) {
  uint64_t value = 0;
  for (int i = 0; i < size; i++) value = value << 8 | bytes[i];
  return value;
}

uint32_t frame_write_header(uint8_t *target, const struct frame_header *header) {
  memcpy(target, "MSIP", 4);
  target[4] = 1; /* version */
  target[5] = (uint8_t)header->flags;
  write_integer(target + 6, header->type, 2);
  write_integer(target + 8, 1, 2); /* kind: EVENT */
  write_integer(target + 10, 0, 2);
  write_integer(target + 12, header->payload_length, 4);
  write_integer(target + 16, header->msg_id, 8);
  return FRAME_HEADER;
}

uint32_t frame_read_header(const uint8_t *bytes, uint32_t available, uint32_t *payload_length) {
  if (available < FRAME_HEADER) return 0;
  *payload_length = (uint32_t)read_integer(bytes + 12, 4);
  return FRAME_HEADER;
}

struct frame_header frame_header_of(const uint8_t *payload) {
  const uint8_t *header = payload - FRAME_HEADER;
  return (struct frame_header){(enum frame_type)read_integer(header + 6, 2), header[5],
                               (uint32_t)read_integer(header + 12, 4), read_integer(header + 16, 8)};
}

int frame_read_event(struct publish_view *view, const uint8_t *payload, uint32_t length) {
  struct frame_header header = frame_header_of(payload);
  if (length < 2) return 0;
  view->topic = payload + 2;
  view->topic_length = packet_read_u16(payload);
  if (2 + view->topic_length > length) return 0;
  view->payload = view->topic + view->topic_length;
  view->payload_length = length - 2 - view->topic_length;
  view->qos = header.flags & FRAME_ACK_REQUIRED;
  view->identifier = header.msg_id;
  return 1;
}
