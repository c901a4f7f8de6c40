// The state machine of a network connection as data: state × packet type × role gives the next state, or the rule that the
// packet violates. One table for what may be received, one for what may be sent. Conditions on the content of a packet
// are not here. §3.1.0, §3.2.0, §3.14.4, §4.13

import type { PacketType } from './packets/packet.ts';
import { PacketTypeNumber } from './packets/packet-types.ts';

/** The role a network connection has in the end. */
export type Side = 'client' | 'server';

/** 'connecting': CONNECT was sent or received, CONNACK not yet. 'closed': nothing may follow until end(). */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'closed';

/** The rule that a packet in the wrong place violates. */
export interface StateViolation {
  readonly message: string;
  /** The id of the statement, where the standard has one. */
  readonly statement: string | undefined;
}

export type Cell = ConnectionState | StateViolation;

export type StateTable = {
  readonly [side in Side]: { readonly [state in ConnectionState]: { readonly [type in PacketType]: Cell } };
};

function violates(message: string, statement?: string): StateViolation {
  return { message, statement };
}

const WRONG_SIDE = violates('only the other side sends this packet');
const FIRST = violates('the first packet of a client is CONNECT', 'MQTT-3.1.0-1'); // [MQTT-3.1.0-1] [MQTT-3.1.0-1@3.1.1]
const SECOND_CONNECT = violates('a second CONNECT', 'MQTT-3.1.0-2'); // [MQTT-3.1.0-2] [MQTT-3.1.0-2@3.1.1]
const UNASKED = violates('a server sends nothing before it has received CONNECT', 'MQTT-3.2.0-1');
const CONNACK_FIRST = violates('nothing but AUTH comes from a server before CONNACK', 'MQTT-3.2.0-1'); // [MQTT-3.2.0-1] [MQTT-3.2.0-1@3.1.1]
const EARLY_DISCONNECT = violates('a server sends DISCONNECT only after CONNACK', 'MQTT-3.14.0-1'); // [MQTT-3.14.0-1]
const SECOND_CONNACK = violates('a second CONNACK', 'MQTT-3.2.0-2'); // [MQTT-3.2.0-2]
const NOT_CONNECTED = violates('not connected: wait for CONNACK');
const ENDED = violates('the connection is closed', 'MQTT-3.14.4-1'); // [MQTT-3.14.4-1] [MQTT-3.14.4-2@3.1.1]

const connecting = 'connecting';
const connected = 'connected';
const closed = 'closed';

const ALL_ENDED = {
  connect: ENDED,
  connack: ENDED,
  publish: ENDED,
  puback: ENDED,
  pubrec: ENDED,
  pubrel: ENDED,
  pubcomp: ENDED,
  subscribe: ENDED,
  suback: ENDED,
  unsubscribe: ENDED,
  unsuback: ENDED,
  pingreq: ENDED,
  pingresp: ENDED,
  disconnect: ENDED,
  auth: ENDED,
} as const satisfies Record<PacketType, Cell>;

/** What this side may receive. A server that has not sent CONNACK lets all that is allowed later wait until then. */
export const RECEIVING = {
  server: {
    idle: {
      connect: connecting,
      connack: FIRST,
      publish: FIRST,
      puback: FIRST,
      pubrec: FIRST,
      pubrel: FIRST,
      pubcomp: FIRST,
      subscribe: FIRST,
      suback: FIRST,
      unsubscribe: FIRST,
      unsuback: FIRST,
      pingreq: FIRST,
      pingresp: FIRST,
      disconnect: FIRST,
      auth: FIRST,
    },
    connecting: {
      connect: SECOND_CONNECT,
      connack: WRONG_SIDE,
      publish: connecting,
      puback: connecting,
      pubrec: connecting,
      pubrel: connecting,
      pubcomp: connecting,
      subscribe: connecting,
      suback: WRONG_SIDE,
      unsubscribe: connecting,
      unsuback: WRONG_SIDE,
      pingreq: connecting,
      pingresp: WRONG_SIDE,
      disconnect: closed,
      auth: connecting,
    },
    connected: {
      connect: SECOND_CONNECT,
      connack: WRONG_SIDE,
      publish: connected,
      puback: connected,
      pubrec: connected,
      pubrel: connected,
      pubcomp: connected,
      subscribe: connected,
      suback: WRONG_SIDE,
      unsubscribe: connected,
      unsuback: WRONG_SIDE,
      pingreq: connected,
      pingresp: WRONG_SIDE,
      disconnect: closed,
      auth: connected,
    },
    closed: ALL_ENDED,
  },
  client: {
    idle: {
      connect: WRONG_SIDE,
      connack: UNASKED,
      publish: UNASKED,
      puback: UNASKED,
      pubrec: UNASKED,
      pubrel: UNASKED,
      pubcomp: UNASKED,
      subscribe: WRONG_SIDE,
      suback: UNASKED,
      unsubscribe: WRONG_SIDE,
      unsuback: UNASKED,
      pingreq: WRONG_SIDE,
      pingresp: UNASKED,
      disconnect: UNASKED,
      auth: UNASKED,
    },
    connecting: {
      connect: WRONG_SIDE,
      connack: connected,
      publish: CONNACK_FIRST,
      puback: CONNACK_FIRST,
      pubrec: CONNACK_FIRST,
      pubrel: CONNACK_FIRST,
      pubcomp: CONNACK_FIRST,
      subscribe: WRONG_SIDE,
      suback: CONNACK_FIRST,
      unsubscribe: WRONG_SIDE,
      unsuback: CONNACK_FIRST,
      pingreq: WRONG_SIDE,
      pingresp: CONNACK_FIRST,
      disconnect: EARLY_DISCONNECT,
      auth: connecting,
    },
    connected: {
      connect: WRONG_SIDE,
      connack: SECOND_CONNACK,
      publish: connected,
      puback: connected,
      pubrec: connected,
      pubrel: connected,
      pubcomp: connected,
      subscribe: WRONG_SIDE,
      suback: connected,
      unsubscribe: WRONG_SIDE,
      unsuback: connected,
      pingreq: WRONG_SIDE,
      pingresp: connected,
      disconnect: closed,
      auth: connected,
    },
    closed: ALL_ENDED,
  },
} as const satisfies StateTable;

/** What this side may send. A client's PUBLISH outside of 'connected' is kept for later, if it is to be. */
export const SENDING = {
  client: {
    idle: {
      connect: connecting,
      connack: WRONG_SIDE,
      publish: FIRST,
      puback: FIRST,
      pubrec: FIRST,
      pubrel: FIRST,
      pubcomp: FIRST,
      subscribe: FIRST,
      suback: WRONG_SIDE,
      unsubscribe: FIRST,
      unsuback: WRONG_SIDE,
      pingreq: FIRST,
      pingresp: WRONG_SIDE,
      disconnect: FIRST,
      auth: FIRST,
    },
    connecting: {
      connect: SECOND_CONNECT,
      connack: WRONG_SIDE,
      publish: NOT_CONNECTED,
      puback: NOT_CONNECTED,
      pubrec: NOT_CONNECTED,
      pubrel: NOT_CONNECTED,
      pubcomp: NOT_CONNECTED,
      subscribe: NOT_CONNECTED,
      suback: WRONG_SIDE,
      unsubscribe: NOT_CONNECTED,
      unsuback: WRONG_SIDE,
      pingreq: NOT_CONNECTED,
      pingresp: WRONG_SIDE,
      disconnect: closed,
      auth: connecting,
    },
    connected: {
      connect: SECOND_CONNECT,
      connack: WRONG_SIDE,
      publish: connected,
      puback: connected,
      pubrec: connected,
      pubrel: connected,
      pubcomp: connected,
      subscribe: connected,
      suback: WRONG_SIDE,
      unsubscribe: connected,
      unsuback: WRONG_SIDE,
      pingreq: connected,
      pingresp: WRONG_SIDE,
      disconnect: closed,
      auth: connected,
    },
    closed: ALL_ENDED,
  },
  server: {
    idle: {
      connect: WRONG_SIDE,
      connack: UNASKED,
      publish: UNASKED,
      puback: UNASKED,
      pubrec: UNASKED,
      pubrel: UNASKED,
      pubcomp: UNASKED,
      subscribe: WRONG_SIDE,
      suback: UNASKED,
      unsubscribe: WRONG_SIDE,
      unsuback: UNASKED,
      pingreq: WRONG_SIDE,
      pingresp: UNASKED,
      disconnect: UNASKED,
      auth: UNASKED,
    },
    connecting: {
      connect: WRONG_SIDE,
      connack: connected,
      publish: CONNACK_FIRST,
      puback: CONNACK_FIRST,
      pubrec: CONNACK_FIRST,
      pubrel: CONNACK_FIRST,
      pubcomp: CONNACK_FIRST,
      subscribe: WRONG_SIDE,
      suback: CONNACK_FIRST,
      unsubscribe: WRONG_SIDE,
      unsuback: CONNACK_FIRST,
      pingreq: WRONG_SIDE,
      pingresp: CONNACK_FIRST,
      disconnect: EARLY_DISCONNECT,
      auth: connecting,
    },
    connected: {
      connect: WRONG_SIDE,
      connack: SECOND_CONNACK,
      publish: connected,
      puback: connected,
      pubrec: connected,
      pubrel: connected,
      pubcomp: connected,
      subscribe: WRONG_SIDE,
      suback: connected,
      unsubscribe: WRONG_SIDE,
      unsuback: connected,
      pingreq: WRONG_SIDE,
      pingresp: connected,
      disconnect: closed,
      auth: connected,
    },
    closed: ALL_ENDED,
  },
} as const satisfies StateTable;

/** Packet types by their number on the wire; 0 is reserved. */
export const PACKET_TYPES: readonly (PacketType | undefined)[] = (() => {
  const types = new Array<PacketType | undefined>(16).fill(undefined);
  for (const [type, number] of Object.entries(PacketTypeNumber)) types[number] = type as PacketType;
  return types;
})();

export function isViolation(cell: Cell): cell is StateViolation {
  return typeof cell === 'object';
}
