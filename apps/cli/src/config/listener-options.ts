/**
 * What can be said of one listener: in YAML an entry of `listeners`, paths relative to it. The rows of TLS_OPTIONS are
 * also the section `tls`, with flags, for all listeners that do not say otherwise.
 */
import type { OptionTable, ValuesOf } from './option.ts';
import { file, text } from './value-types.ts';

export const TLS_OPTIONS = [
  { path: 'tls.cert', flag: 'tls-cert', type: file(), help: 'Certificate chain (PEM) for mqtts:// and wss://.' },
  { path: 'tls.key', flag: 'tls-key', type: file(), help: 'Private key (PEM) for mqtts:// and wss://.' },
  {
    path: 'tls.ca',
    flag: 'tls-ca',
    type: file(),
    help: 'Accept only clients with a certificate of this authority (PEM).',
  },
] as const satisfies OptionTable;

/** Without flags: a flag cannot say which listener it means. `url` alone can be given by --listen. */
export const LISTENER_OPTIONS = [
  {
    path: 'url',
    type: text('URL'),
    help: 'mqtt://HOST:PORT, mqtts://HOST:PORT, ws://HOST:PORT/PATH, wss://HOST:PORT/PATH or unix:///PATH. Port 0 takes a free one.',
  },
  ...TLS_OPTIONS,
] as const satisfies OptionTable;

export type ListenerSettings = ValuesOf<typeof LISTENER_OPTIONS> & { readonly url: string };

export const DEFAULT_LISTENERS = ['mqtt://127.0.0.1:1883', 'ws://127.0.0.1:8083/mqtt'] as const;
