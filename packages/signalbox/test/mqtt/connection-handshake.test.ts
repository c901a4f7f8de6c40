import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/mqtt/connection-options.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { packet } from '../support/annotated-bytes.ts';
import {
  closing,
  connectedClient,
  connectedServer,
  Dialogue,
  got,
  gotTypes,
  publish,
  reconnect,
  sentHex,
} from '../support/dialogue.ts';

function server(options: Partial<ConnectionOptions<PublishInput>> = {}, version: ProtocolVersion = 5): Dialogue {
  return new Dialogue({ role: 'server', ...options }, version);
}

function client(options: Partial<ConnectionOptions<PublishInput>> = {}, version: ProtocolVersion = 5): Dialogue {
  return new Dialogue({ role: 'client', protocolVersion: version, ...options }, version);
}

const CONNECT = { type: 'connect', clientId: 'c' } as const;

describe('CONNECT at a server', () => {
  it.each([3, 4, 5] as const)('an undetermined version becomes that of CONNECT: %i', (version) => {
    const dialogue = server({}, version);
    expect(gotTypes(dialogue.receive({ ...CONNECT, protocolVersion: version }))).toEqual(['connect']);
    expect([dialogue.connection.protocolVersion, dialogue.connection.state, dialogue.connection.side]).toEqual([
      version,
      'connecting',
      'server',
    ]);
  });

  it('[MQTT-3.1.2-2] [MQTT-3.1.2-2@3.1.1] a server of one version refuses the others in their own words', () => {
    const five = server({ protocolVersion: 5 }, 4);
    const refusedOld = five.receive({ ...CONNECT, protocolVersion: 4 });
    expect([sentHex(refusedOld), closing(refusedOld)]).toMatchObject([
      '20020001',
      { code: 'UNSUPPORTED_PROTOCOL_VERSION' },
    ]);
    const four = server({ protocolVersion: 4 }, 5);
    const refusedNew = four.receive({ ...CONNECT, protocolVersion: 5 });
    expect([sentHex(refusedNew), closing(refusedNew)]).toMatchObject(['2003008400', { statement: 'MQTT-3.1.2-2' }]);
    expect(gotTypes(refusedNew)).toEqual([]);
  });

  it.each([
    ['a version to come', "'MQTT' 06 02 0000", '2003008400'],
    ['a version before 3.1', "'MQIsdp' 02 02 0000", '20020001'],
    ['a bridge of 3.1.1 with a reserved flag', "'MQTT' 84 03 0000", ''],
    ['5.0 with a reserved flag', "'MQTT' 05 03 0000 00 0000", '2003008100'],
    ['no version at all', "'MQTT'", ''],
    ['nothing at all', '00', ''],
    ['3.1.1 without the client identifier it needs', "'MQTT' 04 00 0000 0000", '20020002'],
  ])('[MQTT-3.1.4-1] [MQTT-3.1.4-1@3.1.1] %s is refused as well as it can be told', (_what, rest, answer) => {
    const dialogue = server();
    const events = dialogue.receive(packet('10', rest));
    expect(sentHex(events)).toBe(answer);
    expect(closing(events)).toMatchObject({ name: 'PacketError' });
    expect([dialogue.connection.state, gotTypes(events)]).toEqual(['closed', []]);
  });

  it('[MQTT-3.1.0-1] [MQTT-3.1.0-1@3.1.1] pitfall: a packet before CONNECT closes without an answer, whatever it is', () => {
    for (const first of ['c000', '30 05 0001 74 70 70', '47 45 54 20', 'e000', '20020000', 'f000', '00 00']) {
      for (const role of ['server', 'any'] as const) {
        const dialogue = server({ role });
        const events = dialogue.receive(first.startsWith('47') ? '40 02 0001' : first);
        expect([sentHex(events), closing(events)]).toMatchObject(['', { name: 'PacketError' }]);
        if (first !== '00 00')
          expect(closing(events)).toMatchObject({ code: 'PROTOCOL_ERROR', statement: 'MQTT-3.1.0-1' });
      }
    }
  });

  it.each([
    [5, '2003008200', 'e00182'],
    [4, '', ''],
  ] as const)(
    '[MQTT-3.1.0-2] [MQTT-3.1.0-2@3.1.1] pitfall: a second CONNECT closes with the right code in version %i',
    (version, early, late) => {
      const before = server({}, version);
      before.receive({ ...CONNECT, protocolVersion: version });
      const second = before.receive({ ...CONNECT, protocolVersion: version });
      expect([sentHex(second), closing(second)]).toMatchObject([early, { statement: 'MQTT-3.1.0-2' }]);
      const after = connectedServer({ version });
      const third = after.receive({ ...CONNECT, protocolVersion: version });
      expect([sentHex(third), closing(third)]).toMatchObject([
        late,
        { code: 'PROTOCOL_ERROR', statement: 'MQTT-3.1.0-2' },
      ]);
    },
  );

  it('a CONNECT larger than a stranger may send is refused at its header', () => {
    const dialogue = server({ maximumConnectSize: 20 });
    const events = dialogue.receive('10 7f');
    expect([sentHex(events), closing(events)]).toMatchObject(['', { code: 'PACKET_TOO_LARGE' }]);
  });

  it('after CONNECT the limit is that of all packets, then what CONNACK announces', () => {
    const dialogue = server({ maximumConnectSize: 40, maximumPacketSize: 60 });
    dialogue.receive(CONNECT);
    expect(closing(dialogue.receive('30 32'))).toBe('open');
    const other = connectedServer({ maximumPacketSize: 60, connack: { properties: { maximumPacketSize: 100 } } });
    expect(closing(other.receive('30 50'))).toBe('open');
    const refused = connectedServer({ connack: { properties: { maximumPacketSize: 100 } } }).receive('30 7f');
    expect([sentHex(refused), closing(refused)]).toMatchObject(['e00195', { code: 'PACKET_TOO_LARGE' }]);
  });
});

describe('before CONNACK', () => {
  it('[MQTT-3.1.4-6] what a client sends too early waits for CONNACK, then comes in order', () => {
    const dialogue = server({ automaticAcknowledge: true }, 4);
    const early = dialogue.receive(
      { ...CONNECT, protocolVersion: 4 },
      publish(1, 1),
      { type: 'publish', topicName: 't', payload: new Uint8Array(300) },
      { type: 'pingreq' },
      { type: 'disconnect' },
    );
    expect([gotTypes(early), closing(early)]).toEqual([['connect'], 'open']);
    const events = dialogue.send({ type: 'connack' });
    expect(gotTypes(events)).toEqual(['publish', 'publish', 'pingreq', 'disconnect']);
    expect([sentHex(events), closing(events)]).toEqual(['20020000 40020001 d000', undefined]);
  });

  it('[MQTT-3.1.4-6] and is never looked at when the connection is refused', () => {
    const dialogue = server({}, 4);
    dialogue.receive({ ...CONNECT, protocolVersion: 4 }, publish(1, 1));
    const events = dialogue.send({ type: 'connack', reasonCode: 5 });
    expect([gotTypes(events), sentHex(events), closing(events)]).toEqual([[], '20020005', undefined]);
  });

  it('what waits is bounded', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    const large = { type: 'publish', topicName: 't', payload: new Uint8Array(100_000) } as const;
    expect(closing(dialogue.receive(large, large))).toBe('open');
    const events = dialogue.receive(large);
    expect([sentHex(events), closing(events)]).toMatchObject(['2003008300', { code: 'IMPLEMENTATION_SPECIFIC_ERROR' }]);
    expect(dialogue.receive(large)).toEqual([]);
  });

  it('what waits is discarded with the network connection', () => {
    const dialogue = server();
    dialogue.receive(CONNECT, publish(1, 1));
    dialogue.end();
    dialogue.receive(CONNECT);
    expect(gotTypes(dialogue.send({ type: 'connack' }))).toEqual([]);
  });

  it('an error in what waited stops the rest', () => {
    const dialogue = server();
    dialogue.receive(CONNECT, publish(1, 1), '62 02 0000', publish(2, 1));
    const events = dialogue.send({ type: 'connack' });
    expect([gotTypes(events), sentHex(events)]).toEqual([['publish'], '2003000000 e00182']);
  });

  it('a DISCONNECT before anything else ends the attempt at once', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    const events = dialogue.receive({ type: 'disconnect' });
    expect([gotTypes(events), closing(events)]).toEqual([['disconnect'], undefined]);
  });

  it('packets only a server sends are a protocol error, answered in CONNACK', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    expect(sentHex(dialogue.receive('d000'))).toBe('2003008200');
  });

  it('a malformed packet before CONNACK is answered there, as far as the version can', () => {
    const five = server();
    five.receive(CONNECT);
    expect(sentHex(five.receive('00 00'))).toBe('2003008100');
    const four = server({}, 4);
    four.receive({ ...CONNECT, protocolVersion: 4 });
    expect(sentHex(four.receive('00 00'))).toBe('');
  });
});

describe('CONNACK from a server', () => {
  it('[MQTT-3.2.0-1] [MQTT-3.2.0-1@3.1.1] nothing but AUTH is sent before it', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    for (const packet of [
      publish(1, 1),
      { type: 'pingresp' },
      { type: 'suback', packetIdentifier: 1, reasonCodes: [0] },
    ] as const) {
      expect(() => dialogue.send(packet)).toThrow(/CONNACK/);
    }
    expect(() => server().send({ type: 'connack' })).toThrow(/before it has received CONNECT/);
  });

  it('[MQTT-3.2.0-2] is sent once', () => {
    const dialogue = connectedServer();
    expect(() => dialogue.send({ type: 'connack' })).toThrow(/second CONNACK/);
  });

  it('[MQTT-3.2.2-7] [MQTT-3.2.2-5@3.1.1] [MQTT-3.1.4-2] a refusal closes', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    const events = dialogue.send({ type: 'connack', reasonCode: 0x87 });
    expect([sentHex(events), closing(events), dialogue.connection.state]).toEqual(['2003008700', undefined, 'closed']);
  });

  it('[MQTT-3.2.2-6] [MQTT-3.2.2-4@3.1.1] a refusal has no session', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, cleanStart: false });
    expect(() => dialogue.send({ type: 'connack', reasonCode: 0x87, sessionPresent: true })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('[MQTT-3.2.2-2] [MQTT-3.2.2-1@3.1.1] a clean start has no session', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, cleanStart: true });
    expect(() => dialogue.send({ type: 'connack', sessionPresent: true })).toThrow(/clean start/);
    expect(dialogue.connection.state).toBe('connecting');
  });

  it('[MQTT-3.1.3-7] [MQTT-3.2.2-16] who has no client identifier is given one', () => {
    const dialogue = server();
    dialogue.receive({ type: 'connect', clientId: '' });
    expect(() => dialogue.send({ type: 'connack' })).toThrow(/assignedClientIdentifier/);
    expect(sentHex(dialogue.send({ type: 'connack', properties: { assignedClientIdentifier: 'x' } }))).toBe(
      '200700000412000178',
    );
    const old = server({}, 4);
    old.receive({ type: 'connect', protocolVersion: 4, clientId: '' });
    expect(sentHex(old.send({ type: 'connack' }))).toBe('20020000');
  });

  it('[MQTT-3.1.2-28] response information only for who asked for it', () => {
    const properties = { responseInformation: 'r' };
    const dialogue = server();
    dialogue.receive(CONNECT);
    expect(() => dialogue.send({ type: 'connack', properties })).toThrow(/response information/);
    const asking = server();
    asking.receive({ ...CONNECT, properties: { requestResponseInformation: true } });
    expect(sentHex(asking.send({ type: 'connack', properties }))).toBe('20070000041a000172');
  });

  it('[MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.1.2-24] explanations are left out of a CONNACK that would be too large', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, properties: { maximumPacketSize: 20 } });
    const properties = { reasonString: 'a long reason', userProperties: [['a', 'b']] as [string, string][] };
    expect(sentHex(dialogue.send({ type: 'connack', properties }))).toBe('2003000000');
  });

  it('[MQTT-3.1.2-24] throws when even so it is too large, and nothing has changed', () => {
    const dialogue = server();
    dialogue.receive({ ...CONNECT, properties: { maximumPacketSize: 4 } });
    expect(() => dialogue.send({ type: 'connack' })).toThrow(expect.objectContaining({ code: 'PACKET_TOO_LARGE' }));
    expect([dialogue.connection.state, dialogue.connection.writer.length]).toEqual(['connecting', 0]);
  });

  it('[MQTT-3.2.2-22] the keep alive is that of CONNECT, or what the server says', () => {
    expect(connectedServer({ connect: { keepAlive: 30 } }).connection.keepAlive).toBe(30);
    expect(
      connectedServer({ connect: { keepAlive: 30 }, connack: { properties: { serverKeepAlive: 7 } } }).connection
        .keepAlive,
    ).toBe(7);
  });

  it('a session is attached before it, and of the same kind', () => {
    const dialogue = server();
    dialogue.receive(CONNECT);
    const session = new Session();
    dialogue.connection.attach(session);
    expect(() => dialogue.connection.attach(new Session({ packetIdentifierSize: 4 }))).toThrow(/another size/);
    dialogue.send({ type: 'connack' });
    expect(dialogue.connection.session).toBe(session);
    expect(() => dialogue.connection.attach(new Session())).toThrow(/before CONNACK/);
  });

  it('[MQTT-3.2.2-3] [MQTT-3.2.2-2@3.1.1] [MQTT-3.2.2-3@3.1.1] without the session what was in flight is dropped, and says so', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    const dialogue = server();
    dialogue.receive({ ...CONNECT, cleanStart: false });
    dialogue.connection.attach(session);
    const events = dialogue.send({ type: 'connack', sessionPresent: false });
    expect(events.at(-1)).toMatchObject({ type: 'dropped', reason: 'session-lost', stored: { packetIdentifier: 1 } });
    expect(session.outgoing.count).toBe(0);
  });
});

describe('a client connects', () => {
  it.each([
    [3, '100f 0006 4d51 4973 6470 03 02 0000 0001 63'],
    [4, '100d 0004 4d51 5454 04 02 0000 0001 63'],
    [5, '100e 0004 4d51 5454 05 02 0000 00 0001 63'],
  ] as const)('in version %i', (version, hex) => {
    const dialogue = client({}, version);
    const events = dialogue.send(CONNECT);
    expect(sentHex(events)).toBe(hex.replaceAll(' ', ''));
    expect([dialogue.connection.state, dialogue.connection.side, dialogue.connection.protocolVersion]).toEqual([
      'connecting',
      'client',
      version,
    ]);
  });

  it('in the version CONNECT names, when the connection has none', () => {
    const dialogue = new Dialogue({ role: 'client' }, 4);
    dialogue.send({ ...CONNECT, protocolVersion: 4 });
    expect(dialogue.connection.protocolVersion).toBe(4);
    expect(() => client({}, 5).send({ ...CONNECT, protocolVersion: 4 })).toThrow(/protocol version 5/);
  });

  it('a CONNECT that cannot be written changes nothing', () => {
    const dialogue = new Dialogue({ role: 'any' }, 5);
    expect(() => dialogue.send({ ...CONNECT, protocolVersion: 4, keepAlive: 70_000 })).toThrow(/keepAlive/);
    expect([dialogue.connection.state, dialogue.connection.side, dialogue.connection.protocolVersion]).toEqual([
      'idle',
      undefined,
      5,
    ]);
  });

  it('[MQTT-3.1.0-1] CONNECT is the first packet and [MQTT-3.1.0-2] the only one', () => {
    const dialogue = client();
    expect(() => dialogue.send({ type: 'pingreq' })).toThrow(/first packet/);
    dialogue.send(CONNECT);
    expect(() => dialogue.send(CONNECT)).toThrow(/second CONNECT/);
    expect(() => dialogue.send({ type: 'pingreq' })).toThrow(/CONNACK/);
    expect(() => dialogue.send(publish(1, 1))).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
  });

  it('may leave again before CONNACK', () => {
    const dialogue = client();
    dialogue.send(CONNECT);
    const events = dialogue.send({ type: 'disconnect' });
    expect([sentHex(events), closing(events)]).toEqual(['e000', undefined]);
  });

  it('[MQTT-3.2.0-1] [MQTT-3.14.0-1] pitfall: nothing of a server is taken before CONNACK', () => {
    for (const [hex, statement] of [
      ['30 03 0001 74', 'MQTT-3.2.0-1'],
      ['d000', 'MQTT-3.2.0-1'],
      ['e0 01 8b', 'MQTT-3.14.0-1'],
    ] as const) {
      const dialogue = client();
      dialogue.send(CONNECT);
      const events = dialogue.receive(hex);
      expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { statement }]);
    }
    const idle = client().receive('20020000');
    expect([sentHex(idle), closing(idle)]).toMatchObject(['', { code: 'PROTOCOL_ERROR' }]);
  });

  it.each([
    [5, 'e00182'],
    [4, ''],
  ] as const)(
    '[MQTT-3.2.0-2] pitfall: a second CONNACK closes with the right code in version %i',
    (version, answer) => {
      const dialogue = connectedClient({ version });
      const events = dialogue.receive({ type: 'connack' });
      expect([sentHex(events), closing(events)]).toMatchObject([
        answer,
        { code: 'PROTOCOL_ERROR', statement: 'MQTT-3.2.0-2' },
      ]);
    },
  );

  it('a refusal is reported and ends the connection', () => {
    const dialogue = client();
    dialogue.send(CONNECT);
    const events = dialogue.receive({ type: 'connack', reasonCode: 0x86 });
    expect([gotTypes(events), closing(events), dialogue.connection.state, sentHex(events)]).toEqual([
      ['connack'],
      undefined,
      'closed',
      '',
    ]);
    const old = client({}, 4);
    old.send(CONNECT);
    expect(closing(old.receive({ type: 'connack', reasonCode: 5 }))).toBeUndefined();
  });

  it('[MQTT-3.2.2-4] a session that is present after a clean start closes', () => {
    const dialogue = client();
    dialogue.send({ ...CONNECT, cleanStart: true });
    const events = dialogue.receive({ type: 'connack', sessionPresent: true });
    expect([sentHex(events), closing(events)]).toMatchObject(['e00182', { statement: 'MQTT-3.2.2-4' }]);
    expect(gotTypes(events)).toEqual([]);
  });

  it('[MQTT-3.1.2-21] [MQTT-3.2.2-21] pitfall: the keep alive of the server overrides ours', () => {
    const connack = { properties: { serverKeepAlive: 20 } };
    const dialogue = connectedClient({ connect: { keepAlive: 60 }, connack });
    expect([dialogue.connection.keepAlive, dialogue.connection.deadline]).toEqual([20, dialogue.now + 15_000]);
    const none = connectedClient({ connect: { keepAlive: 60 }, connack: { properties: { serverKeepAlive: 0 } } });
    expect([none.connection.keepAlive, none.connection.deadline]).toEqual([0, Infinity]);
  });

  it('knows what the server takes', () => {
    const properties = { receiveMaximum: 3, maximumPacketSize: 500, topicAliasMaximum: 4, sessionExpiryInterval: 9 };
    const { connection } = connectedClient({
      connect: { properties: { receiveMaximum: 11 } },
      connack: { properties },
    });
    expect([connection.receiveMaximum, connection.maximumPacketSize, connection.topicAliasMaximum]).toEqual([
      3, 500, 4,
    ]);
    expect([
      connection.sessionExpiryInterval,
      connection.vacancy,
      connection.own.receiveMaximum,
      connection.peer.maximumQoS,
    ]).toEqual([9, 3, 11, 2]);
  });

  it('[MQTT-3.1.2-4] [MQTT-3.1.2-6@3.1.1] a clean start ends the session here, and says what is lost', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    session.received.add(5);
    const dialogue = client({ session });
    const events = dialogue.send({ ...CONNECT, cleanStart: true });
    expect(events.map(({ type }) => type)).toEqual(['transmit', 'dropped']);
    expect([session.outgoing.count, session.hasReceived]).toEqual([0, false]);
  });

  it('[MQTT-3.2.2-5] without a session at the server the one here is discarded', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    session.received.restore([5]);
    const dialogue = client({ session });
    const events = reconnect(dialogue, { sessionPresent: false });
    expect(got(events)).toMatchObject([{ type: 'connack' }]);
    expect(events.at(-1)).toMatchObject({ type: 'dropped', reason: 'session-lost' });
    expect([session.outgoing.count, session.hasReceived]).toEqual([0, false]);
  });

  it('3.1 does not say whether there is a session: who asked for it has it', () => {
    const session = new Session();
    session.outgoing.addSent(1, 1, publish(1, 1));
    const dialogue = client({ session }, 3);
    dialogue.send({ ...CONNECT, cleanStart: false });
    expect(sentHex(dialogue.receive('2002 0000'))).toBe('3a06000174000170');
    expect(session.outgoing.count).toBe(1);
  });
});

describe("role 'any'", () => {
  it('becomes a client by sending CONNECT, a server by receiving one, anew on each connection', () => {
    const dialogue = new Dialogue({ role: 'any' }, 5);
    expect(dialogue.connection.side).toBeUndefined();
    dialogue.send(CONNECT);
    dialogue.receive({ type: 'connack' });
    expect([dialogue.connection.side, dialogue.connection.state]).toEqual(['client', 'connected']);
    dialogue.end();
    expect([dialogue.connection.side, dialogue.connection.state]).toEqual([undefined, 'idle']);
    dialogue.receive(CONNECT);
    dialogue.send({ type: 'connack' });
    expect([dialogue.connection.side, dialogue.connection.state]).toEqual(['server', 'connected']);
  });

  it('sends nothing but CONNECT at first', () => {
    const dialogue = new Dialogue({ role: 'any' }, 5);
    expect(() => dialogue.send({ type: 'connack' })).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
    expect(() => dialogue.send({ type: 'pingreq' })).toThrow(expect.objectContaining({ code: 'NOT_ALLOWED' }));
  });
});
