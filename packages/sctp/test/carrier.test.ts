// SctpCarrier keeps the contract of carriers: what is told when, in which order, and never from inside a method of its own.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { END_OF_WRITING, SctpCarrier } from '../src/carrier.ts';
import { Network, type Party } from './support/virtual-network.ts';

class Log {
  readonly lines: string[] = [];
  isInside = false;
  readonly #add = (line: string): void => void this.lines.push(this.isInside ? `${line} from inside` : line);
  onBytes = (bytes: Uint8Array): void => this.#add(`bytes ${bytes.length}`);
  onDrain = (): void => this.#add('drain');
  onEnd = (): void => this.#add('end');
  onClose = (error: Error | undefined): void =>
    this.#add(`close ${(error as { code?: string } | undefined)?.code ?? 'well'}`);
}

interface Side {
  readonly party: Party;
  readonly carrier: SctpCarrier;
  readonly log: Log;
  /** Calls a method of the carrier; what is told meanwhile is told too early. */
  act(action: (carrier: SctpCarrier) => void): void;
}

function sideOf(party: Party, network: Network): Side {
  const carrier = new SctpCarrier({
    association: party.association,
    clock: { now: () => network.now, touch: (association) => party.node.touch(association) },
    protocol: 'sctp',
    maximumMessageSize: 1000,
    localAddress: 'here',
    remoteAddress: () => 'there',
    peerCertificate: () => undefined,
  });
  party.message = (message) => carrier.message(message);
  party.peerShutdown = () => carrier.peerShutdown();
  party.drain = () => carrier.drain();
  party.ended = (error) => carrier.ended(error);
  const log = new Log();
  return {
    party,
    carrier,
    log,
    act: (action) => {
      log.isInside = true;
      action(carrier);
      log.isInside = false;
    },
  };
}

class World {
  readonly network = new Network({ latencyMs: 1 });
  readonly a: Side;
  readonly b: Side;

  constructor(limits = {}) {
    const [one, other] = this.network.pair(limits);
    const client = one.connect('b');
    this.network.run(() => client.events.length === 1 && other.accepted.length === 1);
    this.a = sideOf(client, this.network);
    this.b = sideOf(other.accepted[0]!, this.network);
  }

  start(): this {
    for (const { carrier, log } of [this.a, this.b]) carrier.start(log);
    return this;
  }

  /** Virtual time, and the turns of the event loop in which carriers hand over. */
  async run(forMs = 100): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      this.network.run(undefined, forMs / 4);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a carrier', () => {
  it('hands over whole messages, from start() on', async () => {
    const world = new World();
    world.a.carrier.start(world.a.log);
    world.a.act((carrier) => carrier.write(new Uint8Array(5)));
    world.a.act((carrier) => carrier.write(new Uint8Array(900)));
    await world.run();
    expect(world.b.log.lines).toEqual([]);
    world.b.act((carrier) => carrier.start(world.b.log));
    await world.run();
    world.a.act((carrier) => carrier.write(new Uint8Array(6)));
    await world.run();
    expect(world.b.log.lines).toEqual(['bytes 5', 'bytes 900', 'bytes 6']);
    expect(world.a.carrier).toMatchObject({
      framing: 'message',
      isLossy: false,
      largestMessage: 1000,
      protocol: 'sctp',
    });
    expect(world.a.carrier).toMatchObject({
      localAddress: 'here',
      remoteAddress: 'there',
      dropped: 0,
      bufferedBytes: 0,
    });
    expect(world.a.carrier.peerCertificate()).toBeUndefined();
  });

  it('slows its peer down while it is paused, and goes on in order', async () => {
    const world = new World({ receiveWindow: 5000 }).start();
    world.b.act((carrier) => carrier.pause());
    for (let count = 0; count < 20; count++) world.a.act((carrier) => carrier.write(new Uint8Array(500 + count)));
    await world.run(5000);
    expect(world.b.log.lines).toEqual([]);
    expect(world.a.carrier.bufferedBytes).toBeGreaterThan(4000);
    // Pausing in the middle of what waits.
    world.b.log.onBytes = ((before) => (bytes: Uint8Array) => {
      before(bytes);
      if (bytes.length === 503) world.b.carrier.pause();
    })(world.b.log.onBytes);
    world.b.act((carrier) => carrier.resume());
    await world.run(5000);
    expect(world.b.log.lines).toHaveLength(4);
    world.b.act((carrier) => carrier.resume());
    await world.run(5000);
    expect(world.b.log.lines).toEqual(Array.from({ length: 20 }, (_, index) => `bytes ${500 + index}`));
  });

  it.each([undefined, 10_000_000])(
    'asks to wait, and tells when there is room, low-water mark %s',
    async (lowWaterMark) => {
      const world = new World(lowWaterMark === undefined ? {} : { lowWaterMark }).start();
      let count = 0;
      while (count < 15_000 && world.a.carrier.write(new Uint8Array(1000))) count++;
      if (lowWaterMark === undefined) expect([count > 1000, count < 1100]).toEqual([true, true]);
      else expect(count).toBeGreaterThan(9_000);
      await world.run(20_000);
      expect(world.a.log.lines).toEqual(['drain']);
      expect(world.b.log.lines).toHaveLength(count + 1);
    },
  );

  it('ends one side, then the other; both close well', async () => {
    const world = new World().start();
    world.a.act((carrier) => carrier.write(new Uint8Array(1)));
    world.a.act((carrier) => carrier.endWriting());
    world.a.act((carrier) => carrier.endWriting());
    expect(world.a.carrier.write(new Uint8Array(9))).toBe(true);
    await world.run();
    expect(world.b.log.lines).toEqual(['bytes 1', 'end']);
    world.b.act((carrier) => carrier.write(new Uint8Array(2)));
    world.b.act((carrier) => carrier.endWriting());
    await world.run();
    expect(world.a.log.lines).toEqual(['bytes 2', 'end', 'close well']);
    expect(world.b.log.lines).toEqual(['bytes 1', 'end', 'close well']);
  });

  it('ends both sides at once', async () => {
    const world = new World().start();
    for (const { act } of [world.a, world.b]) act((carrier) => carrier.endWriting());
    await world.run();
    for (const { log } of [world.a, world.b]) expect(log.lines).toEqual(['end', 'close well']);
  });

  it('sends what was written before it closes, and hears nothing more but the close', async () => {
    const world = new World().start();
    world.a.act((carrier) => carrier.write(new Uint8Array(3)));
    world.b.act((carrier) => carrier.write(new Uint8Array(4)));
    world.a.act((carrier) => carrier.end());
    world.a.act((carrier) => carrier.end());
    await world.run();
    expect(world.a.log.lines).toEqual(['close well']);
    expect(world.b.log.lines).toEqual(['bytes 3', 'end', 'close well']);
  });

  it('closes at once, later; its peer hears of it', async () => {
    const world = new World().start();
    world.a.act((carrier) => carrier.destroy());
    world.a.act((carrier) => carrier.destroy());
    world.a.act((carrier) => carrier.write(new Uint8Array(1)));
    expect(world.a.log.lines).toEqual([]);
    await world.run();
    expect(world.a.log.lines).toEqual(['close well']);
    expect(world.b.log.lines).toEqual(['close PEER_ABORTED']);
  });

  it('hands over what waits before a good end, and not before a bad one', async () => {
    for (const [action, expected] of [
      ['end', ['bytes 7', 'bytes 8', 'end', 'close well']],
      ['destroy', ['close PEER_ABORTED']],
    ] as const) {
      const world = new World().start();
      world.b.act((carrier) => carrier.pause());
      world.a.act((carrier) => carrier.write(new Uint8Array(7)));
      world.a.act((carrier) => carrier.write(new Uint8Array(8)));
      await world.run();
      world.a.act((carrier) => carrier[action]());
      await world.run();
      world.b.act((carrier) => carrier.resume());
      await world.run();
      expect(world.b.log.lines).toEqual(expected);
    }
  });

  it('is destroyed from within the handling of a message', async () => {
    const world = new World().start();
    world.b.act((carrier) => carrier.pause());
    for (let count = 0; count < 3; count++) world.a.act((carrier) => carrier.write(new Uint8Array(1)));
    await world.run();
    world.b.log.onBytes = () => world.b.act((carrier) => carrier.destroy());
    world.b.act((carrier) => carrier.resume());
    await world.run();
    expect(world.b.log.lines).toEqual(['close well']);
  });

  it('takes the word of another SCTP for the end, and a message like that of ours for a message', async () => {
    const world = new World().start();
    world.a.party.send(Uint8Array.of(1, 2), { ppid: END_OF_WRITING });
    await world.run();
    world.a.party.shutdown();
    await world.run();
    expect(world.b.log.lines).toEqual(['bytes 2', 'end', 'close well']);
  });

  it('does not wait for ever for a peer that does not take what was sent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const world = new World({ receiveWindow: 2000 }).start();
    world.b.act((carrier) => carrier.pause());
    for (let count = 0; count < 20; count++) world.a.act((carrier) => carrier.write(new Uint8Array(500)));
    await world.run();
    world.a.act((carrier) => carrier.end());
    await world.run(10_000);
    expect(world.a.log.lines).toEqual([]);
    vi.advanceTimersByTime(30_000);
    await world.run();
    expect(world.a.log.lines).toEqual(['close PEER_UNREACHABLE']);
  });
});
