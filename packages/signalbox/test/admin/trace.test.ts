// Watching packets: in the library, and as lines of JSON over the admin API.
import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import type { TracedPacket } from '../../src/broker/observation/tracing.ts';
import { frameToLine } from '../../src/msip/frame-json.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';
import { startAdmin } from './admin.ts';

describe('broker.trace', () => {
  it('shows all packets of one client, both ways, and nobody else’s', async () => {
    const { broker, connect } = await startBroker();
    const seen: string[] = [];
    const stop = broker.trace({ clientId: 'watched' }, ({ direction, packet }) =>
      seen.push(`${direction} ${packet.type}`),
    );
    const watched = await connect('watched', { connect: { password: 'secret', username: 'u' } });
    const other = await connect('other');
    await watched.subscribe('t', 1);
    await other.publish('t', 'hello', { qos: 1 });
    await watched.message();
    const dialogue = ['received connect', 'sent connack', 'received subscribe', 'sent suback', 'sent publish'];
    await expect.poll(() => seen).toEqual([...dialogue, 'received puback']);
    stop();
    await watched.publish('t', 'x', { qos: 1 });
    expect(seen).toHaveLength(6);
    expect(exchangeOf(broker).tracing).toBeUndefined();
  });

  it('shows acknowledgements of both directions, and changes nothing by it', async () => {
    const { broker, connect } = await startBroker();
    const seen: string[] = [];
    broker.trace({ clientId: 'watched' }, ({ direction, packet }) => seen.push(`${direction} ${packet.type}`));
    const watched = await connect('watched');
    const of = (type: string) => seen.filter((line) => line.endsWith(type));
    const exchange = async (): Promise<number> => {
      const done = of('pubcomp').length + 2;
      await watched.publish('t', 'hello', { qos: 2 });
      await watched.message();
      await expect.poll(() => of('pubcomp').length).toBe(done);
      return exchangeOf(broker).statistics.otherPacketsReceived;
    };
    await watched.subscribe('t', 2);
    const before = await exchange();
    expect((await exchange()) - before).toBe(3); // PUBREL, PUBREC, PUBCOMP
    expect(of('publish')).toEqual(['received publish', 'sent publish', 'received publish', 'sent publish']);
    for (const type of ['pubrec', 'pubrel', 'pubcomp']) {
      expect(of(type).toSorted()).toEqual([`received ${type}`, `received ${type}`, `sent ${type}`, `sent ${type}`]);
    }
  });

  it('shows the messages of one filter, with their name also where an alias stands for it', async () => {
    const { broker, connect } = await startBroker();
    const subscriber = await connect('subscriber', { connect: { properties: { topicAliasMaximum: 5 } } });
    await subscriber.subscribe('#', 0);
    const publisher = await connect('publisher');
    const seen: string[] = [];
    broker.trace({ topicFilter: 'a/+' }, ({ direction, clientId, packet }) => {
      if (packet.type === 'publish' && 'topicName' in packet) seen.push(`${clientId} ${direction} ${packet.topicName}`);
    });
    await publisher.publish('a/1', 'x', { qos: 1 });
    await publisher.publish('b', 'x', { qos: 1 });
    await publisher.publish('a/1', 'x', { qos: 1 });
    const one = ['publisher received a/1', 'subscriber sent a/1'];
    expect(seen).toEqual([...one, ...one]);
  });

  it('shows frames of MSIP as well, of a client or a topic', async () => {
    const { broker, msip } = await startBroker();
    const [ofClient, ofTopic]: [string[], string[]] = [[], []];
    broker.trace({ clientId: 'lamp' }, (traced) => {
      if (traced.protocol === 'msip') ofClient.push(`${traced.direction} ${frameToLine(traced.packet)}`);
    });
    broker.trace({ topicFilter: 'a/#' }, ({ direction, packet }) => ofTopic.push(`${direction} ${packet.type}`));
    const lamp = await msip('lamp\0anna\0secret');
    const other = await msip('other');
    await lamp.subscribe('a/b');
    await other.publish('a/b', 'on');
    await lamp.next();
    expect(ofClient).toEqual([
      'received HELLO msgId=1 clientId="lamp" username="anna" password=***',
      'sent ACK msgId=1 msgKind=STATE payload=4 bytes "lamp"',
      'received SUBSCRIBE msgId=101 flags=ACK_REQUIRED topic="a/b"',
      'sent ACK msgId=101 payload=0 bytes',
      'sent EVENT msgId=101 topic="a/b" message=2 bytes "on"',
    ]);
    expect(ofTopic).toEqual(['received publish', 'sent event']);
  });

  it('leaves out what is more than its limit, counts it, and says so with the next', async () => {
    const clock = new ManualClock();
    const { broker, connect } = await startBroker({ clock });
    const client = await connect('client');
    const seen: TracedPacket[] = [];
    broker.trace({ topicFilter: 't', limit: 3 }, (traced) => seen.push(traced));
    for (let i = 0; i < 10; i++) await client.publish('t', 'x', { qos: 1 });
    expect(seen.map(({ leftOut }) => leftOut)).toEqual([0, 0, 0]);
    clock.advance(1);
    await client.publish('t', 'x', { qos: 1 });
    expect(seen.at(-1)?.leftOut).toBe(7);
  });

  it('a listener that throws harms nobody', async () => {
    const { broker, connect } = await startBroker();
    const errors: unknown[] = [];
    broker.on('error', ({ while: doing }) => errors.push(doing));
    broker.trace({ clientId: 'client' }, () => {
      throw new Error('oops');
    });
    const client = await connect('client');
    expect(await client.publish('t', 'x', { qos: 1 })).toBeLessThan(0x80);
    expect(errors).toContain('tracing');
  });

  it('options that are none, and more traces than there may be, are refused', async () => {
    const { broker } = await startBroker();
    expect(() => broker.trace({ topicFilter: 'a/#/b' }, () => {})).toThrow(/no Topic Filter/);
    expect(() => broker.trace({ limit: 0 }, () => {})).toThrow(/limit/);
    for (let i = 0; i < 16; i++) broker.trace({}, () => {});
    expect(() => broker.trace({}, () => {})).toThrow(/16 traces/);
  });
});

describe('/api/v1/trace', () => {
  it('streams lines of JSON without secrets until the reader goes', async () => {
    const { admin, broker, connect } = await startAdmin();
    const request = get(`${admin.url}/api/v1/trace?clientId=watched&preview=3`);
    onTestFinished(() => {
      request.destroy();
    });
    request.on('error', () => {});
    const response = await new Promise<import('node:http').IncomingMessage>((resolve) =>
      request.once('response', resolve),
    );
    expect(response.headers['content-type']).toMatch(/^application\/x-ndjson/);
    const lines = readLines(response);
    const client = await connect('watched', { connect: { username: 'u', password: 'very-secret' } });
    const connectLine = (await lines.next()).value as string;
    expect(connectLine).not.toContain('very-secret');
    expect(JSON.parse(connectLine)).toMatchObject({
      clientId: 'watched',
      direction: 'received',
      leftOut: 0,
      packet: { type: 'connect', password: '***', username: 'u' },
    });
    await lines.next();
    await client.publish('t', 'payload', { qos: 1 });
    const { packet, text } = JSON.parse((await lines.next()).value as string) as { packet: object; text: string };
    expect(packet).toMatchObject({ type: 'publish', topicName: 't', payload: { length: 7 } });
    expect(text).toMatch(/^PUBLISH topicName="t"/);
    expect(text).not.toContain('payload"');
    const { tracing } = exchangeOf(broker);
    expect(tracing?.size).toBe(1);
    request.destroy();
    while (tracing!.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

async function* readLines(response: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of response) {
    rest += chunk.toString();
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      if (line !== '') yield line;
    }
  }
}
