// Mistakes that are overlooked where somebody asked for it, and nowhere else.
import { describe, expect, it } from 'vitest';
import { readPacket } from '../../src/mqtt/packets/packet.ts';
import { QOS_AS_REASON_CODE, type ToleranceName, tolerancesOf } from '../../src/mqtt/tolerances.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';

/** A CONNECT with these flags and fields behind its keep alive. */
function connect(version: ProtocolVersion, flags: number, ...payload: number[]): number[] {
  const name = version === 3 ? [...'MQIsdp'].map((character) => character.charCodeAt(0)) : [77, 81, 84, 84];
  const body = [0, name.length, ...name, version, flags, 0, 0, ...(version === 5 ? [0] : []), ...payload];
  return [0x10, body.length, ...body];
}

function read(bytes: number[], tolerated: ToleranceName[], protocolVersion: ProtocolVersion = 4) {
  const format = { protocolVersion, packetIdentifierSize: 2, tolerances: tolerancesOf(tolerated) } as const;
  return readPacket(Uint8Array.from(bytes), 0, bytes.length, format);
}

const CASES: [name: ToleranceName, bytes: number[], result: object][] = [
  ['empty-client-id', connect(4, 0, 0, 0), { clientId: '', cleanStart: true }],
  ['empty-client-id', connect(3, 0, 0, 0), { clientId: '', cleanStart: true }],
  [
    'password-without-username',
    connect(4, 0x42, 0, 1, 97, 0, 1, 98),
    { username: undefined, password: Uint8Array.of(98) },
  ],
  ['will-flags-without-will', connect(4, 0x2a, 0, 1, 97), { will: undefined }],
  ['will-flags-without-will', connect(5, 0x12, 0, 1, 97), { will: undefined }],
  ['fixed-header-flags', [0x60, 2, 0, 7], { type: 'pubrel', packetIdentifier: 7 }],
  ['fixed-header-flags', [0x6a, 2, 0, 7], { type: 'pubrel', packetIdentifier: 7 }],
  ['fixed-header-flags', [0xc1, 0], { type: 'pingreq' }],
  ['dup-at-qos-0', [0x38, 3, 0, 1, 97], { type: 'publish', topicName: 'a', duplicate: false }],
];

describe('a tolerance', () => {
  it.each(CASES)('%s overlooks %j, and nobody else does', (name, bytes, result) => {
    const others = CASES.map(([other]) => other).filter((other) => other !== name);
    expect(() => read(bytes, others)).toThrow();
    expect(() => read(bytes, [])).toThrow();
    expect(read(bytes, [name])).toMatchObject(result);
  });

  it('changes nothing for who makes no mistake', () => {
    const all = CASES.map(([name]) => name);
    expect(read(connect(4, 0, 0, 1, 97), all)).toMatchObject({ clientId: 'a', cleanStart: false });
    expect(read(connect(5, 0, 0, 0), all)).toMatchObject({ clientId: '', cleanStart: false });
    expect(read([0x3a, 5, 0, 1, 97, 0, 1], all)).toMatchObject({ duplicate: true, qos: 1 });
    expect(() => read(connect(4, 0x1e, 0, 1, 97, 0, 1, 97, 0, 0), all)).toThrow('the QoS of the will is 3');
    expect(() => read([0x3e, 5, 0, 1, 97, 0, 1], all)).toThrow('both QoS bits');
  });

  it('of servers: the QoS in place of a reason code, in PUBACK and PUBREC only', () => {
    const answer = (bytes: number[], tolerances: number) =>
      readPacket(Uint8Array.from(bytes), 0, bytes.length, { protocolVersion: 5, packetIdentifierSize: 2, tolerances });
    for (const [type, firstByte, code] of [
      ['puback', 0x40, 1],
      ['pubrec', 0x50, 2],
    ] as const) {
      const bytes = [firstByte, 3, 0, 7, code];
      expect(answer(bytes, QOS_AS_REASON_CODE)).toMatchObject({ type, packetIdentifier: 7, reasonCode: 0 });
      expect(() => answer(bytes, 0)).toThrow(`reason code ${code} does not belong`);
    }
    expect(() => answer([0x40, 3, 0, 7, 3], QOS_AS_REASON_CODE)).toThrow('reason code 3');
    expect(() => answer([0x70, 3, 0, 7, 1], QOS_AS_REASON_CODE)).toThrow('reason code 1');
  });

  it('that there is not is an error', () => {
    expect(() => tolerancesOf(['empty-client-id', 'everything'])).toThrow(
      'there is no tolerance “everything”, but empty-client-id, password-without-username,',
    );
    expect(() => tolerancesOf(['constructor'])).toThrow(RangeError);
    expect(tolerancesOf([])).toBe(0);
  });
});
