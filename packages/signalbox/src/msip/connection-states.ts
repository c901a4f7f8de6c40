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
}

export type Cell = MsipConnectionState | Misplaced;
type Row = { readonly [kind in FrameKind]: Cell };
export type StateTable = { readonly [state in MsipConnectionState]: Row };

const WRONG_SIDE: Misplaced = { code: 'UNEXPECTED_FRAME', message: 'only the other side sends this frame' };
const HELLO_FIRST: Misplaced = { code: 'HELLO_EXPECTED', message: 'the first frame of a client is HELLO' };
const SECOND_HELLO: Misplaced = { code: 'UNEXPECTED_FRAME', message: 'a second HELLO' };
const UNGREETED: Misplaced = { code: 'UNEXPECTED_FRAME', message: 'HELLO has not been sent' };
const ENDED: Misplaced = { code: 'UNEXPECTED_FRAME', message: 'the connection is closed' };

/** What a client sends; `requests` stands for all but HELLO, PING and CLOSE. */
function fromClient(hello: Cell, requests: Cell, ping: Cell): Row {
  return {
    hello,
    subscribe: requests,
    unsubscribe: requests,
    publish: requests,
    event: WRONG_SIDE,
    ack: requests,
    error: requests,
    ping,
    pong: requests,
    close: ping === ENDED ? ENDED : 'closed',
  };
}

/** What a server sends. */
function fromServer(ack: Cell, events: Cell, always: Cell): Row {
  return {
    hello: WRONG_SIDE,
    subscribe: WRONG_SIDE,
    unsubscribe: WRONG_SIDE,
    publish: WRONG_SIDE,
    event: events,
    ack,
    error: always,
    ping: always,
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
