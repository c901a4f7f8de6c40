/**
 * What can be said of one listener: in YAML an entry of `listeners`, paths relative to it. The rows of TLS_OPTIONS are
 * also the section `tls`, with flags, for all listeners that do not say otherwise.
 */
import { TOLERANCES, type ToleranceName } from 'signalbox/broker';
import type { OptionTable, ValuesOf } from './option.ts';
import { DURABILITY } from './store-options.ts';
import { choice, file, integer, list, onOff, structure, text } from './value-types.ts';

const TOLERANCE_NAMES = Object.keys(TOLERANCES) as ToleranceName[];

/** A certificate for clients that ask for one of these names. */
export interface NamedCertificate {
  readonly names: readonly string[];
  readonly cert: string;
  readonly key: string;
}

const NAMED_CERTIFICATE = {
  type: 'object',
  additionalProperties: false,
  required: ['names', 'cert', 'key'],
  properties: {
    names: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    cert: { type: 'string', minLength: 1 },
    key: { type: 'string', minLength: 1 },
  },
};

export const TLS_OPTIONS = [
  {
    path: 'tls.cert',
    flag: 'tls-cert',
    type: file(),
    help: 'Certificate chain (PEM) for mqtts://, msips:// and wss://.',
    reload: 'live',
  },
  {
    path: 'tls.key',
    flag: 'tls-key',
    type: file(),
    help: 'Private key (PEM) for mqtts://, msips:// and wss://.',
    reload: 'live',
  },
  {
    path: 'tls.ca',
    flag: 'tls-ca',
    type: file(),
    help: 'Accept only clients with a certificate of this authority (PEM).',
    reload: 'live',
  },
  {
    path: 'tls.crl',
    flag: 'tls-crl',
    type: list(file()),
    help: 'Lists of revoked client certificates (PEM), one at least for each authority.',
    reload: 'live',
  },
  {
    path: 'tls.certificates',
    type: list(structure<NamedCertificate>(NAMED_CERTIFICATE)),
    help: 'Further certificates for clients that ask for one of their names (SNI): names, cert and key of each.',
    reload: 'live',
  },
] as const satisfies OptionTable;

/** Without flags: a flag cannot say which listener it means. `url` alone can be given by --listen. */
export const LISTENER_OPTIONS = [
  {
    path: 'url',
    type: text('URL'),
    help: 'mqtt://HOST:PORT, mqtts://HOST:PORT, msip://HOST:PORT, msips://HOST:PORT, ws://HOST:PORT/PATH, wss://HOST:PORT/PATH or unix:///PATH. Port 0 takes a free one.',
  },
  {
    path: 'durability',
    type: DURABILITY,
    help: 'What a message survives that was acknowledged here; not more than for the others.',
  },
  {
    path: 'compat',
    type: list(choice(...TOLERANCE_NAMES)),
    help: 'Mistakes of known clients that are overlooked here: docs/guide/compat.md.',
  },
  {
    path: 'ackPublish',
    type: choice('always', 'requested'),
    help: 'MSIP: which PUBLISH is answered by ACK, every one (default) or those with ACK_REQUIRED.',
  },
  {
    path: 'retainState',
    type: onOff(),
    help: 'MSIP: messages of kind STATE are retained. Default: false.',
  },
  ...TLS_OPTIONS,
  {
    path: 'proxyProtocol',
    type: choice('required'),
    help: 'Every connection begins with a header of the PROXY protocol, version 1 or 2.',
  },
  {
    path: 'proxyTrusted',
    type: list(text('NETWORK')),
    help: 'Addresses and networks (10.0.0.0/8) of the proxies. Default: this machine.',
  },
  {
    path: 'allowedOrigins',
    type: list(text('ORIGIN')),
    help:
      'Pages that may open a WebSocket: https://app.example, https://*.app.example, http://localhost:* or *. Default: all; ' +
      'where nothing says who may connect, those that this machine serves.',
  },
  {
    path: 'fileMode',
    type: structure<string>({ type: 'string', pattern: '^0?[0-7]{3}$' }, 'MODE'),
    help: 'Permissions of a Unix socket, octal and in quotation marks: "660". Default: "600".',
  },
  {
    path: 'maximumConnections',
    type: integer('N'),
    help: 'Connections of this listener at once. Default: as many as limits.connections allows.',
  },
  {
    path: 'allowAnonymous',
    type: onOff(),
    help: 'Admit clients that present nothing here, or refuse them, whatever access.allowAnonymous says.',
  },
] as const satisfies OptionTable;

export type ListenerSettings = ValuesOf<typeof LISTENER_OPTIONS> & { readonly url: string };

export const DEFAULT_LISTENERS = [
  'mqtt://127.0.0.1:1883',
  'ws://127.0.0.1:8083/mqtt',
  'msip://127.0.0.1:9000',
] as const;
