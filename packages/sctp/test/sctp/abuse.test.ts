// Peers and strangers who want more out of us than they put in: floods from few packets, guessed tags, tags that are not ours,
// memory and time (RFC 9260, §8.5, §12).
import { describe, expect, it } from 'vitest';
import { ReceivedTsns } from '../../src/sctp/received-tsns.ts';
import { HandPeer, TAG } from '../support/hand-peer.ts';
import { dataOf, type ParsedPacket, packetOf, words } from '../support/packets.ts';

describe('a packet with the tag of the peer', () => {
  it('says that an association is over, and nothing that stands behind it', () => {
    const type = 14; // SHUTDOWN COMPLETE
    const peer = new HandPeer();
    const party = peer.associate();
    peer.say(
      [
        { type, flags: 1 },
        { type: 0, flags: 3, body: dataOf(1) },
      ],
      { tag: TAG },
    );
    peer.say(
      [
        { type, flags: 1 },
        { type: 7, body: words(peer.nodeTsn - 1) },
      ],
      { tag: TAG },
    );
    expect([party.messages, party.association.state]).toEqual([[], 'established']);
  });
});

describe('a peer that opens and closes its window', () => {
  it('does not get what is flying again, each time', () => {
    const peer = new HandPeer();
    const party = peer.associate(TAG, { window: 10_000_000 });
    party.send(new Uint8Array(3_000_000));
    let last = peer.nodeTsn - 1;
    const note = (packets: readonly ParsedPacket[]) => {
      const tsns = packets.flatMap(({ chunks }) => chunks.filter(({ type }) => type === 0));
      for (const { body } of tsns) if (((body.readUInt32BE(0) - last) | 0) > 0) last = body.readUInt32BE(0);
    };
    note(peer.wait(5));
    let acknowledged = last;
    for (let round = 0; round < 10; round++) {
      acknowledged = last;
      note(peer.say([{ type: 3, body: words(last, 10_000_000, 0) }]));
    }
    expect(last - acknowledged).toBeGreaterThan(50);
    let sent = 0;
    for (let count = 0; count < 20; count++) {
      const [closed, open] = [0, 10_000_000].map((window) => ({ type: 3, body: words(acknowledged, window, 0) }));
      sent += peer.say([closed!, open!]).length;
    }
    // Probes and timeouts, as if nothing had come.
    expect(sent).toBeLessThan(20);
  });
});

describe('a stranger who tries tags', () => {
  function guess(peer: HandPeer, count: number): void {
    for (let tag = 1; tag <= count; tag++) {
      peer.node.receive(packetOf({ source: 6000, tag: peer.nodeTag ^ tag, chunks: [{ type: 6 }] }), 'thief');
    }
  }

  it('has a thousand a second: after that the right one does not help, until the second is over', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    guess(peer, 1000);
    peer.say([{ type: 6 }, { type: 0, flags: 3, body: dataOf(1) }], { from: 'thief' });
    expect([party.association.state, party.path.to, party.messages]).toEqual(['established', 'h', []]);
    // Who is where the peer was is not held up.
    peer.say([{ type: 0, flags: 3, body: dataOf(1) }]);
    expect(party.messages).toHaveLength(1);
    peer.wait(1000);
    peer.say([{ type: 0, flags: 3, body: dataOf(2, { sequence: 1 }) }], { from: 'elsewhere' });
    expect([party.path.to, party.messages.length]).toEqual(['elsewhere', 2]);
  });

  it('and an association that has moved is not held up by a few', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    guess(peer, 999);
    peer.say([{ type: 0, flags: 3, body: dataOf(1) }], { from: 'elsewhere' });
    expect(party.path.to).toBe('elsewhere');
  });
});

describe('a peer that sends every second chunk', () => {
  it('does not make every SACK look at every hole', () => {
    const tsns = new ReceivedTsns(1);
    for (let tsn = 3; tsn < 20_003; tsn += 2) tsns.add(tsn, 1);
    expect(tsns.gaps(3)).toEqual([2, 4, 6].map((at) => ({ first: at + 1, last: at + 1 })));
    expect(tsns.gaps(20_000)).toHaveLength(10_000);
  });
});
