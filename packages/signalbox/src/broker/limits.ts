/**
 * Every limit of the broker with its default and the reason for it. Nothing in the broker grows without one of these.
 */
import type { ReadLimits } from '../mqtt/read-limits.ts';
import { suggestion } from '../options/nearest.ts';

export interface BrokerLimits extends ReadLimits {
  /** Network connections at once, over all listeners. */
  readonly connections: number;
  /** Network connections at once from one IPv4 address, or one /64 network of IPv6. */
  readonly connectionsPerAddress: number;
  /** Connections a second, over all listeners, with room for five seconds' worth at once; 0: no limit. */
  readonly connectionRate: number;
  /** The same for one address, or one /64 network of IPv6; 0: no limit. */
  readonly connectionRatePerAddress: number;
  /** Connections of one listener in a TLS or WebSocket handshake, or whose PROXY header is waited for. */
  readonly handshakes: number;
  /** Milliseconds from accept to the end of the handshake, where there is one. */
  readonly handshakeTimeoutMs: number;
  /** Milliseconds from accept to CONNECT; then the connection is closed. */
  readonly connectTimeoutMs: number;
  /** Milliseconds a hook may take to answer; then the client it was asked about is disconnected. */
  readonly hookTimeoutMs: number;
  /** Milliseconds an enhanced authentication may take, from its first packet to its last (§4.12). */
  readonly authenticationTimeoutMs: number;
  /** Failed authentications of one address, or for one user name, within ten minutes, until further ones wait for their turn. */
  readonly failures: number;
  /** Milliseconds between the turns at worst: the first is after a quarter of a second, and each failure doubles it. */
  readonly failureDelayMs: number;
  /** Failed authentications and malformed packets of one address within ten minutes; then it is banned. */
  readonly offences: number;
  /** Connections of one client identifier within a minute that lasted less than ten seconds; then it is banned. */
  readonly flapping: number;
  /** Milliseconds a ban lasts; 0: nobody is banned. */
  readonly banMs: number;
  /** Addresses, user names and client identifiers remembered for the limits above, of each this many. */
  readonly offenders: number;
  /** Largest packet accepted, in bytes (Maximum Packet Size, §3.2.2.3.6). */
  readonly packetSize: number;
  /** Largest CONNECT accepted, in bytes: nobody is authenticated yet. */
  readonly connectSize: number;
  /** User Properties of one packet, those of a will included (§3.1.2.11.8). */
  readonly userProperties: number;
  /** Bytes of all User Properties of one packet. */
  readonly userPropertyBytes: number;
  /** Topic Filters of one SUBSCRIBE or UNSUBSCRIBE. */
  readonly topicFilters: number;
  /** PUBLISH packets a second of one client, with room for one second's worth at once; 0: no limit. */
  readonly publishRate: number;
  /** Bytes a second of a client that publishes, likewise; 0: no limit. */
  readonly publishByteRate: number;
  /** QoS 1 and 2 messages a client may have unacknowledged at the broker (Receive Maximum, §3.2.2.3.3). */
  readonly receiveMaximum: number;
  /** QoS 1 and 2 messages the broker has unacknowledged at one client, however large the client's Receive Maximum. */
  readonly inFlight: number;
  /** Topic Aliases a client may set (§3.2.2.3.8), and the broker sets where a client accepts them. */
  readonly topicAliases: number;
  /** Bytes of the Will Messages of all sessions. */
  readonly willBytes: number;
  /** Sessions kept, connected or not. */
  readonly sessions: number;
  /** Sessions that outlive their connection, of clients without a user name; since the broker was started. */
  readonly anonymousSessions: number;
  /** Sessions that outlive their connection, of one user whom authentication named. */
  readonly sessionsPerUser: number;
  /** The same of one IPv4 address, or one /64 network of IPv6, where authentication named nobody; since the broker was started. */
  readonly sessionsPerAddress: number;
  /** Longest Session Expiry Interval granted, in seconds (§3.2.2.3.2). */
  readonly sessionExpiryInterval: number;
  /** Seconds that an MSIP session with subscriptions outlives its connection; messages missed meanwhile are not kept. */
  readonly msipSessionSeconds: number;
  /** Seconds that an acknowledged MSIP session outlives its connection, and its messages with it. */
  readonly msipAcknowledgedSessionSeconds: number;
  /** Seconds an MSIP client may be silent, after half of which it gets a PING; 0: without end. */
  readonly msipIdleSeconds: number;
  /** Largest Keep Alive granted, in seconds; 0 leaves the client's (Server Keep Alive, §3.2.2.3.14). */
  readonly keepAlive: number;
  /** Topic Filters per client. */
  readonly subscriptions: number;
  /** Levels beyond the eighth of all Topic Filters of a client together: few have any, and they cost most to keep and match. */
  readonly deepLevels: number;
  /** Bytes beyond the 256th of all Topic Filters of a client together. */
  readonly longFilterBytes: number;
  /** Topic Filters of all clients. */
  readonly subscriptionsInAll: number;
  /** Topic Names remembered, so that they need not be read again. */
  readonly topicNames: number;
  /** Levels of a Topic Name or Topic Filter. */
  readonly topicLevels: number;
  /** Messages waiting for one client. */
  readonly queuedMessages: number;
  /** Bytes waiting for one client, and as many again that are sent, not acknowledged, and kept for its session. */
  readonly queuedBytes: number;
  /** Bytes waiting for all clients, or sent, not acknowledged and kept; nine tenths of it for QoS 0. */
  readonly queuedBytesInAll: number;
  /** Retained messages in all. */
  readonly retainedMessages: number;
  /** Retained messages of one client; 0: no limit of their own. */
  readonly retainedPerClient: number;
  /** Bytes of retained messages in all. */
  readonly retainedBytes: number;
  /** Milliseconds by which the event loop may be late, twice running, before connections are refused; 0: never. */
  readonly overloadDelayMs: number;
  /** Messages in all that wait for their delay (`$delayed/…`); 0: there are no delays, and these are ordinary topics. */
  readonly delayedMessages: number;
  /** Bytes of such messages in all. */
  readonly delayedBytes: number;
  /** Longest delay, in seconds. */
  readonly delayedSeconds: number;
  /** Bytes of answers that may wait for a client which does not take them; beyond that it is not read. Messages wait elsewhere. */
  readonly unsentBytes: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  connections: 100_000, // above the usual limit of open files, so that this is the operator's choice
  connectionsPerAddress: 100_000, // as many as in all: one proxy or one NAT can bring everybody
  connectionRate: 0, // what the machine can do is seen by the overload guard, not guessed
  connectionRatePerAddress: 0, // likewise: a NAT, or a proxy which does not say for whom it connects
  handshakes: 4_096, // each holds some 50 KB, and more would not be done in time
  handshakeTimeoutMs: 10_000, // a large certificate chain over a poor mobile link takes 3–5 s
  connectTimeoutMs: 10_000, // a TLS handshake over a poor mobile link takes 3–5 s
  hookTimeoutMs: 30_000, // a directory service that is asked over a network, and asked again
  authenticationTimeoutMs: 30_000, // two round trips over a poor link, and a password to be typed in between
  failures: 10, // a person who tries all passwords they have
  failureDelayMs: 5_000, // 17,000 guesses a day for one user name, whatever they come from
  offences: 100, // a device with a wrong password that comes back every ten seconds stays below
  flapping: 30, // one connection every two seconds for a minute: two clients with one identifier, or a crash loop
  banMs: 600_000, // long enough to make guessing pointless, short enough for who has mended the device
  offenders: 10_000, // about 100 bytes each
  packetSize: 8 * 1024 * 1024, // large enough for firmware images in parts, small enough to hold many at once
  connectSize: 256 * 1024, // two strings, a token and a will; nobody is authenticated yet
  userProperties: 100, // programs use a handful; each becomes an object of 100 bytes
  userPropertyBytes: 64 * 1024, // as much as one string may have
  topicFilters: 10_000, // as many as one client may have
  publishRate: 0, // what is much depends on the machine, and on the client
  publishByteRate: 0, // likewise
  receiveMaximum: 1_024, // fills a window of 100 ms at 10,000 messages a second
  inFlight: 1_024, // the same, towards the client
  topicAliases: 64, // a device seldom has more topics; 64 names are a few kilobytes per connection at most
  topicAliasBytes: 64 * 1024, // 64 names of a kilobyte
  willBytes: 256 * 1024 * 1024, // a thousand of the largest that fit into a CONNECT, or millions of usual ones
  sessions: 1_000_000,
  anonymousSessions: 100_000, // who wants more gives them names
  sessionsPerUser: 100_000, // a fleet with one account, and yet a tenth of all places
  sessionsPerAddress: 100_000, // a proxy or a NAT brings many, and yet not all
  sessionExpiryInterval: 0xffff_ffff, // the client decides, as the standard has it
  msipSessionSeconds: 300, // the reference clients try for half a minute to come back
  msipAcknowledgedSessionSeconds: 86_400, // a service that is down over night
  msipIdleSeconds: 0, // the reference clients send nothing of themselves
  keepAlive: 0,
  subscriptions: 10_000, // gateways have thousands
  deepLevels: 50_000, // a million of them make each new Topic Name cost 0.4 s
  longFilterBytes: 1024 * 1024, // 10,000 filters of 64 KB each would be 640 MB
  subscriptionsInAll: 5_000_000, // some 300 bytes each
  topicNames: 16_384, // some megabytes, and more than most brokers have in use at a time
  topicLevels: 128, // matching costs a step per level
  queuedMessages: 10_000, // a minute at 160 messages a second
  queuedBytes: 16 * 1024 * 1024,
  queuedBytesInAll: 1024 * 1024 * 1024, // 64 clients with a full queue; messages for several clients count for each
  retainedMessages: 1_000_000,
  retainedPerClient: 0, // a gateway retains for all its devices
  retainedBytes: 1024 * 1024 * 1024,
  overloadDelayMs: 3_000, // clients wait some ten seconds for an answer, and a slow disk or a full core costs one
  delayedMessages: 100_000,
  delayedBytes: 64 * 1024 * 1024, // anybody who may publish can fill it: little beside what is retained
  delayedSeconds: 30 * 24 * 3600, // what is to be said in a year is better kept by who says it
  unsentBytes: 256 * 1024, // 64,000 acknowledgements beyond the socket's own buffer: nobody who reads gets there
};

/** Where a limit is on the wire, or may be 0, its range is not simply “at least 1”. */
const RANGES: Partial<Record<keyof BrokerLimits, { readonly least: number; readonly most: number }>> = {
  packetSize: { least: 1024, most: 268_435_460 },
  receiveMaximum: { least: 1, most: 65_535 },
  inFlight: { least: 1, most: 65_535 },
  topicAliases: { least: 0, most: 65_535 },
  sessionExpiryInterval: { least: 0, most: 0xffff_ffff },
  msipSessionSeconds: { least: 0, most: 0xffff_ffff },
  msipAcknowledgedSessionSeconds: { least: 0, most: 0xffff_ffff },
  msipIdleSeconds: { least: 0, most: 4_294_967 },
  keepAlive: { least: 0, most: 65_535 },
  connectionRate: { least: 0, most: 1_000_000 },
  userProperties: { least: 0, most: Number.MAX_SAFE_INTEGER },
  userPropertyBytes: { least: 0, most: Number.MAX_SAFE_INTEGER },
  publishRate: { least: 0, most: Number.MAX_SAFE_INTEGER },
  publishByteRate: { least: 0, most: Number.MAX_SAFE_INTEGER },
  overloadDelayMs: { least: 0, most: Number.MAX_SAFE_INTEGER },
  connectionRatePerAddress: { least: 0, most: 1_000_000 },
  banMs: { least: 0, most: Number.MAX_SAFE_INTEGER },
  retainedMessages: { least: 0, most: Number.MAX_SAFE_INTEGER },
  retainedPerClient: { least: 0, most: Number.MAX_SAFE_INTEGER },
  retainedBytes: { least: 0, most: Number.MAX_SAFE_INTEGER },
  delayedMessages: { least: 0, most: Number.MAX_SAFE_INTEGER },
  delayedSeconds: { least: 1, most: 4_294_967 },
};

/** The integers that a limit can be. */
export function limitRange(name: keyof BrokerLimits): { readonly least: number; readonly most: number } {
  return RANGES[name] ?? { least: 1, most: Number.MAX_SAFE_INTEGER };
}

/** The limits with those that differ from the defaults. Throws RangeError. */
export function checkLimits(wanted: Partial<BrokerLimits>): BrokerLimits {
  const limits = { ...DEFAULT_LIMITS } as Record<keyof BrokerLimits, number>;
  for (const [name, value] of Object.entries(wanted) as [keyof BrokerLimits, number | undefined][]) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw new RangeError(`there is no limits.${name}${suggestion(name, Object.keys(DEFAULT_LIMITS), 'limits.')}`);
    if (value === undefined) continue;
    const { least, most } = limitRange(name);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`limits.${name} must be an integer from ${least} to ${most}, not ${String(value)}`);
    }
    limits[name] = value;
  }
  return limits;
}

/** Whether there is any point in RETAIN. */
export function retainsAnything({ retainedMessages, retainedBytes }: BrokerLimits): boolean {
  return retainedMessages > 0 && retainedBytes > 0;
}

/** Limits that are looked at whenever they matter, and nowhere else: a change holds from the next time on. */
export const LIVE_LIMITS = [
  'connections',
  'connectionsPerAddress',
  'authenticationTimeoutMs',
  'flapping',
  'offences',
  'banMs',
  'sessions',
  'sessionsPerUser',
  'sessionsPerAddress',
  'sessionExpiryInterval',
  'msipSessionSeconds',
  'msipAcknowledgedSessionSeconds',
  'keepAlive',
  'subscriptions',
  'topicLevels',
  'unsentBytes',
] as const satisfies readonly (keyof BrokerLimits)[];

export type LiveLimits = Pick<BrokerLimits, (typeof LIVE_LIMITS)[number]>;

/** Changes limits of a running broker. Throws RangeError, and then none has changed. */
export function changeLimits(limits: BrokerLimits, wanted: Partial<LiveLimits>): void {
  for (const name of Object.keys(wanted)) {
    if ((LIVE_LIMITS as readonly string[]).includes(name)) continue;
    throw new RangeError(`limits.${name} cannot change while the broker runs`);
  }
  Object.assign(limits, checkLimits({ ...limits, ...wanted }));
}
