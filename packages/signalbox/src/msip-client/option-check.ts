// What options of an MSIP client may be: names, types and ranges. In Node; a page goes without, for its bytes.

import { MsipUsageError } from '../msip/errors.ts';
import { CLOCK, DIALLING, TLS_CLIENT } from '../options/dialling.ts';
import {
  anything,
  bytesOrText,
  callback,
  flag,
  integer,
  number,
  oneOf,
  options,
  type Shapes,
  signal,
  text,
} from '../options/shape.ts';
import type { MsipClientOptions, MsipOperationOptions, MsipQueueOptions } from './client-options.ts';
import type { MsipPublishOptions } from './publication.ts';
import type { MsipSubscribeOptions } from './subscription.ts';

const QUEUE: Shapes<MsipQueueOptions> = {
  messages: number(0),
  bytes: number(0),
  policy: oneOf('reject', 'drop-oldest', 'drop-newest'),
};

const OPTIONS: Shapes<MsipClientOptions> = {
  clientId: text,
  host: text,
  port: integer(1, 65_535),
  autoReconnect: flag,
  reconnectDelay: number(0),
  maxReconnectAttempts: number(0),
  pingInterval: number(0),
  url: text,
  tls: TLS_CLIENT,
  transport: DIALLING,
  dial: callback,
  username: text,
  password: bytesOrText,
  beforeConnect: callback,
  signal,
  reconnectDelayMaximumMs: number(0),
  connectTimeoutMs: number(1),
  pongTimeoutMs: number(0),
  acknowledgeTimeoutMs: number(0),
  operationTimeoutMs: number(0),
  acknowledged: flag,
  acknowledge: oneOf('handled', 'automatic', 'manual'),
  unclaimed: number(0),
  queue: options(QUEUE),
  maximumInFlight: number(1),
  maximumPayloadLength: integer(0, 0xffff_ffff),
  inflate: flag,
  maximumInflatedLength: number(1),
  clock: CLOCK,
};

const ALL = options(OPTIONS);
/** Who dials otherwise may need whatever else. */
const WITH_OWN_DIAL = options({ ...OPTIONS, transport: anything });

/** The options. Throws MsipUsageError `INVALID_ARGUMENT`, which names the option, what it was and what it may be. */
export function checkedOptions(given: MsipClientOptions): MsipClientOptions {
  refuse((given.dial === undefined ? ALL : WITH_OWN_DIAL)(given, ''));
  return given;
}

const OPERATION: Shapes<MsipOperationOptions> = { signal, timeoutMs: number(0) };

/** Kinds, buffers and the like are judged where they are used. */
const PUBLISH = options<MsipPublishOptions>({
  ...OPERATION,
  msgKind: anything,
  urgent: flag,
  compress: oneOf('gzip', 'zstd'),
  acknowledge: flag,
  repeat: flag,
});

const SUBSCRIBE = options<MsipSubscribeOptions>({
  ...OPERATION,
  acknowledge: oneOf('handled', 'automatic', 'manual'),
  buffer: anything,
  overflow: oneOf('pause', 'drop-oldest', 'drop-newest'),
  concurrency: anything,
});

/** Throw MsipUsageError as `checkedOptions` does: a misspelt option would be a message sent otherwise than it was meant. */
export function checkPublish(given: MsipPublishOptions): void {
  refuse(PUBLISH(given, ''));
}

export function checkSubscribe(given: MsipSubscribeOptions): void {
  refuse(SUBSCRIBE(given, ''));
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new MsipUsageError('INVALID_ARGUMENT', problem);
}
