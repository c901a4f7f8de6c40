// Handshakes over networks that lose, double and reorder: all of them come to an end, and a good one.
import { describe, expect, it } from 'vitest';
import { HelloGate } from '../../src/dtls/hello-gate.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { DtlsPair, type NetworkWishes } from '../support/dtls-pair.ts';
import {
  clientCertificate,
  clientOptions,
  PSK_CLIENT,
  PSK_SERVER,
  serverCertificate,
  serverOptions,
} from '../support/dtls-parties.ts';
import { contentsOf } from '../support/dtls-wire.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const MUTUAL = serverOptions(serverCertificate(), { clientCertificate: 'required' });
const ALICE = clientOptions(clientCertificate());

function isOpen(pair: DtlsPair): boolean {
  pair.run();
  return pair.outcome('client') === 'open' && pair.outcome('server') === 'open';
}

function opened(network: NetworkWishes, seeds = SEEDS): number {
  return seeds.filter((seed) => isOpen(new DtlsPair(ALICE, MUTUAL, { ...network, seed }))).length;
}

describe('40 handshakes with certificates of both', () => {
  it.each([0, 0.02, 0.1])('at a loss of %d', (loss) => {
    expect(opened({ loss })).toBe(40);
  });

  it('when a third of the datagrams comes twice', () => {
    expect(opened({ duplication: 0.33 })).toBe(40);
  });

  it('when half of them overtake one another', () => {
    expect(opened({ reordering: 0.5 })).toBe(40);
  });

  it('with all of it at once', () => {
    expect(opened({ loss: 0.1, duplication: 0.1, reordering: 0.2 })).toBe(40);
  });

  it('with a round trip longer than the first wait for an answer', () => {
    expect(opened({ latencyMs: 900, loss: 0.02 })).toBe(40);
  });
});

describe('messages in many pieces', () => {
  const limits = { datagramBytes: 256 };

  it.each([0, 0.1])('datagrams of 256 bytes at a loss of %d', (loss) => {
    const opens = SEEDS.filter((seed) => {
      const client = { ...ALICE, limits };
      const pair = new DtlsPair(client, { ...MUTUAL, limits }, { loss, reordering: 0.3, duplication: 0.1, seed });
      const done = isOpen(pair);
      expect(Math.max(...pair.sent.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(256);
      return done;
    });
    expect(opens.length).toBe(40);
  });

  it('a path that swallows large datagrams is found out after two repeats', () => {
    const chain = serverOptions(serverCertificate('rsa'), { clientCertificate: 'required' });
    const large: number[] = [];
    const pair = new DtlsPair(ALICE, chain, {
      tamper(datagram) {
        if (datagram.length <= 576) return [datagram];
        large.push(datagram.length);
        return [];
      },
    });
    expect(isOpen(pair)).toBe(true);
    expect(large.length).toBeGreaterThan(0);
  });
});

describe('a server that has forgotten its secret between the two hellos', () => {
  it('asks once more, and the handshake goes on', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      tamper(datagram, from, index) {
        if (from === 'server' && index === 1) pair.gate = new HelloGate(NODE_PRIMITIVES, 0);
        return [datagram];
      },
    });
    expect(isOpen(pair)).toBe(true);
    expect(pair.sent.filter(({ bytes }) => contentsOf(bytes)[0] === 'client-hello').length).toBe(3);
  });

  it('and again and again: the client has enough', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      tamper(datagram, from) {
        if (from === 'server') pair.gate = new HelloGate(NODE_PRIMITIVES, 0);
        return [datagram];
      },
    });
    pair.run();
    expect(pair.outcome('client')).toBe('UNEXPECTED_MESSAGE');
  });
});

describe('a network that is gone', () => {
  it('ends a client after half a minute, with six ClientHellos and longer and longer waits', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, { loss: 1 });
    pair.run();
    expect([pair.outcome('client'), pair.now]).toEqual(['HANDSHAKE_TIMEOUT', 30_000]);
    expect(pair.sent.length).toBe(6);
  });

  it('ends a server whose client has gone', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      tamper: (datagram, from, index) => (from === 'client' && index > 2 ? [] : [datagram]),
    });
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['HANDSHAKE_TIMEOUT', 'HANDSHAKE_TIMEOUT']);
  });

  it('the last flight of the server is repeated when the client repeats its own', () => {
    let lost = 0;
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      tamper(datagram, from) {
        const isLastFlight = from === 'server' && datagram[0] === 20;
        if (!isLastFlight || lost === 3) return [datagram];
        lost++;
        return [];
      },
    });
    expect(isOpen(pair)).toBe(true);
    expect(lost).toBe(3);
  });

  it('data that overtakes the last flight waits for it', () => {
    const held: Uint8Array[] = [];
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      tamper(datagram, from) {
        if (from !== 'server' || datagram[0] !== 20) return [datagram];
        held.push(datagram);
        return [];
      },
    });
    pair.run(26);
    pair.did('server', pair.server!.send(Buffer.from('early')));
    pair.run(35);
    expect([pair.received('client'), pair.outcome('client')]).toEqual([[], 'handshaking']);
    pair.deliver('client', held[0]!);
    expect([pair.received('client'), pair.outcome('client')]).toEqual([['early'], 'open']);
  });
});
