import { describe, expect, it } from 'vitest';
import { PacketReader, unreadable } from '../../src/mqtt/packet-reader.ts';

function readerOf(hex: string): PacketReader {
  const bytes = Buffer.from(hex, 'hex');
  return new PacketReader(bytes, 0, bytes.length);
}

describe('PacketReader', () => {
  it('[MQTT-1.5.5-1] makes a Malformed Packet of whatever cannot be read', () => {
    const common = { name: 'PacketError', code: 'MALFORMED_PACKET', reasonCode: 0x81 };
    expect(() => readerOf('00').u16()).toThrow(expect.objectContaining({ ...common, statement: undefined }));
    expect(() => readerOf('8000').varint()).toThrow(expect.objectContaining({ ...common, statement: 'MQTT-1.5.5-1' }));
  });

  it('[MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.3-1@3.1.1] [MQTT-1.5.3-2@3.1.1] names the statement a string violates', () => {
    expect(() => readerOf('0003eda080').utf8()).toThrow(expect.objectContaining({ statement: 'MQTT-1.5.4-1' }));
    expect(() => readerOf('000100').utf8()).toThrow(expect.objectContaining({ statement: 'MQTT-1.5.4-2' }));
  });

  it('[MQTT-1.5.4-3] [MQTT-1.5.3-3@3.1.1] keeps U+FEFF', () => {
    expect(readerOf('0004efbbbf61').utf8()).toBe('\ufeffa');
  });

  it('unreadable gives the same error to those who read without it', () => {
    expect(unreadable('truncated')).toMatchObject({
      code: 'MALFORMED_PACKET',
      message: 'the packet ends inside a field',
    });
  });
});
