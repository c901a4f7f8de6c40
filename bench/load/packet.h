/* The few MQTT Control Packets a load generator writes, and the pieces of those it reads. 3.1.1 and 5.0. */
#ifndef LOAD_PACKET_H
#define LOAD_PACKET_H

#include <stdint.h>

enum packet_type {
  PACKET_CONNECT = 1, PACKET_CONNACK, PACKET_PUBLISH, PACKET_PUBACK, PACKET_PUBREC, PACKET_PUBREL,
  PACKET_PUBCOMP, PACKET_SUBSCRIBE, PACKET_SUBACK, PACKET_PINGREQ = 12, PACKET_PINGRESP, PACKET_DISCONNECT,
};

enum { FIXED_HEADER_LARGEST = 5, TOPIC_LARGEST = 96 };

/* Each writer returns the number of bytes written; the caller has made room. */
uint32_t packet_write_integer(uint8_t *target, uint32_t value); /* Variable Byte Integer */
uint32_t packet_write_string(uint8_t *target, const char *text, uint32_t length);
enum session_kind { SESSION_PASSING, SESSION_LASTING };
uint32_t packet_write_connect(uint8_t *target, int version, const char *client_id, uint32_t keep_alive,
                              enum session_kind session);
uint32_t packet_write_acknowledgement(uint8_t *target, enum packet_type type, uint16_t identifier);

static inline uint16_t packet_read_u16(const uint8_t *bytes) { return (uint16_t)(bytes[0] << 8 | bytes[1]); }
/* Reads a Variable Byte Integer at *at and moves *at behind it. */
uint32_t packet_read_integer(const uint8_t *bytes, uint32_t *at, uint32_t end);

/* The size of the packet's fixed header and of its body; 0 while the header is incomplete. */
uint32_t packet_read_header(const uint8_t *bytes, uint32_t available, uint32_t *body_length);

/* What a received PUBLISH says, pointing into the packet. */
struct publish_view {
  const uint8_t *topic;
  const uint8_t *payload;
  uint32_t topic_length, payload_length;
  uint64_t identifier; /* of the packet; of a frame of MSIP its msg_id */
  int qos;
};
/* 0 when the lengths inside do not fit the packet. */
int packet_read_publish(struct publish_view *view, int version, uint8_t first, const uint8_t *body, uint32_t length);

/* The Receive Maximum of a CONNACK 5.0; 65,535 when it names none. */
uint32_t packet_read_receive_maximum(const uint8_t *body, uint32_t length);

#endif
