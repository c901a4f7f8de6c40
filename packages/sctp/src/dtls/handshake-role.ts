// One side of a handshake as the connection sees it, what comes of it, and what an owner decides about it.

import { DtlsUsageError } from './errors.ts';
import type { HandshakeMessage, HandshakeType, ReceivedType } from './handshake-message.ts';
import type { Cell } from './handshake-states.ts';
import type { Role } from './key-schedule.ts';
import { type DtlsLimits, dtlsLimitsOf } from './limits.ts';
import type { Identity, Primitives, VerifyPeer } from './primitives.ts';

/** What is known about the peer and the connection once the handshake is through. */
export interface DtlsSession {
  readonly role: Role;
  /** The name in the registry of TLS, such as `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`. */
  readonly cipherSuite: string;
  /** Certificates of the peer in DER, its own first; empty when it showed none. */
  readonly peerChain: readonly Uint8Array[];
  /** Whether the peer has proved who it is: by a certificate that was accepted, or by the shared key. */
  readonly isPeerTrusted: boolean;
  /** The name the client asked for. */
  readonly serverName: string | undefined;
  /** Whose shared key it was. */
  readonly pskIdentity: Uint8Array | undefined;
}

export interface HandshakeRole {
  readonly state: string;
  /** What may come next in the state it is in. */
  cell(type: ReceivedType): Cell<string>;
  /**
   * A message that is expected in this state; begins the next flight when one is due.
   * @returns the next state and, where a flight was written, what it is.
   * @throws {DtlsError}
   */
  take(type: HandshakeType, message: HandshakeMessage): Step;
  session(): DtlsSession;
}

export interface Step {
  readonly state: string;
  /** 'flight': to be sent, an answer is waited for. 'last-flight': to be sent, nothing answers it. */
  readonly outcome?: 'flight' | 'last-flight';
}

/** A key both sides have: `identity` says which, in the clear. */
export interface SharedKey {
  readonly identity: Uint8Array;
  /** 1 to 64 bytes; to be random, as short or invented ones can be guessed from a recorded handshake. */
  readonly key: Uint8Array;
}

export interface DtlsClientOptions {
  readonly primitives: Primitives;
  /** Looks at the server's certificates. Without it only shared keys are offered. */
  readonly verifyPeer?: VerifyPeer;
  /** Shown when the server asks. */
  readonly identity?: Identity;
  readonly psk?: SharedKey;
  /** A host name (not an address) for servers that have several. */
  readonly serverName?: string;
  readonly limits?: Partial<DtlsLimits>;
}

export interface DtlsServerOptions {
  readonly primitives: Primitives;
  /** The certificate for a name the client asks for; without it only shared keys are taken. */
  readonly identityFor?: (serverName: string | undefined) => Identity | undefined;
  /** Asks clients for certificates. 'required': a client that has none is refused. Default: 'none'. */
  readonly clientCertificate?: 'none' | 'requested' | 'required';
  /** Looks at the client's certificates; needed where they are asked for. */
  readonly verifyPeer?: VerifyPeer;
  /** The key that belongs to an identity. */
  readonly pskFor?: (identity: Uint8Array) => Uint8Array | undefined;
  readonly limits?: Partial<DtlsLimits>;
}

/**
 * Whether these options can make a server at all: to be known before the first client comes.
 * @throws {DtlsUsageError} `INVALID_ARGUMENT`
 */
export function checkServerOptions(options: DtlsServerOptions): void {
  if (options.identityFor === undefined && options.pskFor === undefined) {
    throw new DtlsUsageError('INVALID_ARGUMENT', 'a server needs a certificate or shared keys');
  }
  if ((options.clientCertificate ?? 'none') !== 'none' && options.verifyPeer === undefined) {
    throw new DtlsUsageError('INVALID_ARGUMENT', 'who asks for certificates needs a way to verify them');
  }
  dtlsLimitsOf(options.limits);
}
