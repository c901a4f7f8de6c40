import { describe, expect, it } from 'vitest';
import * as mqtt from '../../src/mqtt/index.ts';

describe('signalbox/mqtt', () => {
  it('reads and writes a packet with nothing but what it exports', () => {
    const format: mqtt.WireFormat = { protocolVersion: 5, packetIdentifierSize: 2 };
    const input: mqtt.PacketInput = {
      type: 'publish',
      topicName: 'a/b',
      payload: 'hi',
      properties: { contentType: 'text/plain', userProperties: [['k', 'v']] },
    };
    const bytes = mqtt.writePacket(input, format);
    const packet: mqtt.Packet = mqtt.readPacket(bytes, 0, bytes.length, format);
    expect(packet).toMatchObject({ type: 'publish', topicName: 'a/b', qos: 0, properties: input.properties });
    expect(mqtt.packetToLine(packet)).toBe(
      'PUBLISH topicName="a/b" payload=2 bytes "hi" qos=0 packetIdentifier=0 ' +
        'properties={"contentType":"text/plain","userProperties":[["k","v"]]}',
    );
  });

  it('exports nothing that is undefined, and every error a caller may want to recognise', () => {
    for (const [name, value] of Object.entries(mqtt)) expect(value, name).toBeDefined();
    expect(() =>
      mqtt.writePacket({ type: 'publish', topicName: '#' }, { protocolVersion: 4, packetIdentifierSize: 2 }),
    ).toThrow(mqtt.UsageError);
    expect(() => mqtt.readPacket(Uint8Array.of(0, 0), 0, 2, { protocolVersion: 4, packetIdentifierSize: 2 })).toThrow(
      mqtt.PacketError,
    );
  });
});
