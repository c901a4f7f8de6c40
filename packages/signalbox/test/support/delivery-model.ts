// What a broker promises about a set of publications, checked against what its clients saw: nothing to who did not
// subscribe, QoS 1 at least once, QoS 2 exactly once, order for each publisher and QoS, drops counted. §4.3, §4.6, §4.8

import { expect } from 'vitest';
import type { Dropped } from './virtual-broker.ts';
import type { Published, VirtualClient } from './virtual-client.ts';

export interface DeliveryModel {
  readonly clients: readonly VirtualClient[];
  /** Messages the broker said it gave up; each must have a topic of its own for this to tell anything. */
  readonly dropped?: readonly Dropped[];
  /**
   * Whether brokers fell before they had committed what they were given: then who has no session that could remember
   * gets a message again when it is published again.
   */
  readonly isForgetful?: boolean;
  /** Whether no connection was lost: then QoS 0 is delivered or dropped as well. */
  readonly isCalm?: boolean;
}

export function expectDelivered(model: DeliveryModel): void {
  const { clients } = model;
  const published = clients.flatMap((client) => client.published);
  const gone = new Map(model.dropped?.map(({ clientId, topicName, reason }) => [`${clientId} ${topicName}`, reason]));
  expect(published.filter((each) => each.qos > 0 && each.reasonCode < 0 && !each.isGivenUp)).toEqual([]);
  for (const client of clients) {
    const counts = new Map<string, number>();
    for (const { payload } of client.received) counts.set(payload, (counts.get(payload) ?? 0) + 1);
    for (const message of published) {
      expectOwed(client, message, counts.get(message.payload) ?? 0, {
        dropReason: gone.get(`${client.clientId} ${message.topicName}`),
        isCalm: model.isCalm === true,
        isForgetful: model.isForgetful === true,
      });
    }
    expectOrder(client, published, (message) => {
      if (gone.has(`${client.clientId} ${message.topicName}`)) return false;
      return isFirstTold(client, message, model.isForgetful === true);
    });
  }
  expectShared(clients, published, new Set(model.dropped?.map(({ topicName }) => topicName)));
}

/** QoS at which the client gets the message. */
function qosAt(client: VirtualClient, message: Published): number {
  return Math.min(client.qos, message.qos);
}

/** Whether the message surely went through the broker. */
function isPublished({ qos, reasonCode }: Published): boolean {
  return qos > 0 && reasonCode >= 0 && (reasonCode < 0x80 || reasonCode === 0x92); // PUBREL of what the broker has released
}

/** Whether the client surely has a right to the message by a subscription of its own. */
function isOwed(client: VirtualClient, message: Published): boolean {
  return isPublished(message) && client.sessionSince < message.calledAt && client.mustMatch(message, 'own');
}

/** A session that ends can have messages in flight that the client has got already. */
function isUndelivered(dropReason: string | undefined): boolean {
  return dropReason !== undefined && dropReason !== 'session-ended';
}

interface Circumstances {
  readonly dropReason: string | undefined;
  readonly isCalm: boolean;
  readonly isForgetful: boolean;
}

function expectOwed(client: VirtualClient, message: Published, count: number, at: Circumstances): void {
  const name = `${message.payload} at QoS ${message.qos} to ${client.clientId} at QoS ${client.qos}`;
  const copies = (client.mayMatch(message, 'own') ? 1 : 0) + (client.mayMatch(message, 'shared') ? 1 : 0);
  const qos = qosAt(client, message);
  if (copies === 0) expect(count, `${name}: nobody asked for it`).toBe(0);
  const mayRepeat =
    message.qos === 1 || qos === 1 || (at.isForgetful && !(qos === 2 && client.sessionSince < message.calledAt));
  if (at.isCalm || !mayRepeat) expect(count, `${name}: too often`).toBeLessThanOrEqual(copies);
  if (!isOwed(client, message) || (qos === 0 && !at.isCalm)) return;
  if (isUndelivered(at.dropReason) && message.qos === 2 && qos === 2)
    expect(count, `${name}: dropped (${at.dropReason}) and delivered`).toBeLessThan(copies);
  if (at.dropReason === undefined) expect(count, `${name}: lost`).toBeGreaterThanOrEqual(1);
}

/** First copies come in the order of publication, for each publisher, topic and QoS. [MQTT-4.6.0-6] */
function expectOrder(
  client: VirtualClient,
  published: readonly Published[],
  isTold: (message: Published) => boolean,
): void {
  const places = new Map(published.map((message, index) => [message.payload, { message, index }]));
  const last = new Map<string, number>();
  const seen = new Set<string>();
  for (const { payload } of client.received) {
    const place = places.get(payload);
    if (place === undefined) continue; // a will
    const { message, index } = place;
    if (seen.has(payload) || !isTold(message)) continue;
    seen.add(payload);
    const group = message.topicName.split('/', 2).join('/');
    const line = `${message.publisher.clientId} ${group} ${qosAt(client, message)} of ${message.qos}`;
    expect(index, `${line}: ${payload} out of order at ${client.clientId}`).toBeGreaterThan(last.get(line) ?? -1);
    last.set(line, index);
  }
}

/**
 * Whether the first copy that came was the first that there was. A message that is published again need not have been
 * delivered the first time: before the subscription, at QoS 0, where it expired, to another member of a group.
 */
function isFirstTold(client: VirtualClient, message: Published, isForgetful: boolean): boolean {
  if (message.qos === 0) return !client.mayMatch(message, 'shared');
  if (message.qos === 2 && !isForgetful) return true;
  return qosAt(client, message) > 0 && client.options.isPersistent && isOwed(client, message);
}

/** Each message to one member of the group. [MQTT-4.8.2-4] */
function expectShared(
  clients: readonly VirtualClient[],
  published: readonly Published[],
  dropped: ReadonlySet<string>,
): void {
  for (const message of published) {
    const members = clients.filter((client) => client.mayMatch(message, 'shared'));
    if (members.length === 0) continue;
    const shares = members.flatMap((client) => client.received.filter(({ payload }) => payload === message.payload));
    const own = members.filter((client) => client.mayMatch(message, 'own')).length;
    const isSurelyShared =
      isPublished(message) &&
      members.some((client) => client.mustMatch(message, 'shared')) &&
      members.every((client) => client.options.isPersistent && client.qos > 0);
    const name = `${message.payload} at QoS ${message.qos} to a group`;
    if (message.qos === 2 && members.every((client) => client.qos === 2)) {
      expect(shares.length, `${name}: too often`).toBeLessThanOrEqual(1 + own);
    }
    if (isSurelyShared && !dropped.has(message.topicName)) {
      expect(shares.length, `${name}: lost`).toBeGreaterThanOrEqual(1);
    }
  }
}
