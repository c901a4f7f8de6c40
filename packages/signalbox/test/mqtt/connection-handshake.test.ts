import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/mqtt/connection-options.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { packet } from '../support/annotated-bytes.ts';
import { closing, connectedServer, Dialogue, gotTypes, publish, sentHex } from '../support/dialogue.ts';

function server(options: Partial<ConnectionOptions<PublishInput>> = {}, version: ProtocolVersion = 5): Dialogue {
  return new Dialogue({ role: 'server', ...options }, version);
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
