// The handshake as data: for each role, state × message gives the states that may follow, or the alert. What decides
// between several followers, and whether the content is right, is not here. RFC 5246, §7.3; RFC 6347, §4.2.4

import { DtlsError, type DtlsErrorCode } from './errors.ts';
import type { ReceivedType } from './handshake-message.ts';

/** What a client waits for. 'hello': nothing but its ClientHello was sent; 'second-hello': with a cookie. */
export type ClientState =
  | 'hello'
  | 'second-hello'
  | 'certificate'
  | 'key-exchange'
  | 'psk-exchange'
  | 'request-or-done'
  | 'done'
  | 'finished'
  | 'open';

/** What a server waits for. Before 'certificate' or 'client-key-exchange' there is no state at all, but a cookie. */
export type ServerState = 'certificate' | 'client-key-exchange' | 'certificate-verify' | 'finished' | 'open';

/** 'ignored': a peer may say so at any time, and nothing comes of it but a warning. */
export type Cell<State> = readonly [State, ...State[]] | Refusal | 'ignored';

export interface Refusal {
  readonly alert: DtlsErrorCode;
}

type Row<State> = { readonly [type in ReceivedType]: Cell<State> };
export type HandshakeTable<State extends string> = { readonly [state in State]: Row<State> };

const UNEXPECTED: Refusal = { alert: 'UNEXPECTED_MESSAGE' };

/** A row by what is expected in it; a second handshake is asked for by 'hello-request' or 'client-hello'. */
function row<State>(expected: Partial<Row<State>>): Row<State> {
  return {
    'hello-request': UNEXPECTED,
    'client-hello': UNEXPECTED,
    'server-hello': UNEXPECTED,
    'hello-verify-request': UNEXPECTED,
    'new-session-ticket': UNEXPECTED,
    certificate: UNEXPECTED,
    'server-key-exchange': UNEXPECTED,
    'certificate-request': UNEXPECTED,
    'server-hello-done': UNEXPECTED,
    'certificate-verify': UNEXPECTED,
    'client-key-exchange': UNEXPECTED,
    finished: UNEXPECTED,
    unknown: UNEXPECTED,
    ...expected,
  };
}

export const CLIENT_HANDSHAKE = {
  hello: row<ClientState>({
    'hello-verify-request': ['second-hello'],
    'server-hello': ['certificate', 'key-exchange', 'psk-exchange'],
  }),
  // A server that has changed its secret meanwhile asks once more.
  'second-hello': row<ClientState>({
    'hello-verify-request': ['second-hello'],
    'server-hello': ['certificate', 'key-exchange', 'psk-exchange'],
  }),
  certificate: row<ClientState>({ certificate: ['key-exchange'] }),
  'key-exchange': row<ClientState>({ 'server-key-exchange': ['request-or-done', 'done'] }),
  // With a shared key alone the server has nothing to exchange, except a hint.
  'psk-exchange': row<ClientState>({ 'server-key-exchange': ['done'], 'server-hello-done': ['finished'] }),
  'request-or-done': row<ClientState>({ 'certificate-request': ['done'], 'server-hello-done': ['finished'] }),
  done: row<ClientState>({ 'server-hello-done': ['finished'] }),
  finished: row<ClientState>({ finished: ['open'] }),
  open: row<ClientState>({ 'hello-request': 'ignored' }),
} as const satisfies HandshakeTable<ClientState>;

export const SERVER_HANDSHAKE = {
  certificate: row<ServerState>({ certificate: ['client-key-exchange'] }),
  'client-key-exchange': row<ServerState>({ 'client-key-exchange': ['certificate-verify', 'finished'] }),
  'certificate-verify': row<ServerState>({ 'certificate-verify': ['finished'] }),
  finished: row<ServerState>({ finished: ['open'] }),
  open: row<ServerState>({ 'client-hello': 'ignored' }),
} as const satisfies HandshakeTable<ServerState>;

/** Whether a handshake keeps to its table; throws DtlsError `INTERNAL_ERROR`, as the mistake is ours. */
export function checkFollower(followers: readonly string[], state: string): void {
  if (!followers.includes(state)) throw new DtlsError('INTERNAL_ERROR', `${state} is none of ${followers.join(', ')}`);
}
