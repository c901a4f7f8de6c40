// Peers whose address changes, and those who would like to be taken for them (RFC 6951, §5.4).
import { describe, expect, it } from 'vitest';
import { HandPeer, TAG, typesOf } from '../support/hand-peer.ts';
import { dataOf, initOf, packetOf, words } from '../support/packets.ts';

describe('an association', () => {
  it('follows its peer, and answers there', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    peer.network.filter = (_, { to }) => to !== 'h';
    const seen: string[] = [];
    peer.network.filter = (_, { to }) => {
      seen.push(to);
      return true;
    };
    peer.say([{ type: 0, flags: 11, body: dataOf(1) }], { from: 'elsewhere' });
    expect(party.path.to).toBe('elsewhere');
    expect(seen).toEqual(['elsewhere']);
    party.send(Uint8Array.of(1));
    peer.wait(5);
    expect(new Set(seen)).toEqual(new Set(['elsewhere']));
    // And back again.
    peer.say([{ type: 0, flags: 11, body: dataOf(2, { sequence: 1 }) }]);
    expect(party.path.to).toBe('h');
    expect(party.messages).toHaveLength(2);
  });

  it.each([
    ['another tag', { tag: 1 }],
    ['the tag of the peer', { tag: TAG }],
  ])('does not follow somebody with %s', (_, { tag }) => {
    const peer = new HandPeer();
    const party = peer.associate();
    for (const type of [0, 3, 4, 5, 6, 7, 8, 9, 11, 14]) {
      for (const flags of [0, 1, 3]) peer.say([{ type, flags, body: new Uint8Array(16) }], { tag, from: 'elsewhere' });
    }
    peer.say([{ type: 1, body: initOf(TAG) }], { tag: 0, from: 'elsewhere' });
    const broken = packetOf({ source: 6000, tag: peer.nodeTag, chunks: [{ type: 0, flags: 3, body: dataOf(1) }] });
    broken[20]! ^= 1;
    peer.sayBytes(broken, 'elsewhere');
    expect([party.path.to, party.association.state, party.messages]).toEqual(['h', 'established', []]);
  });

  it('does not follow to where another one is', () => {
    const peer = new HandPeer();
    const first = peer.associate();
    const { nodeTag } = peer;
    const cookie = (() => {
      const answers = peer.network;
      answers.filter = (packet, { to }) => {
        if (to === 'elsewhere') packets.push(packet);
        return true;
      };
      const packets: Uint8Array[] = [];
      peer.say([{ type: 1, body: initOf(99) }], { tag: 0, from: 'elsewhere' });
      return Buffer.from(packets[0]!);
    })();
    const newTag = cookie.readUInt32BE(16);
    const body = cookie.subarray(36, 32 + cookie.readUInt16BE(34));
    peer.say([{ type: 10, body }], { tag: newTag, from: 'elsewhere' });
    expect(peer.node.accepted).toHaveLength(2);
    peer.say([{ type: 0, flags: 3, body: dataOf(1) }], { tag: nodeTag, from: 'elsewhere' });
    expect([first.path.to, first.messages.length]).toEqual(['h', 1]);
  });

  it('whose peer moved takes no cookie from before at the old place', () => {
    const peer = new HandPeer();
    const cookie = peer.init();
    peer.say([{ type: 10, body: cookie }]);
    peer.say([{ type: 3, body: words(peer.nodeTsn - 1, 100_000, 0) }], { from: 'elsewhere' });
    expect(peer.say([{ type: 10, body: cookie }])).toEqual([]);
    expect(peer.node.host.associations).toBe(1);
  });

  it('is found again where it moved to', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    peer.say([{ type: 4, body: words(0x0001_0008, 1) }], { from: 'elsewhere' });
    // A reflected tag counts at the new address only.
    peer.say([{ type: 6, flags: 1 }], { tag: TAG });
    expect(party.association.state).toBe('established');
    peer.say([{ type: 6, flags: 1 }], { tag: TAG, from: 'elsewhere' });
    expect(party.error?.code).toBe('PEER_ABORTED');
    expect(typesOf(peer.say([{ type: 4, body: words(1) }]))).toEqual([[6]]);
  });
});
