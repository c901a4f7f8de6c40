// The state machine of a network connection as data: for each direction, state × packet type gives the next state, or the
// rule that the packet violates. A row is told by the few packets that are special in it. Conditions on the content of a
// packet are not here. §3.1.0, §3.2.0, §3.14.4, §4.13

import type { PacketType } from './packets/packet.ts';

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
type Row = { readonly [type in PacketType]: Cell };

/** What may pass in one direction, as one of the two sides sees it. */
export type StateTable = { readonly [state in ConnectionState]: Row };

function violates(message: string, statement?: string): StateViolation {
  return { message, statement };
}

const WRONG_SIDE = /* @__PURE__ */ violates('only the other side sends this packet');
const FIRST = /* @__PURE__ */ violates('the first packet of a client is CONNECT', 'MQTT-3.1.0-1'); // [MQTT-3.1.0-1] [MQTT-3.1.0-1@3.1.1]
const SECOND_CONNECT = /* @__PURE__ */ violates('a second CONNECT', 'MQTT-3.1.0-2'); // [MQTT-3.1.0-2] [MQTT-3.1.0-2@3.1.1]
const UNASKED = /* @__PURE__ */ violates('a server sends nothing before it has received CONNECT', 'MQTT-3.2.0-1');
const CONNACK_FIRST = /* @__PURE__ */ violates('nothing but AUTH comes from a server before CONNACK', 'MQTT-3.2.0-1'); // [MQTT-3.2.0-1] [MQTT-3.2.0-1@3.1.1]
const EARLY_DISCONNECT = /* @__PURE__ */ violates('a server sends DISCONNECT only after CONNACK', 'MQTT-3.14.0-1'); // [MQTT-3.14.0-1]
const SECOND_CONNACK = /* @__PURE__ */ violates('a second CONNACK', 'MQTT-3.2.0-2'); // [MQTT-3.2.0-2]
const NOT_CONNECTED = /* @__PURE__ */ violates('not connected: wait for CONNACK');
const ENDED = /* @__PURE__ */ violates('the connection is closed', 'MQTT-3.14.4-1'); // [MQTT-3.14.4-1] [MQTT-3.14.4-2@3.1.1]

/** A row by its special cells: what both sides send is `both`, the rest follows from who sends. */
interface Special {
  readonly connect: Cell;
  readonly connack: Cell;
  /** SUBSCRIBE, UNSUBSCRIBE and PINGREQ. */
  readonly requests: Cell;
  /** SUBACK, UNSUBACK and PINGRESP. */
  readonly answers: Cell;
  /** PUBLISH and its acknowledgements. */
  readonly both: Cell;
  readonly disconnect: Cell;
  readonly auth: Cell;
}

function row({ connect, connack, requests, answers, both, disconnect, auth }: Special): Row {
  return {
    connect,
    connack,
    publish: both,
    puback: both,
    pubrec: both,
    pubrel: both,
    pubcomp: both,
    subscribe: requests,
    suback: answers,
    unsubscribe: requests,
    unsuback: answers,
    pingreq: requests,
    pingresp: answers,
    disconnect,
    auth,
  };
}

/** What a client sends, as it is seen by who checks it. */
function fromClient(connect: Cell, rest: Cell, disconnect: Cell = rest, auth: Cell = rest): Row {
  return row({ connect, connack: WRONG_SIDE, requests: rest, answers: WRONG_SIDE, both: rest, disconnect, auth });
}

function fromServer(connack: Cell, rest: Cell, disconnect: Cell = rest, auth: Cell = rest): Row {
  return row({ connect: WRONG_SIDE, connack, requests: WRONG_SIDE, answers: rest, both: rest, disconnect, auth });
}

function always(cell: Cell): Row {
  return row({ connect: cell, connack: cell, requests: cell, answers: cell, both: cell, disconnect: cell, auth: cell });
}

/** What a client may send. Its PUBLISH outside of 'connected' is kept for later, if it is to be. */
export const CLIENT_SENDS: StateTable = {
  idle: /* @__PURE__ */ fromClient('connecting', FIRST),
  connecting: /* @__PURE__ */ fromClient(SECOND_CONNECT, NOT_CONNECTED, 'closed', 'connecting'),
  connected: /* @__PURE__ */ fromClient(SECOND_CONNECT, 'connected', 'closed'),
  closed: /* @__PURE__ */ always(ENDED),
};

/** What a server may receive. Until it has sent CONNACK, all that is allowed later waits. */
export const SERVER_RECEIVES: StateTable = {
  idle: /* @__PURE__ */ row({
    connect: 'connecting',
    connack: FIRST,
    requests: FIRST,
    answers: FIRST,
    both: FIRST,
    disconnect: FIRST,
    auth: FIRST,
  }),
  connecting: /* @__PURE__ */ fromClient(SECOND_CONNECT, 'connecting', 'closed'),
  connected: CLIENT_SENDS.connected,
  closed: CLIENT_SENDS.closed,
};

/** What a server may send and a client may receive. */
export const FROM_SERVER: StateTable = {
  idle: /* @__PURE__ */ fromServer(UNASKED, UNASKED),
  connecting: /* @__PURE__ */ fromServer('connected', CONNACK_FIRST, EARLY_DISCONNECT, 'connecting'),
  connected: /* @__PURE__ */ fromServer(SECOND_CONNACK, 'connected', 'closed'),
  closed: /* @__PURE__ */ always(ENDED),
};

export function isViolation(cell: Cell): cell is StateViolation {
  return typeof cell === 'object';
}
