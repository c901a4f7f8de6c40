// Back-pressure: receivers that pause, windows that close, numbers that wrap (RFC 9260, §6.1, §6.2).
import { describe, expect, it } from 'vitest';
import { HandPeer, typesOf } from '../support/hand-peer.ts';
import { dataOf } from '../support/packets.ts';
import { Network, type Party } from '../support/virtual-network.ts';

function pair(network: Network, limits = {}): [Party, Party] {
  const [a, b] = network.pair(limits);
  const client = a.connect('b');
  network.run(() => client.events.length === 1 && b.accepted.length === 1);
  return [client, b.accepted[0]!];
}

describe('a receiver that pauses', () => {
  it.each([
    [1, 0],
    [2, 10],
    [3, 10],
  ])('stops the sender at its window, and loses nothing, seed %i, loss %i', (seed, loss) => {
    const network = new Network({ seed, loss });
    const [client, server] = pair(network, { receiveWindow: 50_000 });
    server.isPaused = true;
    for (let count = 0; count < 300; count++) client.send(new Uint8Array(1000).fill(count), { ppid: count });
    network.run(undefined, 120_000);
    expect(server.receivedBytes).toBeGreaterThan(45_000);
    expect(server.receivedBytes).toBeLessThan(52_000);
    expect(client.association.state).toBe('established');
    // A closed window is asked about, and not often.
    const carried = network.carried;
    network.run(undefined, 60_000);
    expect(network.carried - carried).toBeLessThan(60);
    server.resume();
    expect(network.run(() => server.messages.length === 300, 60_000)).toBe(true);
    expect(server.messages.map(({ ppid }) => ppid)).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  it('for ten minutes is not taken for dead', () => {
    const network = new Network();
    const [client, server] = pair(network, { receiveWindow: 10_000 });
    server.isPaused = true;
    for (let count = 0; count < 30; count++) client.send(new Uint8Array(1000));
    network.run(undefined, 600_000);
    expect(client.association.state).toBe('established');
    server.resume();
    expect(network.run(() => server.messages.length === 30, 30_000)).toBe(true);
  });

  it('takes a message larger than its window', () => {
    const network = new Network({ loss: 5 });
    const [client, server] = pair(network, { receiveWindow: 5000 });
    client.send(new Uint8Array(100_000).fill(7));
    client.send(Uint8Array.of(1));
    expect(network.run(() => server.messages.length === 2, 120_000)).toBe(true);
  });

  it('says so at once when half of its window is free again', () => {
    const peer = new HandPeer({ receiveWindow: 4000 });
    const party = peer.associate();
    party.isPaused = true;
    for (let tsn = 1; tsn <= 3; tsn++) {
      peer.say([{ type: 0, flags: 3, body: dataOf(tsn, { sequence: tsn - 1, bytes: new Uint8Array(1100) }) }]);
    }
    peer.wait(100);
    party.association.consume(1100, peer.network.now);
    expect(typesOf(peer.wait(5))).toEqual([[3]]);
    expect(peer.told[0]!.chunks[0]!.body.readUInt32BE(4)).toBe(4000 - 2200);
    party.association.consume(100, peer.network.now);
    expect(peer.wait(5)).toEqual([]);
  });
});

describe('what is sent', () => {
  it('is refused when it cannot be', () => {
    const network = new Network();
    const [client] = pair(network, { maximumMessageSize: 1000, sendBuffer: 1500, outboundStreams: 3 });
    const refused = (code: string, options: Parameters<Party['send']>[1], size: number) => {
      expect(() => client.send(new Uint8Array(size), options)).toThrow(expect.objectContaining({ code }));
    };
    refused('INVALID_ARGUMENT', {}, 0);
    refused('MESSAGE_TOO_LARGE', {}, 1001);
    refused('INVALID_ARGUMENT', { stream: 3 }, 1);
    refused('INVALID_ARGUMENT', { stream: -1 }, 1);
    refused('INVALID_ARGUMENT', { stream: 0.5 }, 1);
    refused('INVALID_ARGUMENT', { ppid: -1 }, 1);
    refused('INVALID_ARGUMENT', { ppid: 2 ** 32 }, 1);
    expect(client.association.pendingBytes).toBe(0);
    client.send(new Uint8Array(1000));
    refused('SEND_BUFFER_FULL', {}, 501);
    client.send(new Uint8Array(500));
    expect(client.association.pendingBytes).toBe(1500);
  });

  it('may be more than the buffer, when it is one message', () => {
    const network = new Network();
    const [client, server] = pair(network, { sendBuffer: 10 });
    client.send(new Uint8Array(2000));
    network.run(() => server.messages.length === 1);
    expect(server.messages).toHaveLength(1);
  });

  it('is copied, and told when it has become little', () => {
    const network = new Network();
    const [client, server] = pair(network, { lowWaterMark: 20_000 });
    const bytes = new Uint8Array(1000).fill(5);
    for (let count = 0; count < 15; count++) client.send(bytes);
    network.run(undefined, 100);
    expect(client.events).toEqual(['established']);
    for (let count = 0; count < 50; count++) client.send(bytes);
    bytes.fill(0);
    expect(client.association.waitingBytes).toBe(50_000);
    expect(client.association.willDrain).toBe(true);
    network.run(() => server.messages.length === 65);
    expect(client.events).toEqual(['established', 'drain']);
    expect(client.association.willDrain).toBe(false);
    expect(server.messages.every((message) => message.bytes.every((byte) => byte === 5))).toBe(true);
  });
});

describe('numbers that wrap', () => {
  it.each([0xffff_ffff, 0xffff_ff00, 0x7fff_ff80])('TSNs from %i on, under loss', (firstTsn) => {
    const network = new Network({ loss: 10, reordering: 10 });
    let calls = 0;
    // The second number a node asks for is its first TSN.
    const random = () => (calls++ === 1 ? firstTsn : 12_345 + calls);
    const a = network.add('a', { random });
    const b = network.add('b', { listeningPort: 5000, random: () => (calls++ % 2 === 0 ? 777 + calls : firstTsn) });
    const client = a.connect('b', { localPort: 9 });
    network.run(() => b.accepted.length === 1 && client.events.length === 1);
    const server = b.accepted[0]!;
    for (let count = 0; count < 1000; count++) {
      client.send(new Uint8Array(600), { ppid: count });
      server.send(new Uint8Array(600), { ppid: count });
    }
    expect(network.run(() => client.messages.length === 1000 && server.messages.length === 1000, 120_000)).toBe(true);
    const expected = Array.from({ length: 1000 }, (_, index) => index);
    expect(server.messages.map(({ ppid }) => ppid)).toEqual(expected);
    expect(client.messages.map(({ ppid }) => ppid)).toEqual(expected);
  });

  it('stream sequence numbers, twice around', () => {
    const network = new Network({ loss: 1, latencyMs: 1 });
    const [client, server] = pair(network);
    const count = 140_000;
    server.keepsMessages = false;
    let next = 0;
    server.onMessage = ({ payloadProtocolIdentifier }) => {
      if (payloadProtocolIdentifier !== next++) throw new Error('out of order');
    };
    for (let number = 0; number < count; number++)
      client.association.send({ bytes: Uint8Array.of(1), payloadProtocolIdentifier: number });
    client.node.touch(client.association);
    expect(network.run(() => next === count, 120_000)).toBe(true);
  });
});
