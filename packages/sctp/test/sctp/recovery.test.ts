// What is sent again, and when: a lost packet, a lost tail, a lost retransmission, a peer that forgets what it had
// (RFC 9260, §6.3, §7.2; RFC 8985).
import { describe, expect, it } from 'vitest';
import { HandPeer } from '../support/hand-peer.ts';
import { dataOf, packetOf, parsePacket, words } from '../support/packets.ts';
import { Network, type Party } from '../support/virtual-network.ts';

function pair(network: Network, limits = {}): [Party, Party] {
  const [a, b] = network.pair(limits);
  const client = a.connect('b');
  network.run(() => client.events.length === 1 && b.accepted.length === 1);
  return [client, b.accepted[0]!];
}

/** Loses the packets with DATA of the client that have these numbers, from 0. */
function loseData(network: Network, numbers: readonly number[]): { readonly sentAt: number[] } {
  let number = 0;
  const sentAt: number[] = [];
  network.filter = (packet, { from }) => {
    if (from !== 'a' || !parsePacket(packet).chunks.some(({ type }) => type === 0)) return true;
    sentAt.push(network.now);
    return !numbers.includes(number++);
  };
  return { sentAt };
}

function transfer(count: number, lost: readonly number[]): { tookMs: number; packets: number } {
  const network = new Network({ latencyMs: 10 });
  const [client, server] = pair(network);
  client.send(new Uint8Array(10)); // the path is known from now on
  network.run(undefined, 1000);
  const began = network.now;
  const { sentAt } = loseData(network, lost);
  for (let number = 0; number < count; number++) client.send(new Uint8Array(1200));
  network.run(() => server.messages.length === count + 1, 60_000);
  return { tookMs: network.now - began, packets: sentAt.length };
}

describe('with a round trip of 20 ms', () => {
  it('ten packets take half of one', () => {
    expect(transfer(10, [])).toEqual({ tookMs: 10, packets: 10 });
  });

  it('a lost one is sent again after one round trip, whichever but the last ones', () => {
    for (const number of [0, 1, 4, 6]) expect(transfer(10, [number])).toEqual({ tookMs: 30, packets: 11 });
  });

  it('of the last ones a quarter of the round trip later', () => {
    for (const number of [7, 8]) {
      const { tookMs, packets } = transfer(10, [number]);
      expect([tookMs <= 40, packets]).toEqual([true, 11]);
    }
  });

  it('a lost tail after two round trips more, without a timeout', () => {
    expect(transfer(10, [9]).tookMs).toBeLessThan(90);
    expect(transfer(1, [0]).tookMs).toBeLessThan(90);
    expect(transfer(10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).tookMs).toBeLessThan(140);
  });

  it('a lost retransmission without a timeout as well', () => {
    expect(transfer(10, [2, 10]).tookMs).toBeLessThan(120);
    expect(transfer(10, [9, 10]).tookMs).toBeLessThan(200);
  });

  it('what was only late is not sent again for long', () => {
    const network = new Network({ latencyMs: 10, reordering: 30, seed: 3 });
    const [client, server] = pair(network);
    for (let number = 0; number < 4000; number++) {
      client.send(new Uint8Array(1200));
      if (number % 40 === 39) network.run(undefined, 20);
    }
    network.run(() => server.messages.length === 4000, 60_000);
    // Of 4,000 packets, with a third of them out of order.
    expect(network.carried).toBeLessThan(4000 * 2.1);
  });
});

describe('a peer that forgets what it had acknowledged beyond a hole', () => {
  it('gets it again', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    for (let count = 0; count < 4; count++) party.send(Uint8Array.of(count));
    peer.wait(5);
    const all = (packets: ReturnType<HandPeer['wait']>) =>
      packets.flatMap(({ chunks }) =>
        chunks.filter(({ type }) => type === 0).map(({ body }) => body.readUInt32BE(0) - peer.nodeTsn),
      );
    // It has the second and third one, and then it has the first, and not the others.
    peer.say([{ type: 3, body: Buffer.concat([words(peer.nodeTsn - 1, 9999, 0x0001_0000), words(0x0002_0003)]) }]);
    peer.say([{ type: 3, body: words(peer.nodeTsn, 9999, 0) }]);
    const again = all(peer.wait(5000));
    expect(again).toContain(1);
    expect(again).toContain(2);
    expect(again).toContain(3);
    peer.say([{ type: 3, body: words(peer.nodeTsn + 3, 9999, 0) }]);
    expect(party.association.pendingBytes).toBe(0);
  });
});

describe('while something is missing', () => {
  it('every fourth packet of a turn is answered at once; otherwise a turn is answered once', () => {
    const answers = (tsns: readonly number[]): number => {
      const peer = new HandPeer();
      peer.associate();
      peer.told.length = 0;
      for (const tsn of tsns) {
        const chunk = { type: 0, flags: 7, body: dataOf(tsn) };
        peer.node.receive(packetOf({ source: 6000, tag: peer.nodeTag, chunks: [chunk] }), 'h');
      }
      peer.network.run(undefined, 5);
      return peer.told.length;
    };
    expect(answers([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBe(1);
    expect(answers([1, 3, 4, 5, 6, 7, 8, 9, 10, 11])).toBe(3);
  });
});

describe('a SACK', () => {
  it('that was overtaken says nothing', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    for (let count = 0; count < 4; count++) party.send(new Uint8Array(100));
    peer.wait(5);
    peer.say([{ type: 3, body: words(peer.nodeTsn + 1, 9999, 0) }]);
    peer.say([{ type: 3, body: words(peer.nodeTsn - 1, 0, 0) }]);
    expect(party.association.pendingBytes).toBe(200);
  });

  it('that cannot tell everything tells what is nearest', () => {
    const network = new Network({ latencyMs: 1 });
    const [client, server] = pair(network, { maximumPacketSize: 512 });
    let number = 0;
    network.filter = (packet, { from }) => {
      expect(packet.length).toBeLessThanOrEqual(512);
      return from !== 'a' || number++ % 2 === 0 || number > 1200;
    };
    for (let count = 0; count < 1200; count++) client.send(new Uint8Array(450));
    expect(network.run(() => server.messages.length === 1200, 60_000)).toBe(true);
  });
});
