// The code in docs/guide, run as it stands and looked at: what the text says about it has to happen.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/index.ts';
import { Connection, type Packet, Session, TOLERANCES } from '../../src/mqtt/index.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { Events } from '../support/dialogue.ts';
import { codeOf, runCode } from '../support/document-code.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';

/** A Console that keeps what it was told. */
function recorder() {
  const lines: string[] = [];
  const write = (...words: unknown[]) => void lines.push(words.map(String).join(' '));
  return { lines, console: { log: write, error: write } };
}

describe('docs/guide/broker.md', () => {
  const [embedding = '', hooks = '', durable = '', ending = '', watching = '', ...others] = codeOf('guide/broker.md');

  it('has the code that is tested here', () => {
    expect(others).toEqual([]);
  });

  it('a broker in five lines listens, says where, and closes', async () => {
    const { lines, console } = recorder();
    const [broker] = await runCode(embedding.replace(':1883', ':0'), { console }, 'broker');
    expect(lines).toEqual([expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:[1-9]\d*$/)]);
    await expect((broker as Broker).listen('mqtt://127.0.0.1:0')).rejects.toThrow('closed');
  });

  it('the hooks decide what the comments say', async () => {
    const accounts = { verify: async (_username: string, password: Uint8Array) => password?.length === 3 };
    const [made] = await runCode(hooks, { Broker, accounts }, 'broker');
    const broker = made as Broker;
    await broker.open();
    onTestFinished(() => broker.close());
    const connect = (clientId: string, password: string) => {
      const [near, far] = memoryPair();
      broker.attach(far);
      return TestClient.connect(near, {
        connect: { clientId, username: 'u', password: new TextEncoder().encode(password) },
      });
    };
    expect((await connect('stranger', 'wrong')).connack.reasonCode).toBe(0x86);
    const client = await connect('me', 'abc');
    expect(client.connack.reasonCode).toBe(0);
    expect((await client.subscribe('devices/+/x', 2)).reasonCodes).toEqual([1]);
    expect((await client.subscribe('#', 2)).reasonCodes).toEqual([0x87]);
    expect(await client.publish('devices/me/x', 'fine', { qos: 1 })).toBe(0);
    expect(await client.publish('devices/you/x', 'not mine', { qos: 1 })).toBe(0x87);
    expect(await client.publish('devices/me/x', new Uint8Array(65_537), { qos: 1 })).toBe(0x97);
  });

  it('what is durable is there again, and each listener says what it promises', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-guide-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const code = durable.replaceAll(/:188\d/g, ':0').replace('./signalbox-data', folder);
    for (const round of ['first', 'second']) {
      const [made] = await runCode(code, {}, 'broker');
      const broker = made as Broker;
      const [near, far] = memoryPair();
      broker.attach(far, { durability: 'memory' });
      const connect = { clientId: 'c', cleanStart: false, properties: { sessionExpiryInterval: 100 } };
      const { connack } = await TestClient.connect(near, { connect });
      expect([round, connack.sessionPresent]).toEqual([round, round === 'second']);
      expect(connack.properties.userProperties).toEqual([['durability', 'memory']]);
      expect(broker.durability).toBe('disk');
      await broker.close();
    }
  });

  it('draining sends clients to the other server, and closes', async () => {
    const { broker, connect } = await startBroker();
    const client = await connect('c');
    const drained = runCode(ending, { broker });
    const goodbye = { reasonCode: 0x9c, properties: { serverReference: 'other.example:1883' } };
    expect(await client.next('disconnect')).toMatchObject(goodbye);
    await drained;
    expect(broker.readiness.reasons).toEqual(['it is closed']);
  });

  it('the events are heard', async () => {
    const { lines, console } = recorder();
    const { broker, connect } = await startBroker({
      hooks: {
        authorize: () => {
          throw new Error('oh');
        },
      },
    });
    await runCode(watching, { broker, console });
    const client = await connect('c');
    client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 't' }] });
    await client.closed;
    expect(lines).toEqual(['c is new', 'while handling a packet: Error: oh', 'c left: oh']);
  });
});

describe('docs/guide/extras.md', () => {
  it('the settings are accepted, and do what the text says', async () => {
    const [code = '', ...others] = codeOf('guide/extras.md');
    expect(others).toEqual([]);
    const [made] = await runCode(code.replace(':1883', ':0'), {}, 'broker');
    const broker = made as Broker;
    onTestFinished(() => broker.close());
    const connect = (clientId: string) => {
      const [near, far] = memoryPair();
      broker.attach(far);
      return TestClient.connect(near, {
        connect: { clientId, properties: { requestResponseInformation: true } },
      });
    };
    const client = await connect('c1');
    expect(client.connack.properties.responseInformation).toBe('replies/c1');
    await client.subscribe('telemetry/#');
    const other = await connect('c2');
    await other.publish('v1/line/telemetry/a/b', 'x', { qos: 1 });
    await other.publish('commands/c1', 'y', { qos: 1 });
    await client.subscribe('me/inbox');
    await other.publish('clients/c1/inbox', 'z', { qos: 1 });
    expect(await client.messages()).toEqual(['telemetry/line/a/b=x', 'commands/c1=y', 'clients/c1/inbox=z']);
  });
});

describe('docs/guide/compat.md', () => {
  it('has every tolerance there is, and its code listens', async () => {
    const text = readFileSync(new URL('../../../../docs/guide/compat.md', import.meta.url), 'utf8');
    expect([...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)).toEqual(Object.keys(TOLERANCES));
    const [code = ''] = codeOf('guide/compat.md');
    const [broker] = await runCode(code.replace(':1883', ':0').replace(':1884', ':0'), {}, 'broker');
    await (broker as Broker).close();
  });
});

describe('docs/guide/core.md', () => {
  const code = codeOf('guide/core.md');

  it('the six steps are a client', async () => {
    const steps = code
      .slice(
        0,
        code.findIndex((block) => block.includes('snapshot()')),
      )
      .join('\n');
    const { broker, connect } = await startBroker();
    const { lines, console } = recorder();
    const [near, far] = memoryPair();
    broker.attach(far);
    const socket = new SocketOfTransport(near);
    const stored: { readonly topicName: string }[] = [];
    const timers: number[] = [];
    const given = {
      console,
      socket,
      now: () => 1000,
      store: (packet: { topicName: string }) => void stored.push(packet),
      setTimeout: (_run: () => void, delay: number) => timers.push(delay),
      clearTimeout: () => {},
    };
    const connected = new Promise<void>((resolve) => broker.on('connected', () => resolve()));
    const [execute, connection, schedule] = await runCode(steps, given, 'execute', 'connection', 'schedule');
    const perform = execute as (events: unknown) => void;
    const client = connection as Connection;
    (schedule as () => void)();
    expect(timers).toEqual([]);
    await connected;
    await socket.heard(1);
    (schedule as () => void)();
    expect(timers).toEqual([22_500]);
    perform(client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 't', qos: 2 }] }, 1000));
    await socket.heard(2);
    const publisher = await connect('publisher');
    expect(await publisher.publish('t', 'to the core', { qos: 2 })).toBe(0);
    await socket.heard(4);
    expect(stored).toMatchObject([{ topicName: 't' }]);
    perform(client.send({ type: 'publish', topicName: 'nobody', qos: 1 }, 1000));
    await socket.heard(5);
    expect(lines).toEqual(['2 is done: 16']);
    await broker.close();
    expect(client.state).toBe('idle');
  });

  it('a session goes on from its snapshot', async () => {
    const block = code.find((each) => each.includes('snapshot()')) ?? '';
    const connection = new Connection({ role: 'client', protocolVersion: 4, offlinePublish: true });
    connection.send({ type: 'publish', topicName: 't', qos: 1 }, 0);
    const [next] = await runCode(block, { connection }, 'next');
    expect((next as Connection).session.outgoing.entries()).toMatchObject([{ packetIdentifier: 1 }]);
  });

  it('a server announces its limits and whether there is a session; with a sink nothing is collected', async () => {
    const [begin = '', answer = ''] = (code.find((each) => each.includes('attach(')) ?? '').split(/^\/\/ ….*$/m);
    const sink = code.find((each) => each.includes('const sink')) ?? '';
    const known = new Session();
    for (const { protocolVersion, cleanStart } of [
      { protocolVersion: 5, cleanStart: true },
      { protocolVersion: 5, cleanStart: false },
      { protocolVersion: 4, cleanStart: false },
    ] as const) {
      const client = new Connection({ role: 'client', protocolVersion });
      const connection = new Connection({ role: 'server' });
      const now = () => 0;
      await runCode(begin, { connection, now });
      const [packet] = packetsOf(
        connection.receive(bytesOf(client.send({ type: 'connect', clientId: 'c', cleanStart }, 0)), 0),
      );
      const sent: Uint8Array[] = [];
      const execute = (events: Events) => sent.push(bytesOf(events));
      const sessions = new Map([['c', known]]);
      await runCode(answer, { connection, now, packet, sessions, Session, execute });
      const [connack] = packetsOf(client.receive(sent[0]!, 0));
      expect(connack).toMatchObject({ type: 'connack', sessionPresent: !cleanStart });
      expect(client.vacancy).toBe(protocolVersion === 5 ? 100 : 65_535);
      const written: Uint8Array[] = [];
      const socket = { write: (bytes: Uint8Array) => written.push(bytes), end: () => {} };
      const bytes = bytesOf(client.send({ type: 'pingreq' }, 0));
      await runCode(sink, { connection, socket, now, bytes });
      expect(written).toEqual([Uint8Array.of(0xd0, 0)]);
    }
  });
});

function bytesOf(events: Events): Uint8Array {
  return Buffer.concat(events.map((event) => (event.type === 'transmit' ? event.bytes : new Uint8Array())));
}

function packetsOf(events: Events): Packet[] {
  return events.flatMap((event) => (event.type === 'packet' ? [event.packet] : []));
}

/** What the guide uses of a Socket of node:net. */
class SocketOfTransport {
  readonly #transport: Transport;
  #onData: (bytes: Uint8Array) => void = () => {};
  #onClose: () => void = () => {};
  #pieces = 0;
  #onHeard: () => void = () => {};

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.start({
      onBytes: (bytes) => {
        this.#onData(bytes);
        this.#pieces++;
        this.#onHeard();
      },
      onDrain: () => {},
      onClose: () => this.#onClose(),
    });
  }

  write(bytes: Uint8Array): void {
    this.#transport.write(bytes);
  }

  end(): void {
    this.#transport.end();
  }

  on(event: 'data' | 'close', listener: (bytes?: unknown) => void): void {
    if (event === 'data') this.#onData = listener;
    else this.#onClose = listener;
  }

  /** Resolves when so many pieces have come in all. */
  async heard(pieces: number): Promise<void> {
    while (this.#pieces < pieces) {
      await new Promise<void>((resolve) => {
        this.#onHeard = resolve;
      });
    }
  }
}
