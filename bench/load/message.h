/* What is inside the payload: who sent it, its place in the sender's sequence, when it was meant to leave,
 * and a filler that is compared at the receiver. All of it in the byte order of this machine. */
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stdint.h>

enum { MESSAGE_HEADER = 24, MESSAGE_LARGEST = 1 << 20 };

struct message {
  uint32_t publisher;
  uint64_t sequence;
  uint64_t sent_at;
};

void message_prepare(void); /* once, before the first use */
void message_write(uint8_t *payload, uint32_t size, const struct message *message);
/* 0 when these are not the bytes that message_write wrote. */
int message_read(const uint8_t *payload, uint32_t size, struct message *message);

#endif
