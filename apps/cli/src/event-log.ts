/**
 * What happens in a broker, as lines of a log. Whatever clients can bring about as often as they like is summed up: a log
 * that grows with an attack is a second one. Never payloads, never passwords; names of clients are made printable.
 */
import type { Broker, BrokerEvents } from 'signalbox/broker';
import { reasonCodeName } from 'signalbox/mqtt';
import type { Log } from './log.ts';
import { printable } from './printable.ts';

const PERIOD_MS = 10_000;
/** Lines of one kind in one period; further ones are counted. */
const MOST_LINES = 20;
/** Clients whose drops are told apart in one period. */
const MOST_CLIENTS = 1_000;
const SHOWN_CLIENTS = 5;

/** Answers a function that stops it, after a last summary. */
export function logEvents(broker: Broker, log: Log): () => void {
  const { logger } = log;
  const refusals = new Limited((count) => logger.info({ count }, `${count} more refused`));
  const faults = new Limited((count) => logger.error({ count }, `${count} more errors`));
  const drops = new DropSummary(log);
  broker.on('connected', ({ client, sessionPresent }) => {
    if (!logger.isLevelEnabled('debug')) return;
    const session = sessionPresent ? 'resumed' : 'new';
    const words = `connected ${printable(client.clientId)} (${spoken(client.protocolVersion)}, ${session} session)`;
    logger.debug({ ...fieldsOf(client), sessionPresent }, `${words} from ${client.remoteAddress}`);
  });
  broker.on('disconnected', ({ client, error }) => {
    if (!logger.isLevelEnabled('debug')) return;
    const reason = error === undefined ? {} : { reason: printable(error.message) };
    const words = error === undefined ? '' : `: ${printable(error.message)}`;
    logger.debug({ ...fieldsOf(client), ...reason }, `disconnected ${printable(client.clientId)}${words}`);
  });
  broker.on('refused', ({ client, reasonCode }) => {
    refusals.say(() => {
      const words = `refused ${printable(client.clientId)} from ${client.remoteAddress}: ${hex(reasonCode)}`;
      const reason = reasonCodeName(reasonCode);
      logger.info({ ...fieldsOf(client), reasonCode, reason }, `${words} ${reason}`);
    });
  });
  broker.on('subscribed', ({ client, topicFilter, reasonCode }) => {
    if (!logger.isLevelEnabled('debug')) return;
    const words = `subscribed ${printable(client.clientId)} to ${printable(topicFilter)}: ${hex(reasonCode)}`;
    logger.debug({ ...fieldsOf(client), topicFilter: printable(topicFilter), reasonCode }, words);
  });
  broker.on('dropped', (dropped) => drops.count(dropped));
  broker.on('banned', (ban) => {
    const value = printable(ban.value);
    const { username, address } = ban;
    const whose =
      username === undefined ? (address === undefined ? '' : ` at ${address}`) : ` of ${printable(username)}`;
    logger.warn({ ...ban, value }, `banned ${ban.kind} ${value}${whose} until ${new Date(ban.until).toISOString()}`);
  });
  broker.on('overload', ({ isOn, delayMs }) => {
    const ms = Math.round(delayMs);
    if (isOn) logger.warn({ delayMs: ms }, `overloaded: ${ms} ms late; new connections are refused`);
    else logger.info({ delayMs: ms }, 'no longer overloaded');
  });
  broker.on('warning', ({ code, message }) => logger.warn({ code }, message));
  broker.on('error', ({ error, while: doing }) => {
    faults.say(() => {
      const err = error instanceof Error ? error : new Error(String(error));
      logger.error({ err, while: doing }, `error while ${doing}: ${printable(err.message)}`);
    });
  });
  const sumUp = (): void => {
    for (const each of [refusals, faults, drops]) each.sumUp();
  };
  const timer = setInterval(sumUp, PERIOD_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    sumUp();
  };
}

function spoken(protocolVersion: BrokerEvents['connected']['client']['protocolVersion']): string {
  return protocolVersion === 1 ? 'MSIP' : `MQTT ${protocolVersion}`;
}

function fieldsOf(client: BrokerEvents['connected']['client']): Record<string, unknown> {
  const { clientId, username, protocolVersion, remoteAddress, listener } = client;
  const user = username === undefined ? {} : { username: printable(username) };
  return { clientId: printable(clientId), ...user, protocolVersion, remoteAddress, listener };
}

function hex(reasonCode: number): string {
  return `0x${reasonCode.toString(16).padStart(2, '0')}`;
}

/** Some lines in each period, and then how many more there would have been. */
class Limited {
  readonly #tellRest: (count: number) => void;
  #count = 0;

  constructor(tellRest: (count: number) => void) {
    this.#tellRest = tellRest;
  }

  say(line: () => void): void {
    this.#count++;
    if (this.#count <= MOST_LINES) line();
  }

  sumUp(): void {
    const rest = this.#count - MOST_LINES;
    this.#count = 0;
    if (rest > 0) this.#tellRest(rest);
  }
}

/** One line for all drops of a period: by reason, and who had most. */
class DropSummary {
  readonly #log: Log;
  readonly #byReason = new Map<string, number>();
  readonly #byClient = new Map<string, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  count({ clientId, reason }: BrokerEvents['dropped']): void {
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + 1);
    const known = this.#byClient.get(clientId);
    if (known !== undefined || this.#byClient.size < MOST_CLIENTS) this.#byClient.set(clientId, (known ?? 0) + 1);
  }

  sumUp(): void {
    if (this.#byReason.size === 0) return;
    const byReason = Object.fromEntries(this.#byReason);
    const most = [...this.#byClient].sort(([, a], [, b]) => b - a).slice(0, SHOWN_CLIENTS);
    const clients = most.map(([clientId, count]) => ({ clientId: printable(clientId), count }));
    const total = [...this.#byReason.values()].reduce((sum, count) => sum + count, 0);
    const reasons = [...this.#byReason].map(([reason, count]) => `${reason} ${count}`).join(', ');
    const names = clients
      .map(({ clientId, count }) => `${clientId === '' ? '(nobody)' : clientId} ${count}`)
      .join(', ');
    this.#log.logger.warn(
      { total, byReason, clients },
      `dropped ${total} messages: ${reasons}; most of them: ${names}`,
    );
    this.#byReason.clear();
    this.#byClient.clear();
  }
}
