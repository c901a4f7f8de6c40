// What options of a client may be: names, types and ranges. In Node and in pages under development; a page that is built for
// production goes without (tools/page-build leaves it out).

import { UsageError } from '../mqtt/errors.ts';
import type { WillInput } from '../mqtt/packets/connect.ts';
import type { ConnectProperties, WillProperties } from '../mqtt/properties.ts';
import { validateTopicName } from '../mqtt/topics.ts';
import { CLOCK, DIALLING } from '../options/dialling.ts';
import {
  anything,
  bytesOrText,
  callback,
  either,
  flag,
  integer,
  listOf,
  number,
  object,
  oneOf,
  options,
  type Shape,
  type Shapes,
  shape,
  signal,
  text,
} from '../options/shape.ts';
import type { ClientOptions, PoisonOptions, QueueOptions } from './client-options.ts';
import type { Interceptors } from './observation/interceptors.ts';

const UINT16 = 0xffff;
const UINT32 = 0xffff_ffff;

const topicName: Shape = (value, name) => {
  if (typeof value !== 'string') return text(value, name);
  const problem = validateTopicName(value);
  return problem === undefined ? undefined : `${name} is no Topic Name: ${problem}`;
};
const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
const userProperties = listOf(shape(isPair, 'a name and a value, both text'));

const CONNECT_PROPERTIES: Shapes<ConnectProperties> = {
  sessionExpiryInterval: integer(0, UINT32),
  receiveMaximum: integer(1, UINT16),
  maximumPacketSize: integer(1, UINT32),
  topicAliasMaximum: integer(0, UINT16),
  requestResponseInformation: flag,
  requestProblemInformation: flag,
  userProperties,
  authenticationMethod: text,
  authenticationData: bytesOrText,
};

const WILL_PROPERTIES: Shapes<WillProperties> = {
  willDelayInterval: integer(0, UINT32),
  payloadFormatIndicator: oneOf(0, 1),
  messageExpiryInterval: integer(0, UINT32),
  contentType: text,
  responseTopic: topicName,
  correlationData: bytesOrText,
  userProperties,
};

const WILL: Shapes<WillInput> = {
  topicName,
  payload: bytesOrText,
  qos: oneOf(0, 1, 2),
  retain: flag,
  properties: options(WILL_PROPERTIES),
};

const QUEUE: Shapes<QueueOptions> = {
  messages: number(0),
  bytes: number(0),
  ageMs: number(0),
  policy: oneOf('reject', 'drop-oldest', 'drop-newest'),
  qos0: flag,
};

const POISON: Shapes<PoisonOptions> = {
  disconnects: number(1),
  drops: number(1),
  deliveries: number(1),
  // What both PUBACK and PUBREC can say.
  reasonCode: oneOf(0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99),
  onPoison: callback,
};

const INTERCEPTORS: Shapes<Interceptors> = { outgoing: callback, incoming: callback };

const OPTIONS: Shapes<ClientOptions> = {
  url: text,
  servers: listOf(text),
  transport: DIALLING,
  dial: callback,
  protocolVersion: oneOf(4, 5),
  clientId: text,
  username: text,
  password: bytesOrText,
  keepAlive: integer(0, UINT16),
  cleanStart: flag,
  sessionExpiryInterval: integer(0, UINT32),
  will: options(WILL, 'topicName'),
  properties: options(CONNECT_PROPERTIES),
  authentication: object,
  awaitConnection: flag,
  retryFirst: flag,
  reconnect: either(callback, oneOf(false), 'a function such as backOff(…), or false'),
  beforeConnect: callback,
  connectTimeoutMs: number(1),
  followServerReference: flag,
  reconnectAfterTakeover: flag,
  signal,
  queue: options(QUEUE),
  maximumInFlight: number(1),
  topicAliases: oneOf('map', 'replace', 'off'),
  acknowledgeTimeoutMs: number(1),
  operationTimeoutMs: number(0),
  resendIntervalMs: number(0),
  acknowledge: oneOf('handled', 'automatic', 'manual'),
  poison: options(POISON),
  unclaimed: number(0),
  sessionStore: object,
  interceptors: options(INTERCEPTORS),
  traceContext: callback,
  lastPackets: integer(0),
  onStatus: callback,
  onProblem: callback,
  drive: oneOf('running', 'polled'),
  clock: CLOCK,
};

const ALL = options(OPTIONS);
/** Who dials otherwise may need whatever else. */
const WITH_OWN_DIAL = options({ ...OPTIONS, transport: anything });

/** Throws UsageError `INVALID_ARGUMENT`, which names the option, what it was and what it may be. */
export function checkClientOptions(given: ClientOptions): void {
  const problem = (given.dial === undefined ? ALL : WITH_OWN_DIAL)(given, '');
  if (problem !== undefined) throw new UsageError('INVALID_ARGUMENT', problem);
}
