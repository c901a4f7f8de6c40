import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Writer } from '../../../src/bytes/writer.ts';
import { PacketError } from '../../../src/mqtt/errors.ts';
import { Framer } from '../../../src/mqtt/framer.ts';
import {
  type Packet,
  packetSize,
  readFramedPacket,
  readPacket,
  writePacket,
  writePacketTo,
} from '../../../src/mqtt/packets/packet.ts';
import type { WireFormat } from '../../../src/mqtt/wire-format.ts';
import { anyPacket, FORMATS, packetsByType } from '../../support/packet-arbitraries.ts';

function readWhole(bytes: Uint8Array, format: WireFormat): Packet {
  return readPacket(bytes, 0, bytes.length, format);
}

for (const format of FORMATS) {
  const { protocolVersion, packetIdentifierSize } = format;
  describe(`write and read, version ${protocolVersion}, ${packetIdentifierSize * 8}-bit identifiers`, () => {
    for (const [type, arbitrary] of packetsByType(format)) {
      it(`${type.toUpperCase()} comes back as it was written`, () => {
        fc.assert(
          fc.property(arbitrary, (packet) => {
            const bytes = writePacket(packet, format);
            expect(readWhole(bytes, format)).toStrictEqual(packet);
            expect(bytes.length).toBe(packetSize(packet, format));
          }),
          { numRuns: 60 },
        );
      });
    }

    it('a Writer gets the same bytes, behind what it held', () => {
      fc.assert(
        fc.property(fc.array(anyPacket(format), { maxLength: 5 }), (packets) => {
          const writer = new Writer(16);
          writer.u8(0xaa);
          for (const packet of packets) writePacketTo(writer, packet, format);
          const expected = [0xaa, ...packets.flatMap((packet) => [...writePacket(packet, format)])];
          expect([...writer.take(0)]).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });

    it('a packet read is written as it was: bytes that are read and written twice do not change', () => {
      fc.assert(
        fc.property(anyPacket(format), (packet) => {
          const bytes = writePacket(packet, format);
          expect(writePacket(readWhole(bytes, format), format)).toEqual(bytes);
        }),
        { numRuns: 100 },
      );
    });

    it('a stream of packets comes out of the framer one by one, whatever the chunks', () => {
      const cut = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
      fc.assert(
        fc.property(fc.array(anyPacket(format), { minLength: 1, maxLength: 6 }), cut, (packets, sizes) => {
          const stream = Uint8Array.from(packets.flatMap((packet) => [...writePacket(packet, format)]));
          const seen: unknown[] = [];
          const framer = new Framer();
          const handler = {
            frame(buffer: Uint8Array, start: number, bodyStart: number, end: number): boolean {
              return seen.push(structuredClone(readFramedPacket(buffer, start, bodyStart, end, format))) > 0;
            },
          };
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const next = at + sizes[turn % sizes.length]!;
            expect(framer.receive(stream.subarray(at, next), handler)).toBeUndefined();
            at = next;
          }
          expect(seen).toEqual(packets);
        }),
        { numRuns: 40 },
      );
    });

    it('a packet cut short, made longer or with a byte changed is read or refused, never anything else', () => {
      const change = fc.record({ at: fc.nat(400), value: fc.nat(255), length: fc.integer({ min: -3, max: 3 }) });
      fc.assert(
        fc.property(anyPacket(format), change, (packet, { at, value, length }) => {
          const bytes = writePacket(packet, format);
          const changed = new Uint8Array(Math.max(0, bytes.length + length));
          changed.set(bytes.subarray(0, changed.length));
          if (changed.length > 0) changed[at % changed.length] = value;
          try {
            const read = readWhole(changed, format);
            expect(readWhole(writePacket(read, format), format)).toEqual(read);
          } catch (error) {
            expect(error).toBeInstanceOf(PacketError);
          }
        }),
        { numRuns: 300 },
      );
    });
  });
}
