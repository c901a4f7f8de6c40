/* A non-blocking TCP connection which carries MQTT Control Packets or MSIP frames: it cuts what comes in into packets and
 * collects what goes out until the end of the loop turn. It does not know what the packets mean. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <stdint.h>

enum connection_state { CONNECTION_NEW, CONNECTION_OPENING, CONNECTION_OPEN, CONNECTION_CLOSED };

struct connection;

struct connection_handler {
  void (*on_open)(struct connection *connection);
  /* `body` is the packet after its fixed header; it is valid until the call returns. */
  void (*on_packet)(struct connection *connection, uint8_t first, const uint8_t *body, uint32_t length);
  void (*on_close)(struct connection *connection);
};

struct connection {
  const struct connection_handler *handler;
  int descriptor;
  enum connection_state state;
  int is_blocked; /* the kernel took no more: wait until the socket is writable */
  int is_queued; /* in the list of connections to be flushed at the end of the turn */
  uint8_t *partial; /* the beginning of a packet whose rest has not arrived */
  uint32_t partial_length, partial_capacity;
  uint8_t *output;
  uint32_t output_sent, output_length, output_capacity;
};

/* The time at which the input being handled was read: a time stamp per read, not per packet. */
extern uint64_t network_time;

/* The size of what comes before a packet's body, and of the body; 0 while that is incomplete. */
typedef uint32_t (*framing)(const uint8_t *bytes, uint32_t available, uint32_t *body_length);

void network_start(const char *host, int port, uint32_t connection_count, framing framing);
/* Waits at most `timeout` nanoseconds, handles what happened, then flushes. */
void network_poll(uint64_t timeout);
void network_flush(void);

void connection_open(struct connection *connection, const struct connection_handler *handler);
/* Room for `length` bytes at the end of the output; they count once connection_commit was called. */
uint8_t *connection_reserve(struct connection *connection, uint32_t length);
void connection_commit(struct connection *connection, uint32_t length);
void connection_send(struct connection *connection, const uint8_t *bytes, uint32_t length);
void connection_flush(struct connection *connection);
void connection_close(struct connection *connection);

#endif
