// The state machine of an MSIP connection as data: for each side, state × frame gives the next state, or why the frame must
// not come (or go) there. Conditions on the content of a frame are not here. §3, §4

import type { FrameErrorCode } from './errors.ts';
import type { FrameKind } from './frame.ts';

/**
 * 'idle': HELLO has not passed. 'greeting': HELLO passed, its answer has not. 'connected': it was answered by ACK.
 * 'closed': nothing may follow until begin().
 */
export type MsipConnectionState = 'idle' | 'greeting' | 'connected' | 'closed';

/** What a frame in the wrong place is. */
export interface Misplaced {
  readonly code: FrameErrorCode;
  readonly message: string;
  readonly statement: string;
}

export type Cell = MsipConnectionState | Misplaced;
type Row = { readonly [kind in FrameKind]: Cell };
export type StateTable = { readonly [state in MsipConnectionState]: Row };

/** `statement` is that of the side which must not send it. */
function misplaced(code: FrameErrorCode, message: string, statement: string): Misplaced {
  return { code, message, statement };
}

const ELSEWHERE = 'only the other side sends this frame';
const NO_EVENT = /* @__PURE__ */ misplaced('UNEXPECTED_FRAME', ELSEWHERE, 'MSIP-3-1');
const NO_REQUEST = /* @__PURE__ */ misplaced('UNEXPECTED_FRAME', ELSEWHERE, 'MSIP-3-2');
const HELLO_FIRST = /* @__PURE__ */ misplaced('HELLO_EXPECTED', 'the first frame of a client is HELLO', 'MSIP-3.1-1');
const SECOND_HELLO = /* @__PURE__ */ misplaced('UNEXPECTED_FRAME', 'a second HELLO', 'MSIP-3.1-8');
const UNGREETED = /* @__PURE__ */ misplaced('UNEXPECTED_FRAME', 'HELLO has not been sent', 'MSIP-3-5');
const ENDED = /* @__PURE__ */ misplaced('UNEXPECTED_FRAME', 'the connection is closed', 'MSIP-3.10-1');

/** What a client sends; `requests` stands for all but HELLO, PING and CLOSE. */
function fromClient(hello: Cell, requests: Cell, ping: Cell): Row {
  return {
    hello,
    subscribe: requests,
    unsubscribe: requests,
    publish: requests,
    event: NO_EVENT,
    ack: requests,
    error: requests,
    ping,
    pong: requests,
    close: ping === ENDED ? ENDED : 'closed',
  };
}

/** What a server sends; `always` stands for the frames that need no HELLO. */
function fromServer(ack: Cell, events: Cell, always: Cell): Row {
  return {
    hello: NO_REQUEST,
    subscribe: NO_REQUEST,
    unsubscribe: NO_REQUEST,
    publish: NO_REQUEST,
    event: events,
    ack,
    error: always,
    ping: events,
    pong: always,
    close: always === ENDED ? ENDED : 'closed',
  };
}

/** Seen from both ends: what comes from the client, and what goes to it. */
export const CLIENT_FRAMES: StateTable = {
  idle: /* @__PURE__ */ fromClient('greeting', HELLO_FIRST, 'idle'),
  greeting: /* @__PURE__ */ fromClient(SECOND_HELLO, 'greeting', 'greeting'),
  connected: /* @__PURE__ */ fromClient(SECOND_HELLO, 'connected', 'connected'),
  closed: /* @__PURE__ */ fromClient(ENDED, ENDED, ENDED),
};

export const SERVER_FRAMES: StateTable = {
  idle: /* @__PURE__ */ fromServer(UNGREETED, UNGREETED, 'idle'),
  greeting: /* @__PURE__ */ fromServer('connected', 'greeting', 'greeting'),
  connected: /* @__PURE__ */ fromServer('connected', 'connected', 'connected'),
  closed: /* @__PURE__ */ fromServer(ENDED, ENDED, ENDED),
};
