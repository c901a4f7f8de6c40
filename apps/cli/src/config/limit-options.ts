/** The section `limits`: every limit of the broker by its own name. `--limit NAME=VALUE` sets one of them. */
import { type BrokerLimits, DEFAULT_LIMITS, LIVE_LIMITS, limitRange } from 'signalbox/broker';
import type { Option } from './option.ts';
import { integer } from './value-types.ts';

/** A limit without a row here does not compile. */
const HELP: Readonly<Record<keyof BrokerLimits, string>> = {
  connections: 'Network connections at once, over all listeners.',
  connectionsPerAddress: 'Network connections at once from one IPv4 address, or one /64 network of IPv6.',
  connectionRate: 'Connections a second, over all listeners; 0: no limit.',
  connectionRatePerAddress: 'Connections a second from one address, or one /64 network of IPv6; 0: no limit.',
  handshakes: 'Connections of one listener in a handshake at once.',
  handshakeTimeoutMs: 'Milliseconds from accept to the end of the handshake.',
  connectTimeoutMs: 'Milliseconds from accept to CONNECT.',
  hookTimeoutMs: 'Milliseconds that whoever decides about a client may take.',
  authenticationTimeoutMs: 'Milliseconds an enhanced authentication (AUTH) may take.',
  failures: 'Failed authentications of one address or user name in ten minutes, until further ones wait.',
  failureDelayMs: 'Milliseconds between further attempts at worst.',
  offences: 'Failed authentications and malformed packets of one address in ten minutes; then it is banned.',
  flapping: 'Short connections of one client identifier in a minute; then it is banned.',
  banMs: 'Milliseconds a ban lasts; 0 bans nobody.',
  offenders: 'Addresses, user names and client identifiers remembered, of each this many.',
  packetSize: 'Largest packet accepted, in bytes.',
  connectSize: 'Largest CONNECT accepted, in bytes.',
  userProperties: 'User Properties of one packet.',
  userPropertyBytes: 'Bytes of all User Properties of one packet.',
  topicFilters: 'Topic Filters of one SUBSCRIBE or UNSUBSCRIBE.',
  publishRate: 'Messages a second of one client; 0: no limit.',
  publishByteRate: 'Bytes a second of one client that publishes; 0: no limit.',
  receiveMaximum: 'Messages of QoS 1 and 2 a client may have unacknowledged at the broker.',
  inFlight: 'Messages of QoS 1 and 2 the broker has unacknowledged at one client.',
  topicAliases: 'Topic Aliases of one client.',
  topicAliasBytes: 'Bytes of all Topic Names that have a Topic Alias on one connection.',
  willBytes: 'Bytes of the Will Messages of all sessions.',
  sessions: 'Sessions kept, connected or not.',
  anonymousSessions: 'Sessions that outlive their connection, of clients without a user name.',
  sessionsPerUser: 'Sessions that outlive their connection, of one user.',
  sessionsPerAddress: 'Sessions that outlive their connection, of one address, where nobody proved who it was.',
  sessionExpiryInterval: 'Longest Session Expiry Interval, in seconds.',
  msipSessionSeconds: 'Seconds an MSIP session with subscriptions outlives its connection.',
  msipAcknowledgedSessionSeconds: 'Seconds an acknowledged MSIP session outlives its connection.',
  msipIdleSeconds: 'Seconds an MSIP client may be silent; 0: without end.',
  keepAlive: 'Largest Keep Alive, in seconds; 0 leaves the choice to the client.',
  subscriptions: 'Topic Filters of one client.',
  deepLevels: 'Levels beyond the eighth of all Topic Filters of one client together.',
  longFilterBytes: 'Bytes beyond the 256th of all Topic Filters of one client together.',
  subscriptionsInAll: 'Topic Filters of all clients.',
  topicNames: 'Topic Names remembered.',
  topicLevels: 'Levels of a Topic Name or Topic Filter.',
  queuedMessages: 'Messages waiting for one client.',
  queuedBytes: 'Bytes waiting for one client.',
  queuedBytesInAll: 'Bytes waiting for all clients, or sent to them, not acknowledged and kept.',
  retainedMessages: 'Retained messages in all.',
  retainedPerClient: 'Retained messages of one client; 0: no limit of their own.',
  retainedBytes: 'Bytes of retained messages in all.',
  overloadDelayMs: 'Milliseconds the event loop may be late before connections are refused; 0: never.',
  delayedMessages: 'Messages that wait for their delay, in all; 0: there are no delays.',
  delayedBytes: 'Bytes of messages that wait for their delay, in all.',
  delayedSeconds: 'Longest delay, in seconds.',
  unsentBytes: 'Bytes of answers that may wait for a client which does not take them.',
};

type LimitRow<Name extends keyof BrokerLimits> = Option & {
  readonly path: `limits.${Name}`;
  readonly type: ReturnType<typeof integer>;
  readonly default: number;
};

export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as (keyof BrokerLimits)[];

type LimitRows = readonly { [Name in keyof BrokerLimits]: LimitRow<Name> }[keyof BrokerLimits][];

/** The compiler gives up on unions of so many: each row has the name it was made for. */
export const LIMIT_OPTIONS = LIMIT_NAMES.map((name) => {
  return {
    path: `limits.${name}`,
    type: integer('N', limitRange(name)),
    default: DEFAULT_LIMITS[name],
    help: HELP[name],
    ...((LIVE_LIMITS as readonly string[]).includes(name) ? { reload: 'live' } : {}),
  };
}) as unknown as LimitRows;
