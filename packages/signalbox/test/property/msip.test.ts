// MSIP, whatever the frames and whatever the bytes: what was written is read as it was, any chunking gives the same events,
// no bytes make a connection throw, and what follows an error is nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MsipClientConnection } from '../../src/msip/client-connection.ts';
import type { MsipConnection } from '../../src/msip/connection.ts';
import type { MsipEvent } from '../../src/msip/connection-events.ts';
import type { FrameInput } from '../../src/msip/frame.ts';
import { readFrame } from '../../src/msip/read-frame.ts';
import { MsipServerConnection } from '../../src/msip/server-connection.ts';
import { writeFrame } from '../../src/msip/write-frame.ts';
import { plainFrame } from '../msip/vectors.ts';
import { wire } from '../support/msip-wire.ts';

const head = {
  flags: fc.integer({ min: 0, max: 7 }),
  msgKind: fc.integer({ min: 1, max: 5 }),
  msgId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
};
const anyText = fc.string({ unit: 'binary', maxLength: 20 });
const name = anyText.map((text) => text.replaceAll('\0', ''));
const content = fc.uint8Array({ maxLength: 40 });
const topic = name;

const frame: fc.Arbitrary<FrameInput> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), ...head, clientId: name }),
  fc.record({ type: fc.constant('hello' as const), ...head, clientId: name, username: name }),
  fc.record({ type: fc.constant('hello' as const), ...head, clientId: name, username: name, password: content }),
  fc.record({ type: fc.constantFrom('subscribe' as const, 'unsubscribe' as const), ...head, topic }),
  fc.record({ type: fc.constantFrom('publish' as const, 'event' as const), ...head, topic, message: content }),
  fc.record({ type: fc.constant('ack' as const), ...head, payload: content }),
  fc.record({ type: fc.constant('error' as const), ...head, text: anyText }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const, 'close' as const), ...head }),
);

/** Frames in a row, some of them with a byte changed, or no frames at all. */
const stream = fc.oneof(
  fc.array(frame, { maxLength: 6 }).map((frames) => Uint8Array.from(Buffer.concat(frames.map(writeFrame)))),
  fc
    .record({ frames: fc.array(frame, { minLength: 1, maxLength: 6 }), at: fc.nat(), byte: fc.nat({ max: 255 }) })
    .map(({ frames, at, byte }) => {
      const bytes = Uint8Array.from(Buffer.concat(frames.map(writeFrame)));
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Uint8Array.from(Buffer.concat([Buffer.from('MSIP\u0001'), bytes]))),
);

const SIDES: readonly [string, () => MsipConnection][] = [
  ['a new server', () => begun(new MsipServerConnection({ maximumPayloadLength: 200 }))],
  ['a server that was greeted', greetedServer],
  ['a client that was greeted', greetedClient],
];

function begun<T extends MsipConnection>(connection: T): T {
  connection.begin(0);
  return connection;
}

function greetedServer(): MsipServerConnection {
  const connection = begun(new MsipServerConnection({ maximumPayloadLength: 200 }));
  connection.receive(wire('hello', { msgId: 7n, payload: 'lamp' }), 0);
  connection.send({ type: 'ack', msgKind: 3, msgId: 7n }, 0);
  return connection;
}

function greetedClient(): MsipClientConnection {
  const connection = begun(new MsipClientConnection({ maximumPayloadLength: 200 }));
  connection.send({ type: 'hello', msgId: 7n }, 0);
  connection.receive(wire('ack', { msgKind: 3, msgId: 7n }), 0);
  return connection;
}

function told(event: MsipEvent): unknown {
  if (event.type === 'transmit') return Buffer.from(event.bytes).toString('hex');
  if (event.type === 'frame') return plainFrame(event.frame);
  return `close ${event.error?.code ?? 'normally'}`;
}

describe('frames', () => {
  it('[MSIP-1-1] [MSIP-1-3] [MSIP-2.4-1] are read as they were written', () => {
    fc.assert(
      fc.property(frame, (input) => {
        const bytes = writeFrame(input);
        const { type, ...rest } = readFrame(bytes);
        expect(plainFrame({ type, ...rest })).toEqual(plainFrame(input));
        expect(writeFrame({ type, ...rest } as FrameInput)).toEqual(bytes);
      }),
    );
  });
});

describe.each(SIDES)('%s', (_name, connect) => {
  it('[MSIP-2.5-1] [MSIP-7-4] makes the same of any bytes however they are cut, and throws at none', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), (bytes, sizes) => {
        const whole = connect().receive(bytes, 1).map(told);
        const connection = connect();
        const pieces: unknown[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const piece = bytes.slice(at, at + sizes[turn % sizes.length]!);
          at += piece.length;
          pieces.push(...connection.receive(piece, 1).map(told));
          piece.fill(0xee);
        }
        expect(pieces).toEqual(whole);
      }),
    );
  });

  it('[MSIP-2.5-6] says nothing more once it has closed, and serves the next connection', () => {
    fc.assert(
      fc.property(stream, stream, (bytes, more) => {
        const connection = connect();
        const events = connection.receive(bytes, 1);
        const closes = events.filter(({ type }) => type === 'close').length;
        expect(closes).toBe(connection.state === 'closed' ? 1 : 0);
        if (closes === 1) {
          expect(events.at(-1)?.type).toBe('close');
          expect(connection.receive(more, 2)).toEqual([]);
          expect(connection.tick(1_000_000)).toEqual([]);
        }
        connection.begin(3);
        const again = connection instanceof MsipServerConnection ? connection.receive(wire('hello'), 3) : [];
        expect(again.map(({ type }) => type)).toEqual(again.length > 0 ? ['frame'] : []);
        expect(connection.state).toBe(again.length > 0 ? 'greeting' : 'idle');
      }),
    );
  });
});
