// A peer that sends what it may not, or more than it may (RFC 9260, §3.3, §6.2).
import { describe, expect, it } from 'vitest';
import { HandPeer, typesOf } from '../support/hand-peer.ts';
import { dataOf, words } from '../support/packets.ts';

describe('a peer that sends what it may not', () => {
  const faults: readonly [string, readonly { type: number; flags: number; body: Uint8Array }[], string][] = [
    [
      'DATA without user data',
      [{ type: 0, flags: 3, body: dataOf(1, { bytes: new Uint8Array(0) }) }],
      'PROTOCOL_VIOLATION',
    ],
    ['DATA that is too short', [{ type: 0, flags: 3, body: words(1) }], 'PROTOCOL_VIOLATION'],
    [
      'a message above the limit',
      [{ type: 0, flags: 3, body: dataOf(1, { bytes: new Uint8Array(1001) }) }],
      'OUT_OF_RESOURCES',
    ],
    [
      'parts above the limit together',
      [2, 0, 0].map((flags, index) => ({ type: 0, flags, body: dataOf(1 + index, { bytes: new Uint8Array(350) }) })),
      'OUT_OF_RESOURCES',
    ],
    [
      'a stream sequence number twice',
      [1, 2].map((tsn) => ({ type: 0, flags: 3, body: dataOf(tsn, { sequence: 0 }) })),
      'PROTOCOL_VIOLATION',
    ],
    [
      'a stream sequence number twice, of those that wait',
      [1, 2].map((tsn) => ({ type: 0, flags: 3, body: dataOf(tsn, { sequence: 4 }) })),
      'PROTOCOL_VIOLATION',
    ],
    [
      'a beginning within a message',
      [2, 2].map((flags, index) => ({ type: 0, flags, body: dataOf(1 + index) })),
      'PROTOCOL_VIOLATION',
    ],
    [
      'a part before a beginning that is there',
      [
        { type: 0, flags: 2, body: dataOf(2) },
        { type: 0, flags: 0, body: dataOf(1) },
      ],
      'PROTOCOL_VIOLATION',
    ],
    [
      'parts of one message on two streams',
      [
        { type: 0, flags: 2, body: dataOf(1) },
        { type: 0, flags: 1, body: dataOf(2, { stream: 1 }) },
      ],
      'PROTOCOL_VIOLATION',
    ],
    [
      'parts of one message on two streams, the other way round',
      [
        { type: 0, flags: 1, body: dataOf(2) },
        { type: 0, flags: 6, body: dataOf(1) },
      ],
      'PROTOCOL_VIOLATION',
    ],
  ];

  it.each(faults)('%s: ends the association', (_, chunks, code) => {
    const peer = new HandPeer({ maximumMessageSize: 1000 });
    const party = peer.associate();
    let answers: ReturnType<HandPeer['say']> = [];
    for (const chunk of chunks) if (party.error === undefined) answers = peer.say([chunk]);
    expect(party.error?.code).toBe(code);
    expect(typesOf(answers).flat()).toContain(6);
  });

  it('messages that wait for one that never comes: are limited', () => {
    const peer = new HandPeer({ maximumMessageSize: 1000, receiveWindow: 10_000 });
    const party = peer.associate();
    for (let tsn = 1; tsn < 1000 && party.error === undefined; tsn++) {
      peer.say([{ type: 0, flags: 3, body: dataOf(tsn, { sequence: tsn, bytes: Uint8Array.of(1) }) }]);
    }
    expect(party.error?.code).toBe('OUT_OF_RESOURCES');
    expect(party.messages).toEqual([]);
  });

  it('parts of many messages that are never whole: are limited', () => {
    const peer = new HandPeer({ maximumMessageSize: 1000, receiveWindow: 10_000 });
    const party = peer.associate();
    for (let tsn = 1; tsn < 1000 && party.error === undefined; tsn += 2) {
      peer.say([{ type: 0, flags: 2, body: dataOf(tsn, { bytes: Uint8Array.of(1) }) }]);
      if (party.error === undefined)
        peer.say([{ type: 0, flags: 7, body: dataOf(tsn + 1, { bytes: Uint8Array.of(1) }) }]);
    }
    expect(party.error?.code).toBe('OUT_OF_RESOURCES');
  });

  it('more chunks that came too early than there may be: are not taken', () => {
    const peer = new HandPeer({ maximumOutOfOrderChunks: 3 });
    peer.associate();
    for (let tsn = 3; tsn < 9; tsn++) peer.say([{ type: 0, flags: 7, body: dataOf(tsn) }]);
    const body =
      peer.wait(50).at(-1)?.chunks[0]?.body ?? peer.say([{ type: 0, flags: 7, body: dataOf(3) }])[0]!.chunks[0]!.body;
    expect([body.readUInt16BE(8), body.readUInt16BE(12), body.readUInt16BE(14)]).toEqual([1, 3, 5]);
  });

  it('chunks beyond what a SACK can tell: are not taken', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    const [sack] = peer.say([{ type: 0, flags: 7, body: dataOf(65_537) }]);
    expect(sack!.chunks[0]!.body.readUInt16BE(8)).toBe(0);
    expect(party.messages).toEqual([]);
  });

  it('a stream that does not exist: is told, and acknowledged', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    const answers = [...peer.say([{ type: 0, flags: 3, body: dataOf(1, { stream: 10 }) }]), ...peer.wait(50)];
    expect(typesOf(answers)).toEqual([[9], [3]]);
    expect(answers[0]!.chunks[0]!.body.toString('hex')).toBe('00010008000a0000');
    expect(answers[1]!.chunks[0]!.body.readUInt32BE(0)).toBe(1);
    expect(party.error).toBeUndefined();
  });

  it('a SACK with blocks that overlap, lie outside or stand on their heads: does no harm', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    for (let count = 0; count < 5; count++) party.send(new Uint8Array(1000));
    peer.wait(5);
    const blocks = [0x0002_0003, 0x0001_ffff, 0x0004_0002, 0xffff_ffff, 0x0000_0000];
    peer.say([{ type: 3, body: Buffer.concat([words(peer.nodeTsn - 1, 100_000, 5 * 65_536), words(...blocks)]) }]);
    expect(party.association.state).toBe('established');
    peer.say([{ type: 3, body: words(peer.nodeTsn + 4, 100_000, 0) }]);
    expect(party.association.pendingBytes).toBe(0);
    expect(peer.say([{ type: 3, body: words(peer.nodeTsn + 4, 100_000, 9) }])).toEqual([]); // says 9 duplicates, has none
  });

  it('chunks it does not know are skipped, told, or end the packet, as their type says', () => {
    const outcome = (type: number) => {
      const peer = new HandPeer();
      const party = peer.associate();
      const answers = peer.say([
        { type, body: Uint8Array.of(1, 2) },
        { type: 0, flags: 11, body: dataOf(1) },
      ]);
      return [
        party.messages.length,
        ...typesOf(answers).flat(),
        ...answers.map(({ chunks }) => chunks[0]!.body.toString('hex')),
      ];
    };
    const sack = expect.stringMatching(/^00000001/);
    expect(outcome(0x3f)).toEqual([0]);
    expect(outcome(0x7f)).toEqual([0, 9, '0006000a7f0000060102']);
    expect(outcome(0xbf)).toEqual([1, 3, sack]);
    expect(outcome(0xff)).toEqual([1, 9, 3, '0006000aff0000060102']);
  });

  it('errors are told the owner', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    peer.say([{ type: 9, body: Buffer.from('000600080102030400090004', 'hex') }]);
    expect(party.causes).toEqual([
      { code: 6, information: Uint8Array.of(1, 2, 3, 4) },
      { code: 9, information: new Uint8Array(0) },
    ]);
    peer.say([{ type: 9, body: Buffer.from('0006000801', 'hex') }, { type: 9 }]);
    expect(party.causes).toHaveLength(2);
  });
});
