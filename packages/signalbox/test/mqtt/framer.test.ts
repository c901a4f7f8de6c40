import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameHandler } from '../../src/mqtt/framer.ts';
import { Framer, LARGEST_PACKET_SIZE } from '../../src/mqtt/framer.ts';

/** Remembers copies of the packets, as hex with a blank behind the fixed header. */
class Recorder implements FrameHandler {
  readonly frames: string[] = [];
  readonly buffers: Uint8Array[] = [];
  /** Called after each frame; false stops. */
  next: () => boolean = () => true;

  frame(buffer: Uint8Array, start: number, bodyStart: number, end: number): boolean {
    const bytes = Buffer.from(buffer.slice(start, end)).toString('hex');
    const header = (bodyStart - start) * 2;
    this.frames.push(`${bytes.slice(0, header)} ${bytes.slice(header)}`.trim());
    this.buffers.push(buffer);
    return this.next();
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

/** A packet with this many bytes behind the fixed header. */
function packetOf(firstByte: number, remaining: number): Uint8Array {
  const header = [firstByte];
  let rest = remaining;
  do {
    header.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Uint8Array.from([...header, ...Array.from({ length: remaining }, (_, index) => index & 0xff)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Feeds the stream in chunks of these sizes, again and again. */
function feed(framer: Framer, stream: Uint8Array, sizes: readonly number[], handler: FrameHandler): void {
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    expect(framer.receive(stream.slice(at, at + size), handler)).toBeUndefined();
    at += size;
  }
}

describe('Framer', () => {
  it('hands out whole packets in place, without a copy', () => {
    const framer = new Framer();
    const recorder = new Recorder();
    const chunk = bytesOf('c000 3003 000161 d000');
    expect(framer.receive(chunk, recorder)).toBeUndefined();
    expect(recorder.frames).toEqual(['c000', '3003 000161', 'd000']);
    expect(recorder.buffers.every((buffer) => buffer === chunk)).toBe(true);
    expect(framer.pendingBytes).toBe(0);
  });

  it('any chunking gives the same packets, remaining lengths of one to three bytes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 });
    const lengths = fc.array(fc.oneof(fc.constantFrom(0, 1, 127, 128, 129), fc.nat(300)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(lengths, sizes, (remainings, chunks) => {
        const packets = remainings.map((remaining, index) => packetOf(0x30 + (index & 1), remaining));
        const stream = joined(packets);
        const whole = new Recorder();
        expect(new Framer().receive(stream, whole)).toBeUndefined();
        const pieces = new Recorder();
        const framer = new Framer();
        feed(framer, stream, chunks, pieces);
        expect(pieces.frames).toEqual(whole.frames);
        expect(whole.frames.map((frame) => frame.replace(' ', ''))).toEqual(
          packets.map((packet) => Buffer.from(packet).toString('hex')),
        );
        expect(framer.pendingBytes).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('byte by byte also works for a packet with a remaining length of three bytes', () => {
    const packet = packetOf(0x32, 20_000);
    const recorder = new Recorder();
    feed(new Framer(), joined([packet, packet]), [1], recorder);
    expect(recorder.frames.length).toBe(2);
    expect(recorder.frames[0]).toBe(recorder.frames[1]);
    expect(recorder.buffers[0]!.length).toBe(packet.length); // grown by what arrived, and never beyond the packet
  });

  it('nothing is allocated from an announced length', () => {
    const framer = new Framer();
    expect(framer.receive(bytesOf('30 ffffff7f 0001'), new Recorder())).toBeUndefined();
    expect(framer.pendingBytes).toBe(7);
    const before = process.memoryUsage().arrayBuffers;
    const framers = Array.from({ length: 1000 }, () => {
      const other = new Framer();
      other.receive(bytesOf('30 ffffff7f'), new Recorder());
      other.receive(bytesOf('0001'), new Recorder());
      return other;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(framers.every((other) => other.pendingBytes === 7)).toBe(true);
  });

  it('a partial packet is an own copy and does not pin its chunk', () => {
    const framer = new Framer();
    const recorder = new Recorder();
    const chunk = new Uint8Array(65_536);
    chunk.set(bytesOf('c000 3004 0001'));
    framer.receive(chunk.subarray(0, 6), recorder);
    chunk.fill(0xee);
    framer.receive(bytesOf('6162 c000'), recorder);
    expect(recorder.frames).toEqual(['c000', '3004 00016162', 'c000']);
    expect(recorder.buffers[1]!.buffer.byteLength).toBeLessThanOrEqual(64);
    expect(framer.pendingBytes).toBe(0);
  });

  describe('remaining length', () => {
    it('[MQTT-1.5.5-1] longer than needed is malformed, in one chunk and byte by byte', () => {
      for (const hex of ['30 8000', '30 808000', '30 80808000', '30 ff00']) {
        const stream = bytesOf(hex);
        expect(new Framer().receive(stream, new Recorder())).toMatchObject({
          code: 'MALFORMED_PACKET',
          reasonCode: 0x81,
          statement: 'MQTT-1.5.5-1',
        });
        const framer = new Framer();
        const errors = [...stream].map((byte) => framer.receive(Uint8Array.of(byte), new Recorder()));
        expect(errors.slice(0, -1).every((error) => error === undefined)).toBe(true);
        expect(errors.at(-1)).toMatchObject({ code: 'MALFORMED_PACKET' });
      }
    });

    it('of more than four bytes is malformed at the fourth', () => {
      expect(new Framer().receive(bytesOf('30 ffffffff'), new Recorder())).toMatchObject({ reasonCode: 0x81 });
      const framer = new Framer();
      expect(framer.receive(bytesOf('30 ffffff'), new Recorder())).toBeUndefined();
      expect(framer.receive(bytesOf('80'), new Recorder())).toMatchObject({ reasonCode: 0x81 });
    });
  });

  describe('maximum packet size', () => {
    it('[MQTT-3.1.2-24] [MQTT-3.2.2-15] is enforced as soon as the fixed header is complete', () => {
      const framer = new Framer({ maximumPacketSize: 10 });
      expect(framer.receive(bytesOf('30 09'), new Recorder())).toMatchObject({
        code: 'PACKET_TOO_LARGE',
        reasonCode: 0x95,
      });
      const slow = new Framer({ maximumPacketSize: 200 });
      expect(slow.receive(bytesOf('30'), new Recorder())).toBeUndefined();
      expect(slow.receive(bytesOf('80'), new Recorder())).toBeUndefined();
      expect(slow.receive(bytesOf('02'), new Recorder())).toMatchObject({ code: 'PACKET_TOO_LARGE' });
    });

    it('counts the fixed header, and the limit itself is allowed', () => {
      const recorder = new Recorder();
      const framer = new Framer({ maximumPacketSize: 10 });
      expect(framer.receive(packetOf(0x30, 8), recorder)).toBeUndefined();
      expect(recorder.frames.length).toBe(1);
      expect(framer.receive(packetOf(0x30, 9), recorder)).toMatchObject({ code: 'PACKET_TOO_LARGE' });
      const longHeader = new Framer({ maximumPacketSize: 130 });
      expect(longHeader.receive(packetOf(0x30, 127), recorder)).toBeUndefined();
      expect(longHeader.receive(packetOf(0x30, 128), recorder)).toMatchObject({ code: 'PACKET_TOO_LARGE' });
    });

    it('may change while a frame is handled: the next packet obeys', () => {
      for (const size of [1, 3, 100]) {
        const framer = new Framer({ maximumPacketSize: 100 });
        const recorder = new Recorder();
        recorder.next = () => {
          framer.maximumPacketSize = 4;
          return true;
        };
        const stream = joined([packetOf(0x10, 50), packetOf(0xc0, 2), packetOf(0x30, 3)]);
        let error: unknown;
        for (let at = 0; at < stream.length; at += size)
          error ??= framer.receive(stream.slice(at, at + size), recorder);
        expect(recorder.frames.length).toBe(2);
        expect(error).toMatchObject({ code: 'PACKET_TOO_LARGE' });
      }
    });

    it('is what MQTT can express when nothing else is said', () => {
      expect(new Framer().maximumPacketSize).toBe(LARGEST_PACKET_SIZE);
      expect(new Framer({}).receive(bytesOf('30 ffffff7f'), new Recorder())).toBeUndefined();
    });
  });

  describe('after an error', () => {
    it('it is dead: bytes are discarded and the error is not told twice', () => {
      const framer = new Framer();
      const recorder = new Recorder();
      expect(framer.receive(bytesOf('c000 308000 c000'), recorder)).toBeDefined();
      expect(framer.receive(bytesOf('c000'), recorder)).toBeUndefined();
      expect(recorder.frames).toEqual(['c000']);
      expect(framer.pendingBytes).toBe(0);
    });

    it('reset makes it ready for the next connection; half a packet does not leak into it', () => {
      const framer = new Framer();
      const recorder = new Recorder();
      framer.receive(bytesOf('308000'), recorder);
      framer.reset();
      framer.receive(bytesOf('3005 0001'), recorder);
      framer.reset();
      expect(framer.pendingBytes).toBe(0);
      expect(framer.receive(bytesOf('c000'), recorder)).toBeUndefined();
      expect(recorder.frames).toEqual(['c000']);
    });
  });

  describe('a handler', () => {
    it('that returns false stops: what follows is discarded, also later', () => {
      for (const size of [1, 3, 100]) {
        const framer = new Framer();
        const recorder = new Recorder();
        recorder.next = () => recorder.frames.length < 2;
        feed(framer, bytesOf('c000 3003 000161 d000 3003'), [size], recorder);
        expect(recorder.frames).toEqual(['c000', '3003 000161']);
        expect(framer.pendingBytes).toBe(0);
        expect(framer.receive(bytesOf('c000'), recorder)).toBeUndefined();
        expect(recorder.frames.length).toBe(2);
      }
    });

    it('that resets ends the chunk, whatever it returns, and the framer works for the next connection', () => {
      for (const goOn of [true, false]) {
        for (const split of [0, 1]) {
          const framer = new Framer();
          const recorder = new Recorder();
          const stream = bytesOf('c000 3003 000161 d0');
          recorder.next = () => {
            framer.reset();
            return goOn;
          };
          framer.receive(stream.slice(0, split), recorder);
          expect(framer.receive(stream.slice(split), recorder)).toBeUndefined();
          expect(recorder.frames).toEqual(['c000']);
          expect(framer.pendingBytes).toBe(0);
          recorder.next = () => true;
          framer.receive(bytesOf('c000'), recorder);
          expect(recorder.frames).toEqual(['c000', 'c000']);
        }
      }
    });

    it('that throws loses its own chunk, nothing else', () => {
      const framer = new Framer();
      const recorder = new Recorder();
      recorder.next = () => {
        throw new Error('in the handler');
      };
      framer.receive(bytesOf('30'), recorder);
      expect(() => framer.receive(bytesOf('03 000161 c000'), recorder)).toThrow('in the handler');
      recorder.next = () => true;
      framer.receive(bytesOf('d000'), recorder);
      expect(recorder.frames).toEqual(['3003 000161', 'd000']);
    });
  });

  it('empty chunks change nothing', () => {
    const framer = new Framer();
    const recorder = new Recorder();
    expect(framer.receive(new Uint8Array(0), recorder)).toBeUndefined();
    framer.receive(bytesOf('30'), recorder);
    framer.receive(new Uint8Array(0), recorder);
    framer.receive(bytesOf('03 00'), recorder);
    framer.receive(new Uint8Array(0), recorder);
    framer.receive(bytesOf('0161'), recorder);
    expect(recorder.frames).toEqual(['3003 000161']);
  });
});
