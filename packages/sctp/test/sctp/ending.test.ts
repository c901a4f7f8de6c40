// How associations end: shutdowns from one side and from both, aborts, peers that vanish or never come to an end; and
// what heartbeats are for (RFC 9260, §8, §9).
import { describe, expect, it } from 'vitest';
import { HandPeer, TAG, typesOf } from '../support/hand-peer.ts';
import { dataOf, words } from '../support/packets.ts';
import { Network, type Party } from '../support/virtual-network.ts';

function pair(network: Network, limits = {}): [Party, Party] {
  const [a, b] = network.pair(limits);
  const client = a.connect('b');
  network.run(() => client.events.length === 1 && b.accepted.length === 1);
  return [client, b.accepted[0]!];
}

describe('a shutdown', () => {
  it.each([1, 2, 3, 4, 5])('waits for everything that was sent, on both sides, seed %i', (seed) => {
    const network = new Network({ seed, loss: 10, reordering: 10 });
    const [client, server] = pair(network);
    for (let count = 0; count < 300; count++) {
      client.send(new Uint8Array(500));
      server.send(new Uint8Array(700));
    }
    client.shutdown();
    expect(() => client.send(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'NOT_ESTABLISHED' }));
    network.run(() => client.events.includes('ended') && server.events.includes('ended'));
    expect([server.messages.length, client.messages.length]).toEqual([300, 300]);
    expect([client.error, server.error]).toEqual([undefined, undefined]);
    expect([...network.nodes.values()].map(({ host }) => host.associations)).toEqual([0, 0]);
  });

  it.each([1, 2, 3, 4, 5, 6])('of both sides at once, seed %i', (seed) => {
    const network = new Network({ seed, loss: seed === 1 ? 0 : 20 });
    const [client, server] = pair(network);
    client.send(Uint8Array.of(1));
    client.shutdown();
    server.shutdown();
    network.run(() => client.events.includes('ended') && server.events.includes('ended'));
    expect([client.error, server.error]).toEqual([undefined, undefined]);
    expect(server.messages).toHaveLength(1);
  });

  it('says what has come, and again when DATA shows that it was missed', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    peer.say([{ type: 0, flags: 3, body: dataOf(1) }]);
    party.shutdown();
    const [shutdown] = peer.wait(5);
    expect(shutdown!.chunks.map(({ type, body }) => [type, ...words(0).map((_, at) => body[at]!)])).toContainEqual([
      7, 0, 0, 0, 1,
    ]);
    const answers = peer.say([{ type: 0, flags: 3, body: dataOf(2, { sequence: 1 }) }]);
    // One SACK is delayed, as after any first packet.
    const later = [...answers, ...peer.wait(30)];
    expect(typesOf(later)).toEqual([[3, 7]]);
    expect(later[0]!.chunks[1]!.body.readUInt32BE(0)).toBe(2);
    expect(party.messages).toHaveLength(2);
    peer.say([{ type: 8 }]);
    expect([party.association.state, party.error]).toEqual(['ended', undefined]);
  });

  it('is repeated, and given up', () => {
    const network = new Network();
    const [client] = pair(network, { maximumRetransmissions: 3 });
    network.filter = () => false;
    client.shutdown();
    network.run();
    expect(client.error?.code).toBe('PEER_UNREACHABLE');
  });

  it('is cut short when the peer never comes to its end', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    party.shutdown();
    let sequence = 0;
    let tsn = 1;
    while (party.association.state !== 'ended' && tsn < 200) {
      peer.say([{ type: 0, flags: 3, body: dataOf(tsn++, { sequence: sequence++ }) }]);
      peer.say([{ type: 3, body: words(peer.nodeTsn - 1, 100_000, 0) }]);
      peer.wait(900);
    }
    expect(party.error?.code).toBe('PEER_UNREACHABLE');
    expect(tsn).toBeLessThan(65); // five of the longest timeouts, 50 seconds
  });

  it('is complete when the peer says so', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    expect(typesOf(peer.say([{ type: 7, body: words(peer.nodeTsn - 1) }]))).toEqual([[8]]);
    expect(typesOf(peer.wait(2000))).toEqual(
      [[8], [8]]
        .slice(0, 1)
        .concat([[8]])
        .slice(0, peer.told.length),
    );
    peer.say([{ type: 14, flags: 1 }], { tag: TAG });
    expect([party.association.state, party.error]).toEqual(['ended', undefined]);
  });

  it('lets through what was sent before the peer shut down', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    for (let count = 0; count < 3; count++) party.send(new Uint8Array(10));
    peer.wait(5);
    peer.say([{ type: 7, body: words(peer.nodeTsn - 1) }]);
    expect(party.association.state).toBe('shutdown-received');
    expect(() => party.send(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'NOT_ESTABLISHED' }));
    expect(typesOf(peer.say([{ type: 7, body: words(peer.nodeTsn + 2) }]))).toEqual([[8]]);
  });
});

describe('an abort', () => {
  it('is told the peer, with its reason', () => {
    const network = new Network();
    const [client, server] = pair(network);
    client.abort('no longer ours: ✂');
    network.run();
    expect([client.events.at(-1), client.error]).toEqual(['ended', undefined]);
    expect(server.error?.code).toBe('PEER_ABORTED');
    expect(server.error?.message).toBe('the peer aborted the association: cause 12 no longer ours: ?');
    expect(server.error?.causes).toEqual([12]);
  });

  it('without a cause', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    peer.say([{ type: 6 }]);
    expect(party.error).toMatchObject({ message: 'the peer aborted the association', causes: [] });
  });

  it('happens once, and nothing after it', () => {
    const network = new Network();
    const [client, server] = pair(network);
    client.abort();
    client.abort();
    client.shutdown();
    client.association.consume(5, network.now);
    client.association.tick(network.now);
    client.association.end();
    expect(client.events).toEqual(['established', 'ended']);
    expect(client.association.deadline).toBe(Infinity);
    network.run();
    expect(server.association.state).toBe('ended');
  });

  it('of the network tells nobody', () => {
    const network = new Network();
    const [client, server] = pair(network);
    client.send(Uint8Array.of(1));
    client.node.host.end();
    network.run(undefined, 1000);
    expect(client.error?.code).toBe('NETWORK_LOST');
    expect(server.events).toEqual(['established']);
  });

  it('from within the handling of a message', () => {
    const network = new Network();
    const [client, server] = pair(network);
    server.onMessage = () => server.abort('enough');
    for (let count = 0; count < 10; count++) client.send(Uint8Array.of(count));
    network.run();
    expect(server.messages).toHaveLength(1);
    expect(client.error?.code).toBe('PEER_ABORTED');
  });
});

it('SHUTDOWN COMPLETE counts with the right tag only, also where it could end something', () => {
  const peer = new HandPeer();
  const party = peer.associate();
  peer.say([{ type: 7, body: words(peer.nodeTsn - 1) }]);
  // Behind another chunk the tag is that of the packet, and not a reflected one.
  peer.say([{ type: 9 }, { type: 14, flags: 1 }]);
  expect(party.association.state).toBe('shutdown-ack-sent');
  peer.say([{ type: 14 }]);
  expect(party.association.state).toBe('ended');
});

it('messages that waited for one are not delivered after its receiver has aborted', () => {
  const peer = new HandPeer();
  const party = peer.associate();
  party.onMessage = () => party.abort();
  for (const sequence of [1, 2, 0]) peer.say([{ type: 0, flags: 3, body: dataOf(sequence + 1, { sequence }) }]);
  expect(party.messages).toHaveLength(1);
});

describe('a peer that vanishes', () => {
  it('is missed by who has nothing to send, by heartbeats', () => {
    const network = new Network();
    const [client] = pair(network);
    network.filter = () => false;
    const began = network.now;
    network.run(() => client.events.includes('ended'));
    expect(client.error?.code).toBe('PEER_UNREACHABLE');
    expect(network.now - began).toBeGreaterThan(30_000);
    expect(network.now - began).toBeLessThan(80_000);
  });

  it('is missed by who sends, by timeouts', () => {
    const network = new Network();
    const [client] = pair(network);
    network.filter = () => false;
    client.send(Uint8Array.of(1));
    const began = network.now;
    network.run(() => client.events.includes('ended'));
    expect(client.error?.code).toBe('PEER_UNREACHABLE');
    expect(network.now - began).toBeLessThan(60_000);
  });

  it('for a while is not', () => {
    const network = new Network();
    const [client, server] = pair(network);
    network.filter = () => false;
    for (let count = 0; count < 100; count++) client.send(new Uint8Array(2000));
    network.run(undefined, 15_000);
    network.filter = undefined;
    network.run(() => server.messages.length === 100, 30_000);
    expect(server.messages).toHaveLength(100);
    expect(client.error).toBeUndefined();
  });

  it('that is idle for an hour stays', () => {
    const network = new Network({ loss: 10 });
    const [client, server] = pair(network);
    network.run(undefined, 3_600_000);
    expect([client.association.state, server.association.state]).toEqual(['established', 'established']);
    // A heartbeat every 15 seconds from each side at most.
    expect(network.carried).toBeLessThan(1200);
  });

  it('is not taken for alive by an answer to another heartbeat', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    const [beat] = peer.wait(16_000);
    expect(typesOf([beat!])).toEqual([[4]]);
    const body = Uint8Array.from(beat!.chunks[0]!.body);
    body[11]! ^= 1;
    const another = Uint8Array.from(beat!.chunks[0]!.body);
    another[1] = 2;
    for (let count = 0; count < 100 && party.error === undefined; count++) {
      peer.say([{ type: 5, body }]);
      peer.say([{ type: 5, body: another }]);
      peer.wait(1000);
    }
    expect(party.error?.code).toBe('PEER_UNREACHABLE');
  });

  it('is answered when it beats', () => {
    const peer = new HandPeer();
    peer.associate();
    const body = Uint8Array.of(0, 1, 0, 9, 1, 2, 3, 4, 5);
    const [answer] = peer.say([{ type: 4, body }]);
    expect(answer!.chunks).toEqual([{ type: 5, flags: 0, body: Buffer.from(body) }]);
    expect(peer.say([{ type: 4, body: new Uint8Array(1300) }])).toEqual([]);
  });
});
