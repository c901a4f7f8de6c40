// Every message once and in order, over links that lose, double and reorder packets.
import { describe, expect, it } from 'vitest';
import { type LinkOptions, Network, type Party, seeded } from '../support/virtual-network.ts';

/** A message whose bytes follow from its number. */
function messageOf(number: number, size: number): Uint8Array {
  const random = seeded(number + 1);
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = at % 4 === 0 ? number >>> ((at % 16) * 2) : random();
  return bytes;
}

/** Many times faster than toEqual. */
function expectSame(given: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(given, expected) !== 0) expect(given).toEqual(expected);
}

function established(network: Network, limits = {}): [Party, Party] {
  const [a, b] = network.pair(limits);
  const client = a.connect('b');
  expect(network.run(() => b.accepted.length === 1 && client.events.includes('established'))).toBe(true);
  return [client, b.accepted[0]!];
}

const LINKS: readonly [string, LinkOptions][] = [
  ['a perfect link', {}],
  ['no latency at all', { latencyMs: 0 }],
  ['2 % loss', { loss: 2 }],
  ['10 % loss', { loss: 10 }],
  ['30 % loss', { loss: 30 }],
  ['5 % duplication', { duplication: 5 }],
  ['20 % reordering', { reordering: 20 }],
  ['everything at once', { loss: 5, duplication: 5, reordering: 10 }],
];

describe.each(LINKS)('over %s', (_, link) => {
  it.each([1, 2, 3])('small messages both ways, seed %i', (seed) => {
    const network = new Network({ ...link, seed });
    const [client, server] = established(network);
    const count = 1500;
    for (let number = 0; number < count; number++) {
      client.send(messageOf(number, 1 + (number % 200)));
      server.send(messageOf(count + number, 1 + (number % 90)));
    }
    expect(network.run(() => client.messages.length === count && server.messages.length === count)).toBe(true);
    network.run(undefined, 5000);
    expect(client.messages.length + server.messages.length).toBe(2 * count);
    for (let number = 0; number < count; number++) {
      expectSame(server.messages[number]!.bytes, messageOf(number, 1 + (number % 200)));
      expectSame(client.messages[number]!.bytes, messageOf(count + number, 1 + (number % 90)));
    }
    client.shutdown();
    network.run(() => client.association.state === 'ended' && server.association.state === 'ended');
    expect([client.error, server.error]).toEqual([undefined, undefined]);
    expect(server.events.filter((event) => event !== 'drain')).toEqual(['established', 'peer-shutdown', 'ended']);
  });

  it('messages of all sizes', () => {
    const network = new Network({ ...link, seed: 4 });
    const [client, server] = established(network);
    const sizes = [1, 2, 3, 1000, 1203, 1204, 1205, 1206, 2407, 2408, 2409, 65_535, 65_536, 300_000, 1_500_000, 1];
    for (const [number, size] of sizes.entries()) client.send(messageOf(number, size));
    expect(network.run(() => server.messages.length === sizes.length)).toBe(true);
    sizes.forEach((size, number) => {
      expectSame(server.messages[number]!.bytes, messageOf(number, size));
    });
  });

  it('streams keep their own order, unordered messages none', () => {
    const network = new Network({ ...link, seed: 5 });
    const [client, server] = established(network);
    for (let number = 0; number < 1200; number++) {
      client.send(messageOf(number, 8 + (number % 3) * 900), {
        stream: number % 4,
        ppid: number,
        isUnordered: number % 4 === 3,
      });
    }
    expect(network.run(() => server.messages.length === 1200)).toBe(true);
    for (const stream of [0, 1, 2, 3]) {
      const numbers = server.messages.filter((one) => one.streamIdentifier === stream).map(({ ppid }) => ppid);
      const expected = Array.from({ length: 300 }, (_, index) => 4 * index + stream);
      expect(stream === 3 ? numbers.toSorted((x, y) => x - y) : numbers).toEqual(expected);
    }
    expect(server.messages.filter(({ isUnordered }) => isUnordered)).toHaveLength(300);
    for (const { ppid, bytes } of server.messages) {
      expectSame(bytes, messageOf(ppid, 8 + (ppid % 3) * 900));
    }
  });
});
