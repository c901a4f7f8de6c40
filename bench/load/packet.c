#include "packet.h"

#include <string.h>

uint32_t packet_write_integer(uint8_t *target, uint32_t value) {
  uint32_t length = 0;
  for (; value >= 128; value >>= 7) target[length++] = (uint8_t)(value | 128);
  target[length++] = (uint8_t)value;
  return length;
}

uint32_t packet_write_string(uint8_t *target, const char *text, uint32_t length) {
  target[0] = (uint8_t)(length >> 8);
  target[1] = (uint8_t)length;
  memcpy(target + 2, text, length);
  return length + 2;
}

uint32_t packet_write_connect(uint8_t *target, int version, const char *client_id, uint32_t keep_alive,
                              enum session_kind session) {
  static const uint8_t expiry[] = {5, 0x11, 0, 0, 0x0e, 0x10}; /* Session Expiry Interval: an hour */
  uint32_t id_length = (uint32_t)strlen(client_id), at = 0;
  uint32_t properties = version != 5 ? 0 : session == SESSION_LASTING ? sizeof expiry : 1;
  target[at++] = PACKET_CONNECT << 4;
  at += packet_write_integer(target + at, 10 + properties + 2 + id_length);
  at += packet_write_string(target + at, "MQTT", 4);
  target[at++] = (uint8_t)version;
  target[at++] = session == SESSION_LASTING ? 0 : 2; /* Clean Start */
  target[at++] = (uint8_t)(keep_alive >> 8);
  target[at++] = (uint8_t)keep_alive;
  if (properties == sizeof expiry) memcpy(target + at, expiry, sizeof expiry);
  else if (properties) target[at] = 0;
  at += properties;
  return at + packet_write_string(target + at, client_id, id_length);
}

uint32_t packet_write_acknowledgement(uint8_t *target, enum packet_type type, uint16_t identifier) {
  target[0] = (uint8_t)(type << 4 | (type == PACKET_PUBREL ? 2 : 0));
  target[1] = 2;
  target[2] = (uint8_t)(identifier >> 8);
  target[3] = (uint8_t)identifier;
  return 4;
}

uint32_t packet_read_integer(const uint8_t *bytes, uint32_t *at, uint32_t end) {
  uint32_t value = 0;
  for (int shift = 0; *at < end && shift < 28; shift += 7) {
    uint8_t byte = bytes[(*at)++];
    value |= (uint32_t)(byte & 127) << shift;
    if (!(byte & 128)) break;
  }
  return value;
}

uint32_t packet_read_header(const uint8_t *bytes, uint32_t available, uint32_t *body_length) {
  uint32_t length = 0;
  for (uint32_t i = 1; i < available && i < 5; i++) {
    length |= (uint32_t)(bytes[i] & 127) << (7 * (i - 1));
    if (bytes[i] & 128) continue;
    *body_length = length;
    return i + 1;
  }
  return 0;
}

int packet_read_publish(struct publish_view *view, int version, uint8_t first, const uint8_t *body, uint32_t length) {
  if (length < 2) return 0;
  uint32_t at = 2 + (view->topic_length = packet_read_u16(body));
  view->topic = body + 2;
  view->qos = first >> 1 & 3;
  view->identifier = 0;
  if (view->qos) {
    if (at + 2 > length) return 0;
    view->identifier = packet_read_u16(body + at);
    at += 2;
  }
  if (version == 5) {
    uint32_t properties = packet_read_integer(body, &at, length);
    at += properties;
  }
  if (at > length) return 0;
  view->payload = body + at;
  view->payload_length = length - at;
  return 1;
}

/* How many bytes the value of a CONNACK property takes; strings and pairs carry their lengths. */
static uint32_t property_size(uint8_t identifier, const uint8_t *value) {
  switch (identifier) {
    case 0x24: case 0x25: case 0x28: case 0x29: case 0x2a: return 1;
    case 0x13: case 0x21: case 0x22: return 2;
    case 0x11: case 0x27: return 4;
    case 0x26: { uint32_t name = 2u + packet_read_u16(value); return name + 2 + packet_read_u16(value + name); }
    default: return 2u + packet_read_u16(value);
  }
}

uint32_t packet_read_receive_maximum(const uint8_t *body, uint32_t length) {
  uint32_t at = 2;
  uint32_t size = packet_read_integer(body, &at, length), end = at + size < length ? at + size : length;
  while (at + 2 < end) {
    uint8_t identifier = body[at++];
    if (identifier == 0x21) return packet_read_u16(body + at);
    at += property_size(identifier, body + at);
  }
  return 65535;
}
