// What a broker owes for what it has acknowledged, message by message and subscriber by subscriber (§4.1, §4.3, §4.6, §4.8):
// nothing acknowledged is lost, QoS 2 comes once, order is kept, and nobody gets what was not asked for.

import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import type { DurableClient } from './durable-client.ts';
import { describeHistory } from './history.ts';
import type { Journal, Message } from './journal.ts';

/** Between a clock here and one there, and between a message's publication and its acknowledgement. */
const EXPIRY_SLACK_MS = 1500;

export function judge(journal: Journal, subscribers: readonly DurableClient[]): string[] {
  const end = journal.order();
  const findings: string[] = [];
  for (const client of subscribers) {
    const judgement = new Judgement(journal, client, end);
    for (const message of journal.messages) judgement.consider(message);
    judgement.considerOrder();
    findings.push(...judgement.findings);
  }
  findings.push(...judgeShares(journal, subscribers, end));
  return findings;
}

/** Messages that their publisher could not get rid of although the broker was there for long. */
export function findUnsettled(messages: readonly Message[]): string[] {
  return messages.flatMap((message) => {
    const { id, isWill, isGivenUp, reasonCode } = message;
    if (isWill) return [];
    if (isGivenUp) return [`${id}: given up, the publisher's session was lost`];
    if (reasonCode < 0) return [`${id}: never settled`];
    const isSuccess = reasonCode < 0x80 || reasonCode === ReasonCode.PacketIdentifierNotFound;
    return isSuccess ? [] : [`${id}: refused with 0x${reasonCode.toString(16)}`];
  });
}

class Judgement {
  readonly findings: string[] = [];
  readonly #journal: Journal;
  readonly #client: DurableClient;
  readonly #end: number;
  readonly #owed = new Map<string, Message>();

  constructor(journal: Journal, client: DurableClient, end: number) {
    this.#journal = journal;
    this.#client = client;
    this.#end = end;
  }

  consider(message: Message): void {
    if (message.publish.payload === '') return;
    const client = this.#client;
    const times = client.received.get(message.id) ?? 0;
    const { own, shared } = chances(client, message, this.#end);
    if (own === 'no' && shared === 'no') {
      if (times > 0) this.#find(message, 'nobody asked for it, and it came');
      return;
    }
    const copies = (own === 'no' ? 0 : 1) + (shared === 'no' ? 0 : 1);
    const isOnce = message.qos === 2 && client.options.qos === 2 && client.sessionSince < message.calledAt;
    if (isOnce && times > copies) this.#find(message, `it came ${times} times`);
    if (times > 0 && message.expiry > 0) this.#considerExpiry(message);
    if (own !== 'sure' || !isOwed(client, message)) return;
    if (message.expiry === 0) this.#owed.set(message.id, message);
    if (times === 0 && !mayHaveExpired(message)) this.#find(message, 'it is lost');
  }

  /** First copies come in the order of publication, for each publisher, topic and QoS. [MQTT-4.6.0-6] */
  considerOrder(): void {
    const last = new Map<string, Message>();
    for (const id of this.#client.received.keys()) {
      const message = this.#owed.get(id);
      if (message === undefined || message.isWill) continue;
      const line = `${message.publisher} ${message.topicName} ${message.qos}`;
      const before = last.get(line);
      if (before !== undefined && before.calledAt > message.calledAt) this.#find(message, `it came after ${before.id}`);
      else last.set(line, message);
    }
  }

  /** Who was away from before the publication until after the end of its time must not get it. [MQTT-3.3.2-5] */
  #considerExpiry(message: Message): void {
    const { connections, broughtBy } = this.#client;
    const at = broughtBy.get(message.id)!;
    const connection = connections[at]!;
    const before = connections[at - 1];
    if (message.acknowledgedMs === Infinity || (before !== undefined && before.endedAt > message.calledAt)) return;
    const lateMs = connection.begunMs - message.acknowledgedMs - message.expiry * 1000;
    if (lateMs > EXPIRY_SLACK_MS) this.#find(message, `it came ${lateMs.toFixed(0)} ms after its time`);
  }

  #find(message: Message, what: string): void {
    this.findings.push(describeHistory(this.#journal, this.#client, message, what));
  }
}

type Chance = 'no' | 'perhaps' | 'sure';

/** Whether a subscription of the client matched the message while it was routed. */
function chances(client: DurableClient, message: Message, end: number): { own: Chance; shared: Chance } {
  const { calledAt } = message;
  const to = message.isWill || message.settledAt === Infinity ? end : message.settledAt;
  const chance = (kind: 'own' | 'shared'): Chance => {
    const histories = client.wishes.matching(message.topicName, kind);
    if (histories.some((history) => history.isSure(calledAt, to))) return 'sure';
    return histories.some((history) => history.isPossible(calledAt, to)) ? 'perhaps' : 'no';
  };
  return { own: chance('own'), shared: chance('shared') };
}

function isOwed(client: DurableClient, message: Message): boolean {
  if (message.acknowledgedAt === Infinity || client.sessionSince > message.calledAt) return false;
  // A will is owed when its connection has ended, and not by a DISCONNECT.
  return !message.isWill || (message.settledAt !== Infinity && !message.isGivenUp);
}

/** Longer than a trial. */
const LONG_SECONDS = 3600;

function mayHaveExpired({ expiry }: Message): boolean {
  return expiry > 0 && expiry < LONG_SECONDS;
}

/** Each message to one member of the group. [MQTT-4.8.2-4] */
function judgeShares(journal: Journal, subscribers: readonly DurableClient[], end: number): string[] {
  const findings: string[] = [];
  for (const message of journal.messages) {
    const members = subscribers.filter((client) => chances(client, message, end).shared !== 'no');
    if (members.length === 0 || message.publish.payload === '') continue;
    const times = members.reduce((sum, client) => sum + (client.received.get(message.id) ?? 0), 0);
    const isSure = members.some((client) => chances(client, message, end).shared === 'sure' && isOwed(client, message));
    const isOnce = message.qos === 2 && members.every(({ options }) => options.qos === 2);
    const find = (what: string): void => {
      findings.push(describeHistory(journal, members[0]!, message, `${what} to a group`));
    };
    if (isOnce && times > 1) find(`it came ${times} times`);
    if (isSure && times === 0 && !mayHaveExpired(message)) find('it did not come');
  }
  return findings;
}
