// The vectors of test/vectors/msip, each whole and byte by byte. What they prove is in their names.
import { describe, expect, it } from 'vitest';
import { MsipClientConnection } from '../../src/msip/client-connection.ts';
import type { MsipEvent } from '../../src/msip/connection-events.ts';
import { FrameError, MsipUsageError } from '../../src/msip/errors.ts';
import type { FrameInput } from '../../src/msip/frame.ts';
import { FrameView } from '../../src/msip/frame-view.ts';
import { Framer } from '../../src/msip/framer.ts';
import { readFrame } from '../../src/msip/read-frame.ts';
import { MsipServerConnection } from '../../src/msip/server-connection.ts';
import { writeFrame } from '../../src/msip/write-frame.ts';
import { hex } from '../support/annotated-bytes.ts';
import {
  bytesOf,
  comparable,
  DIALOGUES,
  type Dialogue,
  FRAMES,
  frameOf,
  MALFORMED,
  type PlainEvent,
  plainFrame,
  SERVERS,
} from './vectors.ts';

/** All of it at once, or one byte after the other; each piece is overwritten when it was read. */
const WAYS = [(bytes: Uint8Array) => [bytes], (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte))];

function plainError(error: FrameError): object {
  const { code, msgId, statement } = error;
  return { code, msgId: String(msgId), ...(statement === undefined ? {} : { statement }) };
}

/** What a framer and a view make of a stream: frames, and the error that ends it with the number of bytes it took. */
function readAll(pieces: readonly Uint8Array[], maximumPayloadLength?: number): unknown[] {
  const framer = new Framer(maximumPayloadLength === undefined ? {} : { maximumPayloadLength });
  const view = new FrameView();
  const found: unknown[] = [];
  const handler = {
    frame(buffer: Uint8Array, start: number, end: number): boolean {
      const error = view.load(buffer, start, end);
      found.push(error === undefined ? plainFrame(view.toFrame()) : plainError(error));
      return error === undefined;
    },
  };
  for (const piece of pieces) {
    const memory = Uint8Array.from(piece);
    const error = framer.receive(memory, handler);
    memory.fill(0xee);
    if (error !== undefined) found.push(plainError(error));
  }
  return found;
}

describe('frames', () => {
  it.each(FRAMES)('$name', ({ hex: lines, frame, use }) => {
    const bytes = bytesOf(lines);
    for (const piecesOf of WAYS) expect(readAll(piecesOf(bytes))).toEqual([comparable(frame)]);
    expect(plainFrame(readFrame(bytes))).toEqual(comparable(frame));
    if (use === undefined) expect(hex(writeFrame(frameOf(frame)))).toBe(hex(bytes));
  });

  it('one after the other are one stream, however it is cut', () => {
    const stream = Uint8Array.from(Buffer.concat(FRAMES.map(({ hex: lines }) => bytesOf(lines))));
    const expected = FRAMES.map(({ frame }) => comparable(frame));
    for (const piecesOf of WAYS) expect(readAll(piecesOf(stream))).toEqual(expected);
    for (let size = 2; size < 60; size++) {
      const count = Math.ceil(stream.length / size);
      const pieces = Array.from({ length: count }, (_, index) => stream.subarray(index * size, (index + 1) * size));
      expect(readAll(pieces), `pieces of ${size}`).toEqual(expected);
    }
  });
});

describe('malformed streams', () => {
  it.each(MALFORMED)('$name', ({ hex: lines, error, maximumPayloadLength }) => {
    const bytes = bytesOf(lines);
    for (const piecesOf of WAYS) expect(readAll(piecesOf(bytes), maximumPayloadLength)).toEqual([error]);
    const options = maximumPayloadLength === undefined ? {} : { maximumPayloadLength };
    expect(() => readFrame(bytes, options)).toThrow(expect.objectContaining({ code: error.code }));
  });
});

function plainEvent(event: MsipEvent): PlainEvent | object {
  if (event.type === 'transmit') return { transmit: hex(event.bytes) };
  if (event.type === 'frame') return { frame: plainFrame(event.frame) };
  return { close: event.error === undefined ? null : plainError(event.error) };
}

function expectedEvent(event: PlainEvent): unknown {
  return 'transmit' in event ? { transmit: hex(bytesOf(event.transmit)) } : comparable(event);
}

function run({ role, options, steps }: Dialogue, piecesOf: (bytes: Uint8Array) => readonly Uint8Array[]): void {
  const connection = role === 'server' ? new MsipServerConnection(options) : new MsipClientConnection(options);
  connection.begin(0);
  let now = 0;
  for (const [index, { receive, send, tick, then = [], usageError }] of steps.entries()) {
    const where = `step ${index + 1}`;
    now = tick ?? now;
    const events: unknown[] = [];
    const note = (made: readonly MsipEvent[]): unknown => events.push(...made.map(plainEvent));
    if (receive !== undefined) for (const piece of piecesOf(bytesOf(receive))) note(connection.receive(piece, now));
    if (usageError !== undefined) {
      const { state } = connection;
      const act = (): unknown => connection.send(frameOf(send!) as FrameInput, now);
      expect(act, where).toThrow(expect.objectContaining({ constructor: MsipUsageError, code: usageError }));
      expect(connection.state, where).toBe(state);
    } else if (send !== undefined) note(connection.send(frameOf(send), now));
    if (tick !== undefined) note(connection.tick(now));
    expect(events, where).toEqual(then.map(expectedEvent));
  }
}

describe('dialogues', () => {
  it.each(DIALOGUES)('$name', (dialogue) => {
    for (const piecesOf of WAYS) run(dialogue, piecesOf);
  });
});

it('names are unique within a file', () => {
  for (const vectors of [FRAMES, MALFORMED, DIALOGUES, SERVERS]) {
    const names = vectors.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  }
});

it('an error is a FrameError', () => {
  expect(() => readFrame(bytesOf(MALFORMED[0]!.hex))).toThrow(FrameError);
});
