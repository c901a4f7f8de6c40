/* The few frames of MSIP that a load generator writes, and the pieces of those it reads. */
#ifndef LOAD_FRAME_H
#define LOAD_FRAME_H

#include "packet.h"

#include <stdint.h>

enum frame_type {
  FRAME_HELLO = 1, FRAME_SUBSCRIBE, FRAME_UNSUBSCRIBE, FRAME_PUBLISH, FRAME_EVENT, FRAME_ACK, FRAME_ERROR,
  FRAME_PING, FRAME_PONG, FRAME_CLOSE,
};

enum { FRAME_HEADER = 24, FRAME_ACK_REQUIRED = 1 };

struct frame_header {
  enum frame_type type;
  int flags;
  uint32_t payload_length;
  uint64_t msg_id;
};

/* Returns the number of bytes written, always FRAME_HEADER. */
uint32_t frame_write_header(uint8_t *target, const struct frame_header *header);
uint32_t frame_read_header(const uint8_t *bytes, uint32_t available, uint32_t *payload_length);
/* `payload` lies behind its header, as connections hand it out. */
struct frame_header frame_header_of(const uint8_t *payload);
/* 0 when the lengths inside do not fit the frame. */
int frame_read_event(struct publish_view *view, const uint8_t *payload, uint32_t length);

#endif
