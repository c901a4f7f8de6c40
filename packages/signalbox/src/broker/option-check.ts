// What options of a broker and of its listeners may be: names and types. Limits, rules and durabilities are judged where they are
// used.

import { CLOCK, TLS } from '../options/dialling.ts';
import {
  anything,
  callback,
  flag,
  listOf,
  number,
  object,
  oneOf,
  options,
  type Shape,
  type Shapes,
  text,
} from '../options/shape.ts';
import type { TlsServerOptions } from '../transport/tls-contexts.ts';
import type { BrokerOptions } from './broker-options.ts';
import type { BrokerListenOptions } from './entrance.ts';
import type { BrokerHooks } from './hooks.ts';

/** A hook that is spelt otherwise would never be asked, and everybody let in. */
const HOOKS: Shapes<BrokerHooks> = {
  authenticate: callback,
  authenticationMethods: listOf(object),
  allowsClientId: callback,
  authorize: callback,
  onPublish: callback,
  onSubscribe: callback,
};

const BROKER: Shapes<BrokerOptions> = {
  hooks: options(HOOKS),
  store: object,
  durability: anything,
  limits: object,
  queuePolicy: oneOf('drop-newest', 'drop-oldest', 'disconnect'),
  publishRatePolicy: oneOf('pause', 'disconnect'),
  systemTopicsIntervalMs: number(0),
  isTrusted: callback,
  redirection: options({ serverReference: text, permanent: flag }, 'serverReference'),
  clock: CLOCK,
  sharing: options({ strategy: anything, groups: object }),
  rewrites: listOf(options({ from: text, to: text, action: anything }, 'from', 'to')),
  autoSubscribe: listOf(
    options(
      { topicFilter: text, qos: anything, noLocal: flag, retainAsPublished: flag, retainHandling: anything },
      'topicFilter',
    ),
  ),
  retainedExpiry: listOf(options({ topicFilter: text, seconds: anything }, 'topicFilter', 'seconds')),
  responseInformation: text,
};

const TLS_SERVER: Shapes<TlsServerOptions> = {
  ...TLS,
  certificates: listOf(options({ names: listOf(text), cert: anything, key: anything, passphrase: text })),
  crl: anything,
  requestCert: flag,
};

/** What has a check of its own in transport/, which rejects with TransportError, is anything here. */
const LISTENER: Shapes<BrokerListenOptions> = {
  graceMs: anything,
  maximumConnections: anything,
  backlog: anything,
  handshakeTimeoutMs: anything,
  maximumHandshakes: anything,
  welcomes: callback,
  onHandshake: callback,
  onAcceptError: callback,
  proxyProtocol: anything,
  proxyTrusted: listOf(text),
  reading: oneOf('static', 'fresh'),
  fileMode: anything,
  tls: options(TLS_SERVER),
  maximumPayload: anything,
  subprotocols: listOf(text),
  allowedOrigins: listOf(text),
  durability: anything,
  allowAnonymous: flag,
  compat: listOf(text),
  ackPublish: oneOf('always', 'requested'),
  retainState: flag,
};

/** Throws RangeError, which names the option, what it was and what it may be. */
export const checkBrokerOptions = checker(options(BROKER));
export const checkListenOptions = checker(options(LISTENER));

function checker(judge: Shape): (given: object) => void {
  return (given) => {
    const problem = judge(given, '');
    if (problem !== undefined) throw new RangeError(problem);
  };
}
