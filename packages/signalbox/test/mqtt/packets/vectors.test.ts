import { describe, expect, it } from 'vitest';
import { PacketError, UsageError } from '../../../src/mqtt/errors.ts';
import { Framer } from '../../../src/mqtt/framer.ts';
import {
  type Packet,
  packetSize,
  readFramedPacket,
  readPacket,
  writePacket,
} from '../../../src/mqtt/packets/packet.ts';
import type { WireFormat } from '../../../src/mqtt/wire-format.ts';
import { hex } from '../../support/annotated-bytes.ts';
import { bytesOf, loadVectors, type PacketVector, VECTOR_FILES } from '../../support/vectors.ts';

type Outcome = { readonly packet: unknown } | { readonly error: unknown } | 'incomplete';

function verdictOf(action: () => Packet): Outcome {
  try {
    return { packet: plain(action()) };
  } catch (error) {
    return { error: plainError(error) };
  }
}

/** Without fields that are undefined, which JSON does not have; bytes become an own copy. */
function plain(packet: Packet): unknown {
  return structuredClone(Object.fromEntries(Object.entries(packet).filter(([, value]) => value !== undefined)));
}

function plainError(error: unknown): unknown {
  if (!(error instanceof PacketError)) throw error;
  const { code, reasonCode, statement } = error;
  return statement === undefined ? { code, reasonCode } : { code, reasonCode, statement };
}

/** Through the framer, byte by byte; every packet that comes out is judged at once, as its bytes do not last. */
function readSlowly(bytes: Uint8Array, format: WireFormat): Outcome {
  const outcomes: Outcome[] = [];
  const handler = {
    frame(buffer: Uint8Array, start: number, bodyStart: number, end: number): boolean {
      outcomes.push(verdictOf(() => readFramedPacket(buffer, start, bodyStart, end, format)));
      return true;
    },
  };
  const framer = new Framer();
  for (let at = 0; at < bytes.length && outcomes.length === 0; at++) {
    const error = framer.receive(bytes.subarray(at, at + 1), handler);
    if (error !== undefined) return { error: plainError(error) };
  }
  return outcomes[0] ?? 'incomplete';
}

/** Bytes and Remaining Length do not agree: readPacket says so, a stream waits for more or finds another packet. */
function isOneFrame(bytes: Uint8Array): boolean {
  const ends: number[] = [];
  const handler = {
    frame(_buffer: Uint8Array, _start: number, _bodyStart: number, end: number): boolean {
      return ends.push(end) > 0;
    },
  };
  return new Framer().receive(bytes, handler) !== undefined || ends[0] === bytes.length;
}

function check(vector: PacketVector): void {
  const bytes = bytesOf(vector);
  const format: WireFormat = { protocolVersion: vector.protocolVersion, packetIdentifierSize: 2 };
  const isRead = vector.use !== 'encode';
  const isWritten = vector.use !== 'decode';
  if (isRead) {
    const expected = vector.error === undefined ? { packet: vector.packet } : { error: vector.error };
    expect(verdictOf(() => readPacket(bytes, 0, bytes.length, format))).toEqual(expected);
    if (isOneFrame(bytes)) expect(readSlowly(bytes, format), 'byte by byte').toEqual(expected);
  }
  if (vector.packet !== undefined && isWritten) {
    const written = writePacket(vector.input ?? vector.packet, format);
    expect(hex(written)).toBe(vector.reencodedHex ?? hex(bytes));
    expect(packetSize(vector.packet, format)).toBe(written.length);
  }
  if (vector.usageError !== undefined) {
    expect(() => writePacket(vector.input!, format)).toThrow(
      expect.objectContaining({ constructor: UsageError, code: vector.usageError }),
    );
  }
}

for (const file of VECTOR_FILES) {
  describe(`vectors of ${file}`, () => {
    for (const vector of loadVectors(file)) {
      const statement = vector.error?.statement;
      it(`${statement === undefined ? '' : `[${statement}] `}${vector.name}`, () => check(vector));
    }
  });
}

describe('the vectors', () => {
  const all = VECTOR_FILES.flatMap((file) => loadVectors(file).map((vector) => ({ file, vector })));

  it('have names of their own and exactly one verdict', () => {
    expect(new Set(all.map(({ file, vector }) => `${file} ${vector.name}`)).size).toBe(all.length);
    for (const { vector } of all) expect((vector.packet === undefined) !== (vector.error === undefined)).toBe(true);
  });

  it('say where they come from, and why the origin is wrong where it is', () => {
    for (const { file, vector } of all) {
      expect(vector.origin === undefined, vector.name).toBe(file === 'malformed');
      if (vector.wrong !== undefined) expect(vector.origin).toBeDefined();
    }
    expect(all.filter(({ vector }) => vector.wrong !== undefined).length).toBe(15);
  });
});
