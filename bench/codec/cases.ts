// The packets that the codecs read and write: the same ones in the words of both libraries, and the stream of bytes
// they make. The stream comes from mqtt-packet: what we cannot read of it, we do not support.

import type { Packet } from 'mqtt-packet';
import mqttPacket from 'mqtt-packet';
import type { PacketInput } from 'signalbox/mqtt';

export type Direction = 'parse' | 'generate';

export const DIRECTIONS: readonly Direction[] = ['parse', 'generate'];

export interface CodecCase {
  readonly name: string;
  readonly protocolVersion: 4 | 5;
  readonly ours: readonly PacketInput[];
  readonly theirs: readonly Packet[];
  /** The stream cut as a socket would deliver it: packets span the cuts. */
  readonly chunks: readonly Buffer[];
  readonly byteLength: number;
}

const CHUNK_SIZE = 65_536;
const TOPIC_COUNT = 1000;

const TOPICS = Array.from(
  { length: TOPIC_COUNT },
  (_, index) => `plants/${index % 10}/lines/${Math.floor(index / 10)}/temperature/${index}`,
);

/** Payloads differ from packet to packet and hold every byte value. */
function payloadOf(index: number, size: number): Buffer {
  const payload = Buffer.alloc(size);
  for (let at = 0; at < size; at++) payload[at] = (index * 31 + at * 7 + (at >> 8)) & 0xff;
  return payload;
}

type Pair = readonly [ours: PacketInput, theirs: Packet];

function publishPair(index: number, size: number, qos: 0 | 1): Pair {
  const topicName = TOPICS[(index * 7919) % TOPIC_COUNT]!; // 7919 is prime: all topics, neighbours differ
  const payload = payloadOf(index, size);
  const packetIdentifier = qos === 0 ? 0 : (index % 65_535) + 1;
  return [
    { type: 'publish', topicName, payload, qos, retain: false, duplicate: false, packetIdentifier },
    { cmd: 'publish', topic: topicName, payload, qos, retain: false, dup: false, messageId: packetIdentifier },
  ];
}

function connectPair(index: number): Pair {
  const clientId = `device-${index}`;
  const properties = {
    sessionExpiryInterval: 3600,
    receiveMaximum: 100,
    maximumPacketSize: 65_536,
    topicAliasMaximum: 10,
  };
  const password = Buffer.from('secret');
  const payload = payloadOf(index, 16);
  return [
    {
      type: 'connect',
      protocolVersion: 5,
      clientId,
      cleanStart: false,
      keepAlive: 60,
      username: 'user',
      password,
      will: {
        topicName: `status/${clientId}`,
        payload,
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 5, contentType: 'application/json' },
      },
      properties: {
        ...properties,
        requestProblemInformation: true,
        userProperties: [
          ['site', 'north'],
          ['line', '7'],
        ],
      },
    },
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clientId,
      clean: false,
      keepalive: 60,
      username: 'user',
      password,
      will: {
        topic: `status/${clientId}`,
        payload,
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 5, contentType: 'application/json' },
      },
      properties: { ...properties, requestProblemInformation: true, userProperties: { site: 'north', line: '7' } },
    },
  ];
}

function subscribePair(index: number): Pair {
  const packetIdentifier = (index % 65_535) + 1;
  const filters = [`plants/${index % 10}/#`, 'plants/+/lines/+/temperature/+', `devices/${index}/commands`];
  return [
    {
      type: 'subscribe',
      packetIdentifier,
      subscriptions: filters.map((topicFilter) => ({
        topicFilter,
        qos: 1,
        noLocal: true,
        retainAsPublished: true,
        retainHandling: 1,
      })),
      properties: { subscriptionIdentifiers: [index + 1], userProperties: [['purpose', 'bench']] },
    },
    {
      cmd: 'subscribe',
      messageId: packetIdentifier,
      subscriptions: filters.map((topic) => ({ topic, qos: 1, nl: true, rap: true, rh: 1 })),
      properties: { subscriptionIdentifier: index + 1, userProperties: { purpose: 'bench' } },
    },
  ];
}

function cut(stream: Buffer): Buffer[] {
  const count = Math.ceil(stream.length / CHUNK_SIZE);
  return Array.from({ length: count }, (_, at) => stream.subarray(at * CHUNK_SIZE, (at + 1) * CHUNK_SIZE));
}

function createCase(name: string, protocolVersion: 4 | 5, count: number, pair: (index: number) => Pair): CodecCase {
  const pairs = Array.from({ length: count }, (_, index) => pair(index));
  const stream = Buffer.concat(pairs.map(([, theirs]) => mqttPacket.generate(theirs, { protocolVersion })));
  return {
    name,
    protocolVersion,
    ours: pairs.map(([ours]) => ours),
    theirs: pairs.map(([, theirs]) => theirs),
    chunks: cut(stream),
    byteLength: stream.length,
  };
}

/** Built when its turn comes: all of them together would be many megabytes. */
export interface CaseBuilder {
  readonly name: string;
  readonly build: () => CodecCase;
}

function publishCase(size: number, qos: 0 | 1, protocolVersion: 4 | 5): CaseBuilder {
  const label = size === 1024 ? '1 KiB' : `${size} B`;
  const name = `publish ${label} q${qos} ${protocolVersion === 5 ? '5.0' : '3.1.1'}`;
  const count = size > 500 ? 4000 : 10_000;
  return { name, build: () => createCase(name, protocolVersion, count, (index) => publishPair(index, size, qos)) };
}

export const CASES: readonly CaseBuilder[] = [
  publishCase(64, 0, 4),
  publishCase(64, 1, 4),
  publishCase(64, 0, 5),
  publishCase(64, 1, 5),
  publishCase(1024, 0, 4),
  publishCase(1024, 1, 4),
  publishCase(1024, 0, 5),
  publishCase(1024, 1, 5),
  { name: 'connect 5.0', build: () => createCase('connect 5.0', 5, 3000, connectPair) },
  { name: 'subscribe 5.0', build: () => createCase('subscribe 5.0', 5, 3000, subscribePair) },
];
