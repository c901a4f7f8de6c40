// Peers and strangers who want more out of us than they put in: floods from few packets, guessed tags, tags that are not ours,
// memory and time (RFC 9260, §8.5, §12).
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Host } from '../../src/sctp/host.ts';
import { ReceivedTsns } from '../../src/sctp/received-tsns.ts';
import { HandPeer, TAG } from '../support/hand-peer.ts';
import { type ChunkOf, dataOf, initOf, type ParsedPacket, packetOf, parsePacket, words } from '../support/packets.ts';
import { randomBySeed } from '../support/random-by-seed.ts';

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

describe('a peer that sends from the address of somebody else', () => {
  interface Place {
    readonly key: string;
    readonly address: string;
  }
  const HOME = { key: 'home 1', address: 'home' };
  const AWAY = { key: 'away 1', address: 'away' };

  function talk() {
    const sent: { packet: ParsedPacket; to: string }[] = [];
    const told: number[] = [];
    const transmit = (bytes: Uint8Array, { key }: Place) => sent.push({ packet: parsePacket(bytes), to: key });
    let at: Place = HOME;
    const random = randomBySeed(5);
    const host: Host<Place> = new Host<Place>(
      {
        sign: (bytes) => createHash('sha256').update(bytes).digest(),
        random: () => (random() * 2 ** 32) >>> 0,
        listeningPort: 5000,
      },
      {
        transmit,
        accept: () => ({
          transmit: (bytes) => transmit(bytes, at),
          established: () => {},
          message: ({ bytes }) => told.push(bytes[0]!),
          peerShutdown: () => {},
          drain: () => {},
          peerError: () => {},
          ended: () => {},
        }),
        moved: (_, path) => {
          at = path;
        },
      },
    );
    let now = 0;
    let tag = 0;
    const say = (chunks: readonly ChunkOf[], from: Place, after = 1000) => {
      now += after;
      sent.length = 0;
      host.receive(packetOf({ source: 6000, tag, chunks }), from, now)?.tick(now);
      return sent.map(({ packet, to }) => [to, packet.chunks.map(({ type }) => type)]);
    };
    say([{ type: 1, body: initOf(TAG) }], HOME);
    const { body } = sent[0]!.packet.chunks[0]!;
    tag = body.readUInt32BE(0);
    say([{ type: 10, body: body.subarray(20, 16 + body.readUInt16BE(18)) }], HOME);
    const question = () => new Uint8Array(sent.find(({ to }) => to === AWAY.key)!.packet.chunks[0]!.body);
    return { say, told, question };
  }

  it('has it asked whether it is there, and sent nothing else until it answers', () => {
    const { say, told, question } = talk();
    const data = (tsn: number) => ({ type: 0, flags: 15, body: dataOf(tsn, { bytes: Uint8Array.of(tsn) }) });
    expect(say([data(1)], AWAY)).toEqual([
      ['away 1', [4]],
      ['home 1', [3]],
    ]);
    // Not for each packet.
    expect(say([data(2)], AWAY, 100)).toEqual([['home 1', [3]]]);
    expect(say([data(3)], AWAY)).toEqual([
      ['away 1', [4]],
      ['home 1', [3]],
    ]);
    const wrong = question();
    wrong[11]! ^= 1;
    const right = question();
    expect(say([{ type: 5, body: wrong }, data(4)], AWAY, 10)).toEqual([['home 1', [3]]]);
    expect(say([{ type: 5, body: right }, data(5)], HOME, 10)).toEqual([['home 1', [3]]]);
    expect(say([data(6), { type: 5, body: right }], AWAY, 10)).toEqual([['away 1', [3]]]);
    expect(told).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('and another port of the same address needs no asking: routers change it', () => {
    const { say } = talk();
    expect(say([{ type: 0, flags: 15, body: dataOf(1) }], { key: 'home 2', address: 'home' })).toEqual([
      ['home 2', [3]],
    ]);
  });
});
