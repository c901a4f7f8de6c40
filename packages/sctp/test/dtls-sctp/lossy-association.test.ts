// SCTP in DTLS on a virtual clock over a network that loses, doubles and reorders, the handshakes included: every message once
// and in order.
import { describe, expect, it } from 'vitest';
import { LARGEST_PACKET } from '../../src/dtls-sctp/dtls-association.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import type { Association } from '../../src/sctp/association.ts';
import type { AssociationSink } from '../../src/sctp/association-events.ts';
import { Host, type Path } from '../../src/sctp/host.ts';
import { DtlsPair, type NetworkWishes, type Side } from '../support/dtls-pair.ts';
import { PSK_CLIENT, PSK_SERVER } from '../support/dtls-parties.ts';
import { seeded } from '../support/virtual-network.ts';

const PATH: Path = { key: 'dtls' };
const SIDES: readonly Side[] = ['client', 'server'];

class Conversation {
  readonly pair: DtlsPair;
  readonly received: Record<Side, string[]> = { client: [], server: [] };
  readonly associations: Partial<Record<Side, Association>> = {};
  readonly #hosts: Record<Side, Host<Path>>;
  readonly #taken: Record<Side, number> = { client: 0, server: 0 };

  constructor(network: NetworkWishes) {
    this.pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, network);
    const random = seeded(network.seed ?? 1);
    const host = (side: Side, listeningPort?: number) => {
      const sign = (bytes: Uint8Array) => NODE_PRIMITIVES.hmac('sha256', Uint8Array.of(1), bytes);
      const limits = { maximumPacketSize: LARGEST_PACKET };
      return new Host<Path>(
        { sign, random, limits, ...(listeningPort !== undefined && { listeningPort }) },
        {
          transmit: (packet) => this.#send(side, packet),
          accept: (association) => {
            this.associations[side] = association;
            return this.#sink(side);
          },
          moved() {},
        },
      );
    };
    this.#hosts = { client: host('client'), server: host('server', 5000) };
  }

  /** Until the condition holds, at most so long; time goes by in steps of a millisecond. */
  run(condition: () => boolean, limitMs = 120_000): boolean {
    const until = this.pair.now + limitMs;
    for (let now = Math.ceil(this.pair.now); now < until; now++) {
      this.pair.run(now);
      this.pair.now = now;
      if (this.pair.client.state === 'open' && this.associations.client === undefined) {
        const request = { path: PATH, peerPort: 5000, sink: this.#sink('client') };
        this.associations.client = this.#hosts.client.associate(request, now);
      }
      for (const side of SIDES) this.#turn(side, now);
      if (condition()) return true;
    }
    return false;
  }

  #turn(side: Side, now: number): void {
    const events = this.pair.events[side];
    for (; this.#taken[side] < events.length; this.#taken[side]++) {
      const event = events[this.#taken[side]]!;
      if (event.type === 'data') this.#hosts[side].receive(event.bytes, PATH, now);
    }
    const association = this.associations[side];
    while (association !== undefined && association.deadline <= now) association.tick(now);
  }

  #send(side: Side, packet: Uint8Array): void {
    const connection = side === 'client' ? this.pair.client : this.pair.server!;
    this.pair.did(side, connection.send(packet));
  }

  #sink(side: Side): AssociationSink {
    return {
      transmit: (packet) => this.#send(side, packet),
      established() {},
      message: ({ bytes }) => {
        this.received[side].push(`${bytes.length} ${Buffer.from(bytes).readUInt32BE()}`);
        this.associations[side]!.consume(bytes.length, this.pair.now);
      },
      peerShutdown() {},
      drain() {},
      peerError() {},
      ended() {},
    };
  }
}

const COUNT = 400;

function messageOf(number: number): Buffer {
  const bytes = Buffer.alloc(number % 40 === 0 ? 20_000 : 4 + (number % 300), number);
  bytes.writeUInt32BE(number);
  return bytes;
}

describe('messages both ways', () => {
  it.each<[string, NetworkWishes]>([
    ['without loss', {}],
    ['at a loss of 2 %', { loss: 0.02 }],
    ['at a loss of 10 %', { loss: 0.1 }],
    ['with duplicates', { duplication: 0.2 }],
    ['with reordering', { reordering: 0.3 }],
    ['with all of it', { loss: 0.05, duplication: 0.05, reordering: 0.1 }],
  ])('%s: once each, in order', (_, network) => {
    for (const seed of [1, 2, 3]) {
      const conversation = new Conversation({ ...network, seed });
      const { associations, received } = conversation;
      const isReady = () => SIDES.every((side) => associations[side]?.state === 'established');
      expect(conversation.run(isReady)).toBe(true);
      for (let number = 0; number < COUNT; number++) {
        for (const side of SIDES) associations[side]!.send({ bytes: messageOf(number) });
      }
      const isDone = () => SIDES.every((side) => received[side].length === COUNT);
      expect(conversation.run(isDone)).toBe(true);
      const expected = Array.from({ length: COUNT }, (_one, number) => `${messageOf(number).length} ${number}`);
      expect(received).toEqual({ client: expected, server: expected });
      associations.client!.shutdown(conversation.pair.now);
      expect(conversation.run(() => SIDES.every((side) => associations[side]!.state === 'ended'))).toBe(true);
      const largest = Math.max(...conversation.pair.sent.map(({ bytes }) => bytes.length));
      expect(largest).toBeLessThanOrEqual(1232);
      expect(largest).toBeGreaterThan(1200);
    }
  });
});
