// Links over networks that fail and with peers that mean harm: cut after every byte, standing still, half open, hostile bytes.
import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { answerRequests } from '../../src/connect/answering.ts';
import {
  type Connection,
  type ConnectionListener,
  type Link,
  listen,
  openLink,
  Requester,
} from '../../src/connect/index.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { turns } from '../transport/recorder.ts';
import { connectTo, GRACE_MS, listenAt } from './connect-stage.ts';
import { FaultyNetwork } from './faulty-network.ts';

const KNOWN = ['CONNECTION_LOST', 'INSUFFICIENT_BYTES', 'CLOSED', 'TIMEOUT', 'UNCERTAIN', 'PEER_SILENT'];

describe('a network that is cut', () => {
  const listeners: ConnectionListener[] = [];
  let network: FaultyNetwork;
  let url: string;
  /** What the server has read of each connection, and how that ended. */
  const heard: { readonly texts: string[]; readonly ended: Promise<unknown> }[] = [];

  beforeAll(async () => {
    const listener = await listen('tcp://127.0.0.1:0', { graceMs: GRACE_MS });
    listeners.push(listener);
    network = await FaultyNetwork.before(Number(new URL(listener.url).port));
    url = network.url.replace('mqtt:', 'tcp:');
    void (async () => {
      for await (const connection of listener) heard.push(echo(connection));
    })();
  });

  afterAll(async () => {
    await network.close();
    for (const listener of listeners) await listener.close({ connections: 'close', timeoutMs: 100 });
  });

  function echo(connection: Connection) {
    const texts: string[] = [];
    const ended = (async () => {
      for await (const message of connection) {
        texts.push(message.text);
        await connection.send(message);
      }
      await connection.close();
    })().catch((error: Error & { code: string }) => error.code);
    return { texts, ended };
  }

  const WORDS = ['first', 'second', 'third'];
  /** Bytes of the dialogue, each way. */
  const LENGTH = WORDS.reduce((sum, word) => sum + word.length + 8, 0);

  it.each(Array.from({ length: 2 * LENGTH + 1 }, (_, n) => n + 1))(
    'after byte %i of a short dialogue: what came is whole and in order, and everything settles',
    async (cutAfter) => {
      network.faults.push({ cutAfter });
      const count = heard.length;
      const client = await connectTo(url);
      const answers: string[] = [];
      const talk = async (): Promise<void> => {
        for (const word of WORDS) {
          await client.send(word);
          const answer = await client.receive();
          if (answer === undefined) return;
          answers.push(answer.text);
        }
      };
      const error = await talk().catch((reason: Error & { code: string }) => reason);
      if (error !== undefined) expect(KNOWN).toContain(error.code);
      await client.close().catch((reason: Error & { code: string }) => expect(KNOWN).toContain(reason.code));
      await client.closed;
      while (heard.length === count) await turns(2);
      const [server] = heard.slice(count);
      const ended = await server!.ended;
      if (ended !== undefined) expect(KNOWN).toContain(ended);
      expect(answers).toEqual(WORDS.slice(0, answers.length));
      expect(server!.texts).toEqual(WORDS.slice(0, server!.texts.length));
      expect(answers.length).toBeLessThanOrEqual(server!.texts.length);
      if (cutAfter > 2 * LENGTH) expect(answers).toEqual(WORDS);
    },
  );

  it.each([1, 9, 20, 33])('a link gets through when its first connections are cut after byte %i', async (cutAfter) => {
    network.faults.push({ cutAfter }, { isRefused: true }, { cutAfter }, { pieceSize: 1 });
    const link: Link = openLink(url, { backOff: { firstMs: 5, longestMs: 20 }, uncertain: 'resend' });
    onTestFinished(() => link.close({ timeoutMs: 100 }));
    const answers = new Set<string>();
    let index = 0;
    const reading = (async () => {
      for await (const { text } of link) answers.add(text);
    })();
    while (answers.size < 20) {
      await link
        .send(`message ${index++}`)
        .catch((error: Error & { code: string }) => expect(KNOWN).toContain(error.code));
      await turns(3);
    }
    await link.close();
    await reading;
    expect(link.statistics.connections).toBeGreaterThanOrEqual(2);
  });

  it('requests that wait when it is cut are told', async () => {
    network.faults.push({ cutAfter: 25 });
    const requester = new Requester(await connectTo(url));
    const asked = Array.from({ length: 5 }, (_, at) => new Outcome(requester.request(`question ${at}`)));
    while (asked.some(({ state }) => state === 'pending')) await turns(2);
    for (const { code } of asked) expect(KNOWN).toContain(code);
  });

  it('a network that falls silent is noticed by heartbeats, at both ends', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0', { keepAlive: { intervalMs: 20, timeoutMs: 200 } });
    const silent = await FaultyNetwork.before(Number(new URL(listener.url).port));
    onTestFinished(() => silent.close());
    silent.faults.push({ silentAfter: 30 });
    const client = await connectTo(silent.url.replace('mqtt:', 'tcp:'), {
      keepAlive: { intervalMs: 20, timeoutMs: 200 },
    });
    const server = await listener.accept();
    expect(await client.closed).toMatchObject({ code: 'PEER_SILENT' });
    expect(await server!.closed).toMatchObject({ code: 'PEER_SILENT' });
  });

  it('a network in drops of one byte changes nothing', async () => {
    network.faults.push({ pieceSize: 1 });
    const client = await connectTo(url);
    await client.sendAll(['one', 'two', 'three']);
    for (const word of ['one', 'two', 'three']) expect((await client.receive())?.text).toBe(word);
    await client.close();
  });
});

describe('hostile bytes over real sockets', () => {
  async function raw(url: string): Promise<Socket> {
    const socket = dial(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  it.each([
    ['size 0', '00000000', 'BAD_SIZE'],
    ['size 1', '00000001', 'BAD_SIZE'],
    ['size 2', '00000002', 'BAD_SIZE'],
    ['size 3', '00000003', 'BAD_SIZE'],
    ['size 4', '00000004', 'EMPTY_MESSAGE'],
    ['size 4 GiB', 'ffffffff', 'TOO_LARGE_MESSAGE'],
    ['a byte too many', '05f5e105', 'TOO_LARGE_MESSAGE'],
    ['version 0', '000000050000', 'BAD_VERSION'],
    ['version 2', '000000050002', 'BAD_VERSION'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n').toString('hex'), 'TOO_LARGE_MESSAGE'],
    ['TLS', '160301020001', 'TOO_LARGE_MESSAGE'],
  ])('%s ends that connection and no other', async (_, hex, code) => {
    const listener = await listenAt('tcp://127.0.0.1:0');
    const good = await connectTo(listener.url);
    const goodServer = await listener.accept();
    const socket = await raw(listener.url);
    const victim = await listener.accept();
    socket.write(Buffer.concat([new Datagram('before').toBytes(), Buffer.from(hex, 'hex')]));
    expect((await victim!.receive())?.text).toBe('before');
    await expect(victim!.receive()).rejects.toMatchObject({ code });
    await expect(victim!.send('x')).rejects.toMatchObject({ code });
    expect(await victim!.closed).toMatchObject({ code });
    await good.send('still here');
    expect((await goodServer!.receive())?.text).toBe('still here');
  });

  it('a peer that announces much and sends little takes little memory', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0');
    const before = process.memoryUsage().arrayBuffers;
    const sockets = await Promise.all(Array.from({ length: 100 }, () => raw(listener.url)));
    for (const socket of sockets) socket.write(Buffer.from('05f5e10400010000ff', 'hex'));
    while (listener.statistics.waiting < 100) await turns(2);
    await turns();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it('a peer that ends in the middle of a message is told apart from one that ends', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0');
    const socket = await raw(listener.url);
    const victim = await listener.accept();
    socket.end(new Datagram('half').toBytes().subarray(0, 10));
    await expect(victim!.receive()).rejects.toMatchObject({ code: 'INSUFFICIENT_BYTES' });
  });

  it('a peer that resets the connection is told as a failure', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0');
    const socket = await raw(listener.url);
    const victim = await listener.accept();
    const waiting = new Outcome(victim!.receive());
    socket.resetAndDestroy();
    expect(await victim!.closed).toMatchObject({ code: 'CONNECTION_LOST' });
    await turns();
    expect(waiting.code).toBe('CONNECTION_LOST');
  });

  it('requests of strangers are answered or end the connection, and nobody else suffers', async () => {
    const listener = await listenAt('tcp://127.0.0.1:0');
    void (async () => {
      for await (const connection of listener) answerRequests(connection, ({ data }) => data).catch(() => {});
    })();
    const socket = await raw(listener.url);
    socket.write(Buffer.from('ffffffffffff', 'hex'));
    await once(socket.resume(), 'close');
    const requester = new Requester(await connectTo(listener.url));
    expect((await requester.request('well')).text).toBe('well');
  });
});
