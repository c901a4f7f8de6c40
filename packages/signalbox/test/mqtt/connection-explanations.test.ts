// A Reason String for an error of the peer, where the owner wants one to be sent. §3.2.2.3.9, §3.14.2.2.3
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import { type PacketInput, readPacket, writePacket } from '../../src/mqtt/packets/packet.ts';

const FORMAT = { protocolVersion: 5, packetIdentifierSize: 2 } as const;

function server(connect: Partial<Extract<PacketInput, { type: 'connect' }>> = {}): Connection {
  const connection = new Connection({ role: 'server', explainsErrors: true });
  connection.receive(writePacket({ type: 'connect', clientId: 'c', ...connect }, FORMAT), 0);
  return connection;
}

/** The last packet among the events. */
function sent(events: readonly ConnectionEvent<unknown>[]) {
  const transmits = events.filter((event) => event.type === 'transmit');
  const { bytes } = transmits.at(-1)!;
  return readPacket(bytes, 0, bytes.length, FORMAT);
}

describe('an error of the peer', () => {
  it('is explained in DISCONNECT', () => {
    const connection = server();
    connection.send({ type: 'connack' }, 0);
    expect(sent(connection.receive(Uint8Array.of(0xc1, 0), 0))).toMatchObject({
      type: 'disconnect',
      reasonCode: 0x81,
      properties: { reasonString: 'a reserved flag of the fixed header is wrong' },
    });
  });

  it('is explained in CONNACK', () => {
    const connection = new Connection({ role: 'server', explainsErrors: true });
    const bytes = writePacket({ type: 'connect', clientId: 'c' }, FORMAT);
    bytes[9] = bytes[9]! | 1;
    expect(sent(connection.receive(bytes, 0))).toMatchObject({
      type: 'connack',
      reasonCode: 0x81,
      properties: { reasonString: 'the reserved CONNECT flag is set' },
    });
  });

  it('[MQTT-3.2.2-19] [MQTT-3.14.2-3] [MQTT-3.1.2-24] is not where it would be too large for the peer', () => {
    const connection = server({ properties: { maximumPacketSize: 30 } });
    connection.send({ type: 'connack' }, 0);
    const packet = sent(connection.receive(Uint8Array.of(0xc1, 0), 0));
    expect(packet).toMatchObject({ type: 'disconnect', reasonCode: 0x81, properties: {} });
  });

  it('is not before 5.0, nor where nobody asked for it', () => {
    for (const explainsErrors of [true, undefined]) {
      const protocolVersion = explainsErrors === true ? 4 : 5;
      const connection = new Connection({ role: 'server', explainsErrors });
      connection.receive(
        writePacket({ type: 'connect', clientId: 'c', protocolVersion }, { ...FORMAT, protocolVersion }),
        0,
      );
      connection.send({ type: 'connack' }, 0);
      const transmitted = connection.receive(Uint8Array.of(0xc1, 0), 0).filter((event) => event.type === 'transmit');
      expect(transmitted.map(({ bytes }) => [...bytes])).toEqual(explainsErrors === true ? [] : [[0xe0, 1, 0x81]]);
    }
  });
});
