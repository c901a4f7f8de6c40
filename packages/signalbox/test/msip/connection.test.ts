// Both sides of a connection: sinks and writers that are shared, a second network connection, what must not be sent.
// Dialogues are in test/vectors/msip.
import { describe, expect, it } from 'vitest';
import { GrowingBytes } from '../../src/bytes/growing-bytes.ts';
import { MsipClientConnection } from '../../src/msip/client-connection.ts';
import type { MsipConnection } from '../../src/msip/connection.ts';
import type { FrameInput, FrameKind } from '../../src/msip/frame.ts';
import { Flags, FrameType } from '../../src/msip/header.ts';
import { MsipServerConnection } from '../../src/msip/server-connection.ts';
import { topicAndMessage, wire } from '../support/msip-wire.ts';
import { connectedClient, greeted, HELLO, IDENTITY, Owner, server, told } from './connections.ts';

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

  it('[MSIP-8-4] [MSIP-2.4-2] acknowledge of a client repeats the msg_id of an EVENT, while connected', () => {
    const connection = connectedClient();
    const owner = new Owner(connection);
    connection.acknowledge({ idHigh: 0x20_0000, idLow: 1 }, owner);
    connection.send({ type: 'close' }, 0, owner);
    connection.acknowledge({ idHigh: 0, idLow: 1 }, owner);
    expect(owner.done).toEqual(['> ack id=9007199254740993 kind=1 flags=0', '> close id=0 kind=1 flags=0', 'close']);
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
