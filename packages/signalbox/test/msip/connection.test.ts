// Both sides of a connection: sinks and writers that are shared, time, a second network connection, what must not be sent.
// Dialogues are in test/vectors/msip.
import { describe, expect, it } from 'vitest';
import { GrowingBytes } from '../../src/bytes/growing-bytes.ts';
import { MsipClientConnection } from '../../src/msip/client-connection.ts';
import type { MsipConnection } from '../../src/msip/connection.ts';
import type { MsipEvent, MsipSink } from '../../src/msip/connection-events.ts';
import type { FrameError } from '../../src/msip/errors.ts';
import type { FrameInput, FrameKind } from '../../src/msip/frame.ts';
import type { FrameView } from '../../src/msip/frame-view.ts';
import { Flags, FrameType } from '../../src/msip/header.ts';
import { MsipServerConnection } from '../../src/msip/server-connection.ts';
import { describeFrame, topicAndMessage, type WireFrame, WireSplitter, wire } from '../support/msip-wire.ts';

const HELLO = wire('hello', { msgId: 7n, payload: 'lamp' });
const WELCOME = wire('ack', { msgId: 7n, msgKind: 3, payload: 'lamp' });
const IDENTITY = new TextEncoder().encode('lamp');

/** What was made of it, in words. */
function told(events: readonly MsipEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'transmit') return framesOf(event.bytes).map((frame) => `> ${describeFrame(frame)}`);
    if (event.type === 'frame') return [`< ${event.frame.type}`];
    return [`close ${event.error?.code ?? ''}`.trim()];
  });
}

function framesOf(bytes: Uint8Array): WireFrame[] {
  return new WireSplitter().take(bytes);
}

/** Executes what it is told at once, as an owner does that allocates nothing. */
class Owner implements MsipSink {
  readonly done: string[] = [];
  readonly connection: MsipConnection;
  onFrame: (view: FrameView) => void = () => {};

  constructor(connection: MsipConnection) {
    this.connection = connection;
  }

  transmit(start: number, end: number): void {
    const bytes = Uint8Array.from(this.connection.writer.bytes.subarray(start, end));
    this.done.push(...framesOf(bytes).map((frame) => `> ${describeFrame(frame)}`));
  }

  frame(view: FrameView): void {
    this.done.push(`< ${view.type}`);
    this.onFrame(view);
  }

  close(error: FrameError | undefined): void {
    this.done.push(`close ${error?.code ?? ''}`.trim());
  }
}

function server(options: object = {}): MsipServerConnection {
  const connection = new MsipServerConnection(options);
  connection.begin(0);
  return connection;
}

function greeted(options: object = {}): MsipServerConnection {
  const connection = server(options);
  connection.receive(HELLO, 0);
  connection.send({ type: 'ack', msgId: 7n, msgKind: 3, payload: IDENTITY }, 0);
  return connection;
}

function connectedClient(options: object = {}): MsipClientConnection {
  const connection = new MsipClientConnection(options);
  connection.begin(0);
  connection.send({ type: 'hello', clientId: 'lamp', msgId: 7n }, 0);
  connection.receive(WELCOME, 0);
  return connection;
}

describe('a sink', () => {
  it('is told the same as the array, without objects', () => {
    const connection = server();
    const owner = new Owner(connection);
    connection.receive(HELLO, 0, owner);
    connection.welcome(IDENTITY, 'plain', owner);
    connection.receive(wire('ping', { msgId: 8n, msgKind: 5 }), 0, owner);
    connection.send({ type: 'error', msgId: 9n, text: 'no' }, 0, owner);
    connection.receive(wire('close'), 0, owner);
    expect(owner.done).toEqual([
      '< hello',
      '> ack id=7 kind=3 flags=0 lamp',
      '> pong id=8 kind=5 flags=0',
      '< ping',
      '> error id=9 kind=1 flags=0 no',
      '< close',
      'close',
    ]);
  });

  it('[MSIP-3.6-1] [MSIP-2.4-2] acknowledge repeats the msg_id in an ACK without a payload, while connected', () => {
    const connection = greeted();
    const owner = new Owner(connection);
    const request = { idHigh: 0xffff_ffff, idLow: 0xffff_fffe, msgKind: 2 };
    connection.acknowledge(request, owner);
    connection.send({ type: 'close' }, 0, owner);
    connection.acknowledge(request, owner);
    expect(owner.done).toEqual([
      '> ack id=18446744073709551614 kind=2 flags=0',
      '> close id=0 kind=1 flags=0',
      'close',
    ]);
  });

  it('[MSIP-8-1] the answer to HELLO says whether an acknowledged session is granted', () => {
    for (const [granted, flags] of [
      ['plain', 0],
      ['acknowledged', 1],
    ] as const) {
      const connection = server();
      const owner = new Owner(connection);
      connection.receive(HELLO, 0, owner);
      connection.welcome(IDENTITY, granted, owner);
      expect(owner.done.at(-1)).toBe(`> ack id=7 kind=3 flags=${flags} lamp`);
      expect(() => server().welcome(IDENTITY, granted, owner)).toThrow(
        expect.objectContaining({ code: 'NOT_ALLOWED' }),
      );
    }
  });

  it('may answer from within, and end the connection', () => {
    const connection = server();
    const owner = new Owner(connection);
    owner.onFrame = ({ frameType }) => {
      if (frameType === FrameType.Hello) connection.welcome(IDENTITY, 'plain', owner);
      else if (frameType === FrameType.Subscribe) connection.send({ type: 'close' }, 0, owner);
    };
    const stream = Buffer.concat([HELLO, wire('subscribe', { payload: 'a' }), wire('ping')]);
    connection.receive(stream, 0, owner);
    expect(owner.done).toEqual([
      '< hello',
      '> ack id=7 kind=3 flags=0 lamp',
      '< subscribe',
      '> close id=0 kind=1 flags=0',
      'close',
    ]);
    expect(connection.state).toBe('closed');
  });

  it('is told what is due, too', () => {
    const connection = server({ helloTimeoutMs: 50 });
    const owner = new Owner(connection);
    connection.tick(49, owner);
    expect(owner.done).toEqual([]);
    connection.tick(50, owner);
    expect(owner.done).toEqual(['> error id=0 kind=1 flags=0 there was no HELLO in time', 'close HELLO_TIMEOUT']);
    connection.tick(60, owner);
    expect(owner.done).toHaveLength(2);
  });

  it('sees a frame where it lies', () => {
    const connection = greeted();
    const owner = new Owner(connection);
    const seen: unknown[] = [];
    owner.onFrame = (view) => seen.push([view.topic, view.isAckRequired, view.msgId, view.buffer === stream]);
    const payload = topicAndMessage('a/b', 'on');
    const stream = Buffer.concat([
      wire('publish', { flags: Flags.AckRequired, msgId: 5n, payload }),
      wire('publish', { payload }),
    ]);
    connection.receive(stream, 0, owner);
    expect(seen).toEqual([
      ['a/b', true, 5n, true],
      ['a/b', false, 0n, true],
    ]);
  });
});

it('a writer may serve many connections; its owner empties it', () => {
  const writer = new GrowingBytes();
  const connections = [server({ writer }), server({ writer })];
  const events = connections.flatMap((connection) => connection.receive(wire('ping', { msgId: 3n }), 0));
  expect(told(events)).toEqual(['> pong id=3 kind=1 flags=0', '< ping', '> pong id=3 kind=1 flags=0', '< ping']);
  expect(writer.length).toBe(48);
});

describe('a connection', () => {
  it('is closed before it has begun: nothing is taken, nothing may be sent', () => {
    for (const connection of [new MsipServerConnection(), new MsipClientConnection()]) {
      expect(connection.receive(HELLO, 0)).toEqual([]);
      expect(connection.deadline).toBe(Number.POSITIVE_INFINITY);
      expect(() => connection.send({ type: 'ping' }, 0)).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
    }
  });

  it('[MSIP-2.5-7] serves one network connection after another; nothing of the first is left', () => {
    const connection = greeted();
    connection.receive(wire('publish', { payload: topicAndMessage('a', 'x') }).subarray(0, 25), 0);
    connection.end(1);
    expect(connection.state).toBe('closed');
    expect(connection.receive(HELLO, 1)).toEqual([]);
    connection.begin(2);
    expect(told(connection.receive(HELLO, 2))).toEqual(['< hello']);
  });

  it('has a limit that may change at any time', () => {
    const connection = server({ maximumPayloadLength: 4 });
    expect(connection.maximumPayloadLength).toBe(4);
    connection.receive(HELLO, 0);
    connection.maximumPayloadLength = 3;
    const events = connection.receive(wire('subscribe', { msgId: 8n, payload: 'long' }), 0);
    expect(told(events)).toEqual([
      '> error id=8 kind=1 flags=0 the payload is larger than 3 bytes',
      'close PAYLOAD_TOO_LARGE',
    ]);
  });

  it('[MSIP-3-1] [MSIP-3-2] does not send what only the other side sends', () => {
    const inputs: Record<FrameKind, FrameInput> = {
      hello: { type: 'hello' },
      subscribe: { type: 'subscribe', topic: 'a' },
      unsubscribe: { type: 'unsubscribe', topic: 'a' },
      publish: { type: 'publish', topic: 'a' },
      event: { type: 'event', topic: 'a' },
      ack: { type: 'ack' },
      error: { type: 'error' },
      ping: { type: 'ping' },
      pong: { type: 'pong' },
      close: { type: 'close' },
    };
    const refusedBy = (connect: () => MsipConnection): string[] =>
      Object.keys(inputs).filter((kind) => {
        const connection = connect();
        try {
          connection.send(inputs[kind as FrameKind], 0);
          return false;
        } catch {
          return connection.state === 'connected';
        }
      });
    expect(refusedBy(greeted)).toEqual(['hello', 'subscribe', 'unsubscribe', 'publish']);
    expect(refusedBy(connectedClient)).toEqual(['hello', 'event']);
  });

  it('[MSIP-3-5] before HELLO a server sends ERROR, PONG and CLOSE only', () => {
    for (const type of ['ack', 'ping'] as const) {
      expect(() => server().send({ type }, 0)).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
    }
    expect(() => server().send({ type: 'event', topic: 'a' }, 0)).toThrow();
    for (const type of ['error', 'pong', 'close'] as const)
      expect(server().send({ type }, 0).length).toBeGreaterThan(0);
  });

  it('a frame that cannot be written changes nothing', () => {
    const client = connectedClient();
    expect(() => client.send({ type: 'publish', topic: '\ud800' }, 0)).toThrow();
    expect(client.state).toBe('connected');
    expect(told(client.send({ type: 'ping' }, 0))).toEqual(['> ping id=0 kind=1 flags=0']);
  });

  it('[MSIP-2.4-4] msg_ids of requests need neither order nor uniqueness', () => {
    const connection = greeted();
    for (const msgId of [9n, 3n, 3n, 0n]) {
      expect(told(connection.receive(wire('subscribe', { msgId, payload: 'a' }), 0))).toEqual(['< subscribe']);
    }
  });
});

describe('time at a server', () => {
  it('[MSIP-3.1-2] HELLO has its time, and 0 is for ever', () => {
    expect(server().deadline).toBe(10_000);
    expect(server({ helloTimeoutMs: 0 }).deadline).toBe(Number.POSITIVE_INFINITY);
    const greeting = server();
    greeting.receive(HELLO, 5);
    expect(greeting.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(greeting.tick(1_000_000)).toEqual([]);
  });

  it('[MSIP-3.8-3] silence is asked after at half of the limit, and any byte ends it', () => {
    const connection = greeted({ idleTimeoutMs: 100 });
    expect(connection.deadline).toBe(50);
    expect(told(connection.tick(50))).toEqual(['> ping id=0 kind=1 flags=0']);
    expect(connection.deadline).toBe(100);
    expect(connection.tick(60)).toEqual([]);
    connection.receive(Uint8Array.of(0x4d), 70);
    expect(connection.deadline).toBe(120);
    expect(told(connection.tick(130))).toEqual(['> ping id=0 kind=1 flags=0']);
    expect(told(connection.tick(170)).at(-1)).toBe('close IDLE_TIMEOUT');
  });
});

describe('time at a client', () => {
  it('[MSIP-3.1-11] the answer to HELLO has its time, and 0 is for ever', () => {
    for (const [helloTimeoutMs, deadline] of [
      [undefined, 10_003],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      const client = new MsipClientConnection(helloTimeoutMs === undefined ? {} : { helloTimeoutMs });
      client.begin(1);
      expect(client.deadline).toBe(Number.POSITIVE_INFINITY);
      client.send({ type: 'hello' }, 3);
      expect(client.deadline).toBe(deadline);
    }
  });

  it('[MSIP-3.8-2] without an interval there is neither PING nor an end', () => {
    const client = connectedClient();
    expect(client.deadline).toBe(Number.POSITIVE_INFINITY);
    client.send({ type: 'ping', msgId: 1n }, 5);
    expect(client.tick(1_000_000)).toEqual([]);
  });

  it('[MSIP-3.8-2] PING goes out at the interval; anything heard is a sign of life', () => {
    const client = connectedClient({ pingIntervalMs: 100, pongTimeoutMs: 250 });
    expect(client.deadline).toBe(100);
    expect(told(client.tick(100))).toEqual(['> ping id=1 kind=1 flags=0']);
    expect(told(client.tick(200))).toEqual(['> ping id=2 kind=1 flags=0']);
    expect(client.deadline).toBe(300);
    client.receive(Uint8Array.of(0x4d), 250);
    expect(told(client.tick(300))).toEqual(['> ping id=3 kind=1 flags=0']);
    for (const now of [400, 500]) client.tick(now);
    expect(told(client.tick(550))).toEqual(['> close id=0 kind=1 flags=0', 'close PONG_TIMEOUT']);
  });

  it('a PING of the owner is one, too', () => {
    const client = connectedClient({ pingIntervalMs: 100 });
    client.send({ type: 'ping', msgId: client.takeMsgId() }, 60);
    expect(client.tick(100)).toEqual([]);
    expect(told(client.tick(160)).at(-1)).toBe('close PONG_TIMEOUT');
  });

  it('begins anew with each network connection', () => {
    const client = connectedClient({ pingIntervalMs: 100 });
    client.tick(100);
    client.end(150);
    client.begin(180);
    client.send({ type: 'hello', msgId: 7n }, 180);
    client.receive(WELCOME, 190);
    expect(client.tick(200)).toEqual([]);
    expect(client.deadline).toBe(280);
  });
});

describe('faults at a client', () => {
  it('[MSIP-7-2] before HELLO it has nothing to say to a peer that is no server', () => {
    const client = new MsipClientConnection();
    client.begin(0);
    expect(told(client.receive(Buffer.from('SSH-2.0'), 0))).toEqual(['close BAD_MAGIC']);
  });

  it('[MSIP-2.4-3] its msg_ids are never the same', () => {
    const client = new MsipClientConnection();
    expect([client.takeMsgId(), client.takeMsgId()]).toEqual([1n, 2n]);
    client.begin(0);
    expect(client.takeMsgId()).toBe(3n);
  });
});
