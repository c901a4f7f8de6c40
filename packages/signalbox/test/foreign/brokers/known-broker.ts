// What the suites know of a broker: how it is started, what it listens for, and what it does not do.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CERTIFICATES = join(import.meta.dirname, '../../support/certificates');
export const CERT_FILE = join(CERTIFICATES, 'server.crt');
export const KEY_FILE = join(CERTIFICATES, 'server.key');
export const CA = readFileSync(join(CERTIFICATES, 'ca.crt'), 'utf8');
export const TLS = { cert: readFileSync(CERT_FILE), key: readFileSync(KEY_FILE) };

/** Where brokers/install puts what npm does not bring. */
export const INSTALLED = join(import.meta.dirname, '../../../../../.cache/brokers');

/** A user that is not admitted, and the topics nobody may use. */
export const REFUSED_USER = 'refused';
export const FORBIDDEN = 'forbidden';

/** Payloads of a megabyte pass; this is the largest packet of those brokers that can be told to announce one. */
export const LARGEST_PACKET = 4_000_000;

export type Scheme = 'mqtt' | 'mqtts' | 'ws';

export interface RunningBroker {
  /** By scheme; what it does not listen for is absent. */
  readonly urls: Readonly<Partial<Record<Scheme, string>>>;
  close(): Promise<void>;
}

export type Ability =
  | 'admits as configured' // users and topics that are refused
  | 'aliases'
  | 'exactly once' // over connections that are cut
  | 'expiry'
  | 'flow control'
  | 'large messages'
  | 'large over WebSocket'
  | 'largest packet'
  | 'order' // of many messages at a time
  | 'published QoS' // delivers with that of the message, if that is the lower one
  | 'refuses subscriptions'
  | 'retain flag'
  | 'sessions'
  | 'shared'
  | 'takeover'
  | 'takeover told'
  | 'user properties'
  | 'will properties'
  | 'wills'; // and none of who leaves

export interface KnownBroker {
  readonly name: string;
  readonly versions: readonly (4 | 5)[];
  /** What it is known not to do, with the reason in words. */
  readonly lacks: Readonly<Partial<Record<Ability, string>>>;
  /** The same in 5.0 only. */
  readonly lacksIn5?: Readonly<Partial<Record<Ability, string>>>;
  /** What is many for it. Default: ten thousand. */
  readonly many?: number;
  start(): Promise<RunningBroker>;
}
