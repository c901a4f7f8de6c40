import { describe, expect, it } from 'vitest';
import type { ConnectionSink } from '../../src/mqtt/connection-events.ts';
import type { Packet } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import {
  closing,
  connectedClient,
  connectedServer,
  Dialogue,
  type Events,
  gotTypes,
  lastingClient,
  reconnect,
  sentHex,
} from '../support/dialogue.ts';

function settled(events: Events): [number, number][] {
  return events.flatMap((event) =>
    event.type === 'settled' ? [[event.packetIdentifier, event.reasonCode] as [number, number]] : [],
  );
}

/** A connected client with one message of this QoS in flight. */
function sending(qos: 1 | 2, version: 4 | 5 = 5, options: object = {}): Dialogue {
  const client = connectedClient({ version, ...options });
  client.send({ type: 'publish', topicName: 't', qos });
  return client;
}

describe('PUBACK', () => {
  it('[MQTT-4.3.2-3] settles a message of QoS 1 and frees its identifier', () => {
    const client = sending(1);
    const events = client.receive('40 02 0001');
    expect([gotTypes(events), settled(events), client.connection.session.identifiers.count]).toEqual([
      ['puback'],
      [[1, 0]],
      0,
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'settled', stored: { topicName: 't' } });
  });

  it('pitfall: 0x10 is success, 0x80 and above is failure; both settle', () => {
    for (const code of ['10', '97']) {
      const client = sending(1);
      const events = client.receive(`40 03 0001 ${code}`);
      expect([settled(events), client.connection.session.identifiers.count]).toEqual([
        [[1, Number.parseInt(code, 16)]],
        0,
      ]);
    }
  });

  it('[MQTT-4.4.0-2] a refused message is not sent again', () => {
    const client = lastingClient();
    client.send({ type: 'publish', topicName: 't', qos: 1 });
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.receive('40 03 0001 97', '50 03 0002 97');
    client.end();
    expect(client.sent(reconnect(client))).toEqual([]);
  });

  it('carries its reason string to who wants packets', () => {
    const client = sending(1);
    expect(
      client.receive({ type: 'puback', packetIdentifier: 1, reasonCode: 0x87, properties: { reasonString: 'no' } })[0],
    ).toMatchObject({ type: 'packet', packet: { reasonCode: 0x87, properties: { reasonString: 'no' } } });
  });

  it('for an unknown identifier is reported and nothing else', () => {
    const client = connectedClient();
    const events = client.receive('40 02 0009');
    expect([gotTypes(events), settled(events), closing(events), sentHex(events)]).toEqual([['puback'], [], 'open', '']);
  });

  it('for a message of QoS 2 is a protocol error', () => {
    const events = sending(2).receive('40 02 0001');
    expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { code: 'PROTOCOL_ERROR' }]);
  });

  it('a packet identifier of 0 is malformed in the short form too', () => {
    expect(closing(sending(1).receive('40 02 0000'))).toMatchObject({ statement: 'MQTT-2.2.1-3' });
    expect(closing(sending(1).receive('41 02 0001'))).toMatchObject({ code: 'MALFORMED_PACKET' });
    expect(closing(sending(1).receive('60 02 0001'))).toMatchObject({ statement: 'MQTT-3.6.1-1' });
  });
});

describe('PUBREC and PUBCOMP', () => {
  it.each([4, 5] as const)('[MQTT-4.3.3-4] [MQTT-4.3.3-5] the whole exchange in version %i', (version) => {
    const client = sending(2, version);
    const first = client.receive('50 02 0001');
    expect([gotTypes(first), sentHex(first), settled(first)]).toEqual([['pubrec'], '62020001', []]);
    expect(client.connection.session.outgoing.stageOf(1)).toBe('pubcomp');
    const last = client.receive('70 02 0001');
    expect([gotTypes(last), sentHex(last), settled(last), client.connection.session.identifiers.count]).toEqual([
      ['pubcomp'],
      '',
      [[1, 0]],
      0,
    ]);
  });

  it('pitfall: PUBREC with 0x10 goes on, with 0x80 and above it ends there and frees its place', () => {
    const client = connectedClient({ connack: { properties: { receiveMaximum: 1 } } });
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    expect(sentHex(client.receive('50 03 0001 10'))).toBe('62020001');
    client.receive('70 02 0001');
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    expect(client.connection.vacancy).toBe(0);
    const failed = client.receive('50 03 0002 97');
    expect([sentHex(failed), settled(failed), client.connection.vacancy]).toEqual(['', [[2, 0x97]], 1]);
  });

  it('a second PUBREC gets PUBREL again', () => {
    const client = sending(2);
    client.receive('50 02 0001');
    expect(sentHex(client.receive('50 02 0001'))).toBe('62020001');
    expect(client.connection.session.outgoing.stageOf(1)).toBe('pubcomp');
  });

  it('PUBREC of an unknown message is released, so that the peer can forget it too', () => {
    expect(sentHex(connectedClient().receive('50 02 0009'))).toBe('6203000992');
    expect(sentHex(connectedClient({ version: 4 }).receive('50 02 0009'))).toBe('62020009');
    expect(sentHex(connectedClient().receive('50 03 0009 97'))).toBe('');
  });

  it('out of turn they are protocol errors', () => {
    expect(closing(sending(1).receive('50 02 0001'))).toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(closing(sending(1).receive('70 02 0001'))).toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(closing(sending(2).receive('70 02 0001'))).toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(gotTypes(connectedClient().receive('70 02 0001'))).toEqual(['pubcomp']);
  });

  it('[MQTT-4.6.0-4] PUBREL packets leave in the order of the PUBRECs', () => {
    const client = connectedClient();
    for (let count = 0; count < 3; count++) client.send({ type: 'publish', topicName: 't', qos: 2 });
    expect(sentHex(client.receive('50 02 0002 50 02 0003 50 02 0001'))).toBe('62020002 62020003 62020001');
  });

  it('a PUBREC for a message that was not sent again yet ends its waiting', () => {
    const client = lastingClient();
    for (let count = 0; count < 3; count++) client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.end();
    reconnect(client, { properties: { receiveMaximum: 1 } });
    expect(sentHex(client.receive('50 02 0002'))).toBe('62020002');
    client.receive('50 02 0001', '70 02 0001');
    expect(client.sent(client.receive('70 02 0002'))).toMatchObject([{ type: 'publish', packetIdentifier: 3 }]);
  });
});

describe('PUBREL by hand', () => {
  const byHand = { automaticRelease: false };

  it('waits for the owner', () => {
    const client = sending(2, 5, byHand);
    expect(sentHex(client.receive('50 02 0001 50 02 0001'))).toBe('');
    expect(closing(sending(2, 5, byHand).receive('50 02 0001 70 02 0001'))).toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(sentHex(client.send({ type: 'pubrel', packetIdentifier: 1 }))).toBe('62020001');
    expect(settled(client.receive('70 02 0001'))).toEqual([[1, 0]]);
  });

  it('is refused where nothing waits for it', () => {
    const client = sending(2, 5, byHand);
    for (const packetIdentifier of [1, 2]) {
      expect(() => client.send({ type: 'pubrel', packetIdentifier })).toThrow(
        expect.objectContaining({ code: 'PACKET_IDENTIFIER_UNKNOWN' }),
      );
    }
  });

  it('[MQTT-3.6.2-2] [MQTT-3.6.2-3] says why where that can be said', () => {
    const release = (version: 4 | 5, connack: object, more: object): string => {
      const client = sending(2, version, { ...byHand, connack });
      client.receive('50 02 0001');
      return sentHex(client.send({ type: 'pubrel', packetIdentifier: 1, ...more }));
    };
    const properties = { reasonString: 'r' };
    expect(release(5, {}, { reasonCode: 0x92 })).toBe('6203000192');
    expect(release(5, {}, { properties })).toBe('6208000100041f000172');
    expect(release(5, { properties: { maximumPacketSize: 8 } }, { reasonCode: 0x92, properties })).toBe('6203000192');
    expect(release(4, {}, { reasonCode: 0x92 })).toBe('62020001');
  });

  it('can follow after a resume, and PUBLISH is not sent again', () => {
    const client = lastingClient(byHand);
    client.send({ type: 'publish', topicName: 't', qos: 2 });
    client.receive('50 02 0001');
    client.end();
    expect(client.sent(reconnect(client))).toEqual([]);
    expect(sentHex(client.send({ type: 'pubrel', packetIdentifier: 1 }))).toBe('62020001');
  });
});

describe('PUBREL that was never sent', () => {
  it('follows by itself after a resume where it is automatic', () => {
    const byHand = lastingClient({ automaticRelease: false });
    byHand.send({ type: 'publish', topicName: 't', qos: 2 });
    byHand.receive('50 02 0001');
    const session = Session.restore(byHand.connection.session.snapshot());
    const client = new Dialogue({ role: 'client', session }, 5);
    expect(client.sent(reconnect(client))).toMatchObject([{ type: 'pubrel', packetIdentifier: 1 }]);
    expect(settled(client.receive('70 02 0001'))).toEqual([[1, 0]]);
  });
});

describe('a sink', () => {
  function recording(more: Partial<ConnectionSink<PublishInput>> = {}): {
    log: string[];
    sink: ConnectionSink<PublishInput>;
  } {
    const log: string[] = [];
    const sink: ConnectionSink<PublishInput> = {
      transmit: () => log.push('transmit'),
      packet: (packet: Packet) => log.push(packet.type),
      close: () => log.push('close'),
      settled: (packetIdentifier, reasonCode) => log.push(`settled ${packetIdentifier} ${reasonCode}`),
      handedOver: (packetIdentifier, stored) => log.push(`handedOver ${packetIdentifier} ${stored?.topicName}`),
      ...more,
    };
    return { log, sink };
  }

  it('with settled gets no packet for the acknowledgements', () => {
    const client = connectedClient();
    for (const qos of [1, 2] as const) client.send({ type: 'publish', topicName: 't', qos });
    const { log, sink } = recording();
    client.connection.receive(client.write('40 02 0001 50 02 0002 70 03 0002 92 40 02 0009'), 0, sink);
    expect(log).toEqual(['settled 1 0', 'handedOver 2 t', 'transmit', 'settled 2 146']);
  });

  it('with everyPacket gets both', () => {
    const client = sending(1);
    const { log, sink } = recording({ everyPacket: true });
    client.connection.receive(client.write('40 02 0001'), 0, sink);
    expect(log).toEqual(['puback', 'settled 1 0']);
  });

  it('with everyPacket gets PUBREL as a packet and by its identifier', () => {
    const client = connectedClient();
    const log: string[] = [];
    const sink = recording({
      everyPacket: true,
      packet: ({ type }) => void log.push(type),
      released: (packetIdentifier) => void log.push(`released ${packetIdentifier}`),
    }).sink;
    client.connection.receive(client.write('34 06 0001 74 0007 00'), 0, sink);
    client.connection.acknowledge(7, 0, sink);
    client.connection.receive(client.write('62 02 0007'), 0, sink);
    expect(log).toEqual(['publish', 'pubrel', 'released 7']);
  });

  it('that ends the connection when it is told gets nothing more', () => {
    for (const before of ['50 02 0009', '50 02 0001']) {
      const client = sending(2);
      const { log, sink } = recording({ packet: () => void client.connection.end(0), everyPacket: true });
      client.connection.receive(client.write(before), 0, sink);
      expect(log.filter((entry) => entry === 'transmit')).toEqual([]);
    }
    const client = sending(2);
    client.receive('50 02 0001');
    const { log, sink } = recording({ packet: () => void client.connection.end(0), everyPacket: true });
    client.connection.receive(client.write('50 02 0001'), 0, sink);
    expect(log).toEqual([]);
  });

  it('finds the vacancy when it is told', () => {
    const server = connectedServer({ connect: { properties: { receiveMaximum: 1 } } });
    server.connection.admit(1, undefined, 0);
    const { sink } = recording({ settled: () => void vacancies.push(server.connection.vacancy) });
    const vacancies: number[] = [];
    server.connection.receive(server.write('40 02 0001'), 0, sink);
    expect(vacancies).toEqual([1]);
  });
});
