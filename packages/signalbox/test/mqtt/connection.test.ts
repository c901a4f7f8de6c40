import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import {
  closing,
  connectedClient,
  connectedServer,
  Dialogue,
  gotTypes,
  publish,
  sentHex,
} from '../support/dialogue.ts';

function usage(code: string): unknown {
  return expect.objectContaining({ name: 'UsageError', code });
}

describe('receive', () => {
  const STREAM: PacketInput[] = [
    { type: 'connect', clientId: 'c', cleanStart: false },
    publish(1, 1),
    publish(2, 2),
    publish(2, 2, { duplicate: true }),
    { type: 'pubrel', packetIdentifier: 2 },
    { type: 'pubrel', packetIdentifier: 9 },
    { type: 'subscribe', packetIdentifier: 3, subscriptions: [{ topicFilter: 'a/#' }] },
    { type: 'pingreq' },
    { type: 'publish', topicName: 'x'.repeat(300), payload: new Uint8Array(500) },
    { type: 'disconnect' },
  ];

  /** What happens, without the sizes of the pieces it happens in. */
  function story(server: Dialogue, pieces: readonly Uint8Array[]): unknown[] {
    const events: ConnectionEvent<PublishInput>[] = [];
    for (const piece of pieces) {
      for (const event of server.connection.receive(piece, 0)) {
        events.push(structuredClone(event));
        if (event.type === 'packet' && event.packet.type === 'connect')
          events.push(...server.send({ type: 'connack' }));
      }
    }
    return events;
  }

  function whole(server: Dialogue): Uint8Array {
    return Uint8Array.from(STREAM.flatMap((packet) => [...server.write(packet)]));
  }

  it('any chunking gives the same events', () => {
    const options = { role: 'server', automaticAcknowledge: true } as const;
    const bytes = whole(new Dialogue(options, 4));
    const connect = new Dialogue(options, 4).write(STREAM[0]!).length;
    const expected = story(new Dialogue(options, 4), [bytes.slice(0, connect), bytes.slice(connect)]);
    expect(expected.length).toBeGreaterThan(14);
    expect(
      story(
        new Dialogue(options, 4),
        [...bytes].map((byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 60 }), (sizes) => {
        const pieces: Uint8Array[] = [bytes.slice(0, connect)];
        let at = connect;
        for (let turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          pieces.push(bytes.slice(at, at + size));
          at += size;
        }
        expect(story(new Dialogue(options, 4), pieces)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('never throws for what the peer sends', () => {
    const start = fc.constantFrom('connected', 'connecting', 'idle', 'client');
    fc.assert(
      fc.property(
        start,
        fc.constantFrom(4 as const, 5 as const),
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        (from, version, pieces) => {
          const dialogue =
            from === 'connected'
              ? connectedServer({ version })
              : from === 'client'
                ? connectedClient({ version })
                : new Dialogue({ role: from === 'idle' ? 'any' : 'server' }, version);
          if (from === 'connecting') dialogue.receive({ type: 'connect', protocolVersion: version, clientId: 'c' });
          for (const piece of pieces) dialogue.connection.receive(piece, 0);
          const { state } = dialogue.connection;
          if (state === 'closed') expect(dialogue.connection.receive(Uint8Array.of(0xc0, 0), 0)).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is not to be called from within itself', () => {
    const server = connectedServer();
    const sink = {
      transmit() {},
      close() {},
      packet: () => server.connection.receive(Uint8Array.of(0xc0, 0), 0, sink),
    };
    expect(() => server.connection.receive(server.write({ type: 'pingreq' }), 0, sink)).toThrow(usage('NOT_ALLOWED'));
    expect(gotTypes(server.receive({ type: 'pingreq' }))).toEqual(['pingreq']);
  });

  it('events come in the order in which they are to be executed', () => {
    const server = connectedServer({ automaticAcknowledge: true });
    const events = server.receive(
      Uint8Array.from([
        ...server.write(publish(1, 1)),
        ...server.write({ type: 'pingreq' }),
        ...server.write({ type: 'disconnect' }),
      ]),
    );
    expect(events.map(({ type }) => type)).toEqual(['packet', 'transmit', 'transmit', 'packet', 'packet', 'close']);
  });

  it('[MQTT-4.13.1-1] [MQTT-4.13.2-1] an error of the peer is told as the version allows, and closes', () => {
    for (const [dialogue, answer] of [
      [connectedServer(), 'e00182'],
      [connectedClient(), 'e00182'],
      [connectedServer({ version: 4 }), ''],
      [connectedClient({ version: 4 }), ''],
    ] as const) {
      const wrong = dialogue.connection.side === 'server' ? 'd000' : 'c000';
      const events = dialogue.receive(wrong);
      expect([sentHex(events), closing(events), dialogue.connection.state]).toMatchObject([
        answer,
        { code: 'PROTOCOL_ERROR' },
        'closed',
      ]);
      expect(dialogue.receive('c000')).toEqual([]);
    }
  });

  it('what follows an error in the same bytes is not looked at', () => {
    expect(gotTypes(connectedServer().receive('c000 d000 c000'))).toEqual(['pingreq']);
    expect(gotTypes(connectedServer().receive('c000 40 02 0000 c000'))).toEqual(['pingreq']);
  });

  it('an error of ours is a crash of this one call, and not of the peer', () => {
    const server = connectedServer();
    const sink = {
      transmit() {},
      close() {},
      packet: () => {
        throw new RangeError('ours');
      },
    };
    expect(() => server.connection.receive(server.write({ type: 'pingreq' }), 0, sink)).toThrow(RangeError);
    expect(() => server.receive({ type: 'pingreq' })).not.toThrow();
    class Broken extends Uint8Array<ArrayBuffer> {
      override get buffer(): ArrayBuffer {
        throw new RangeError('ours');
      }
    }
    const stranger = new Dialogue({ role: 'server' }, 5);
    const connect = stranger.write({ type: 'connect', username: 'u', password: 'p' });
    expect(() => stranger.connection.receive(Broken.from(connect), 0)).toThrow(RangeError);
  });
});

describe('send', () => {
  it('throws for a packet type that does not exist', () => {
    expect(() => connectedClient().send({ type: 'hello' } as unknown as PacketInput)).toThrow(
      usage('INVALID_ARGUMENT'),
    );
  });

  it('pitfall: throws UsageError and then nothing has changed', () => {
    const wrong: PacketInput[] = [
      { type: 'publish', topicName: 'a/#', qos: 1 },
      { type: 'publish', topicName: '\ud800', qos: 2 },
      { type: 'subscribe', subscriptions: [{ topicFilter: '' }] },
      { type: 'unsubscribe', topicFilters: [] },
      { type: 'disconnect', reasonCode: 0x8e, properties: { sessionExpiryInterval: -1 } },
      { type: 'connack' },
      { type: 'pubrel', packetIdentifier: 4 },
      { type: 'puback', packetIdentifier: 4 },
      { type: 'auth' },
      { type: 'pingresp' },
    ];
    for (const packet of wrong) {
      const { connection } = connectedClient();
      const before = JSON.stringify([
        connection.session.snapshot(),
        connection.state,
        connection.writer.length,
        connection.deadline,
      ]);
      expect(() => connection.send(packet, 5000)).toThrow(expect.objectContaining({ name: 'UsageError' }));
      expect(
        JSON.stringify([
          connection.session.snapshot(),
          connection.state,
          connection.writer.length,
          connection.deadline,
        ]),
      ).toBe(before);
    }
  });

  it('[MQTT-3.12.4-1] [MQTT-3.12.4-1@3.1.1] PINGREQ is answered, unless the owner wants to', () => {
    expect(sentHex(connectedServer().receive({ type: 'pingreq' }))).toBe('d000');
    const server = connectedServer({ automaticPingResponse: false });
    const events = server.receive({ type: 'pingreq' });
    expect([sentHex(events), gotTypes(events)]).toEqual(['', ['pingreq']]);
    expect(sentHex(server.send({ type: 'pingresp' }))).toBe('d000');
  });
});

describe('options', () => {
  it('session and connection agree on the size of Packet Identifiers', () => {
    const session = new Session({ packetIdentifierSize: 4 });
    expect(new Connection({ role: 'client', session }).packetIdentifierSize).toBe(4);
    expect(() => new Connection({ role: 'client', session, packetIdentifierSize: 2 })).toThrow(
      usage('INVALID_ARGUMENT'),
    );
    expect(new Connection({ role: 'client', packetIdentifierSize: 4 }).session.packetIdentifierSize).toBe(4);
  });

  it('identifiers of 32 bits work end to end', () => {
    const session = new Session<PublishInput>({ packetIdentifierSize: 4 });
    session.identifiers.continueAfter(4_294_967_294);
    const client = connectedClient({ session });
    expect(sentHex(client.send({ type: 'publish', topicName: 't', qos: 2 }))).toBe('3408000174ffffffff00');
    expect(sentHex(client.receive('50 04 ffffffff'))).toBe('6204ffffffff');
    expect(client.receive('70 04 ffffffff').at(-1)).toMatchObject({ type: 'settled', packetIdentifier: 4_294_967_295 });
  });
});
