// The Connect Flags (§3.1.2.3) and the two protocol names (§3.1.2.1), for reading and writing CONNECT.

export const ConnectFlag = {
  Reserved: 0x01,
  CleanStart: 0x02,
  Will: 0x04,
  WillQoS: 0x18,
  WillRetain: 0x20,
  Password: 0x40,
  UserName: 0x80,
} as const;

/** Will QoS is in bits 3 and 4. */
export const WILL_QOS_SHIFT = 3;

/** Bit of the version byte by which bridges between brokers tell that they are one. Not of the standard, but in use. */
export const BRIDGE_BIT = 0x80;

/** The protocol name of 3.1. */
export const OLD_PROTOCOL_NAME = 'MQIsdp';
/** The protocol name of 3.1.1 and 5.0. */
export const PROTOCOL_NAME = 'MQTT';
