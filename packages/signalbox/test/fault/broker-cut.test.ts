// The connection of a publisher or of a subscriber is cut after byte n of a dialogue through a whole broker, for every n
// and both directions together: the next connection completes it, and nothing is left behind anywhere.
// [MQTT-4.3.2-3] [MQTT-4.3.3-10] [MQTT-4.4.0-1]

import { describe, expect, it } from 'vitest';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { VirtualBroker } from '../support/virtual-broker.ts';
import { VirtualClient } from '../support/virtual-client.ts';
import { VirtualClock } from '../support/virtual-link.ts';
import { VirtualStore } from '../support/virtual-store.ts';

interface Stage {
  readonly network: VirtualBroker;
  readonly publisher: VirtualClient;
  readonly subscriber: VirtualClient;
}

async function stage(protocolVersion: 4 | 5): Promise<Stage> {
  const network = new VirtualBroker(new VirtualStore(new VirtualClock()));
  await network.open();
  const { order } = network;
  const publisher = new VirtualClient({ clientId: 'p', protocolVersion, isPersistent: true, order });
  const subscriber = new VirtualClient({ clientId: 's', protocolVersion, isPersistent: true, order });
  subscriber.subscribe('t');
  for (const client of [publisher, subscriber]) {
    const link = network.connect(client);
    await network.settle();
    link.cut();
  }
  await network.settle();
  return { network, publisher, subscriber };
}

interface Cut {
  readonly of: 'publisher' | 'subscriber';
  readonly pieces: number;
  /** Bytes after which one link after the other is cut; the last one is not. */
  readonly after: readonly number[];
}

/** Publishes one message of each QoS; answers the bytes of the first link. */
async function dialogue({ network, publisher, subscriber }: Stage, cut: Cut, name: string): Promise<number> {
  const pieceSize = () => cut.pieces;
  const victim = cut.of === 'publisher' ? publisher : subscriber;
  const other = cut.of === 'publisher' ? subscriber : publisher;
  const steady = network.connect(other, { link: { pieceSize } });
  if (cut.of === 'publisher') await network.settle(); // else both come at once: messages wait or are sent at once
  let arrived = 0;
  for (const [at, cutAfter] of [...cut.after, Infinity].entries()) {
    const link = network.connect(victim, { link: { pieceSize, cutAfter } });
    if (at === 0) for (const qos of [0, 1, 2] as const) publisher.send('t', `${name}-${qos}`, qos);
    if (cutAfter === 0) link.cut();
    await network.settle();
    if (at === 0) arrived = link.arrived;
    link.cut(); // where it was not
    await network.settle();
  }
  steady.cut();
  await network.settle();
  return arrived;
}

function expectComplete({ network, publisher, subscriber }: Stage, cut: Cut, name: string): void {
  expect([network.errors, publisher.errors, subscriber.errors]).toEqual([[], [], []]);
  expect([publisher.lostSessions, subscriber.lostSessions]).toEqual([0, 0]);
  const copies = (qos: number) => subscriber.received.filter(({ payload }) => payload === `${name}-${qos}`);
  expect(copies(0).length).toBeLessThanOrEqual(1);
  expect(copies(2).length, `${name}: QoS 2`).toBe(1);
  expect(copies(1).length, `${name}: QoS 1`).toBeGreaterThanOrEqual(1);
  // A publisher that sends again makes a new message of it for the broker; a broker that sends again says so.
  const unmarked = copies(1).filter(({ duplicate }) => !duplicate).length;
  expect(unmarked).toBeLessThanOrEqual(cut.of === 'publisher' ? 1 + cut.after.length : 1);
  expect(
    copies(1)
      .slice(1)
      .filter(({ duplicate }) => !duplicate).length,
  ).toBe(cut.of === 'publisher' ? copies(1).length - 1 : 0); // [MQTT-3.3.1-1]
  for (const published of publisher.published.splice(0)) {
    // A PUBREL that is answered for the second time is one that the broker does not know any more.
    const reasonCodes: number[] = published.qos === 2 ? [0, ReasonCode.PacketIdentifierNotFound] : [0];
    if (published.qos > 0) expect(reasonCodes).toContain(published.reasonCode);
  }
  subscriber.received.length = 0;
  network.expectIdle([publisher, subscriber]);
}

describe.each([4, 5] as const)('protocol version %d: through a broker', (protocolVersion) => {
  for (const of of ['publisher', 'subscriber'] as const) {
    for (const pieces of [1, 1e9]) {
      const inPieces = pieces === 1 ? 'byte by byte' : 'packet by packet';
      it(`pitfall: the connection of the ${of} is cut after byte n, for every n, ${inPieces}`, async () => {
        const actors = await stage(protocolVersion);
        const length = await dialogue(actors, { of, pieces, after: [] }, 'whole');
        expectComplete(actors, { of, pieces, after: [] }, 'whole');
        expect(length).toBeGreaterThan(70);
        for (let n = 0; n <= length; n++) {
          const cut = { of, pieces, after: [n] };
          await dialogue(actors, cut, `n${n}`);
          expectComplete(actors, cut, `n${n}`);
        }
      });
    }

    it(`and the next connection of the ${of} after byte m, for some n and m`, async () => {
      const actors = await stage(protocolVersion);
      const length = await dialogue(actors, { of, pieces: 7, after: [] }, 'whole');
      expectComplete(actors, { of, pieces: 7, after: [] }, 'whole');
      for (let n = 20; n <= length; n += 7) {
        for (let m = 16; m <= 100; m += 9) {
          const cut = { of, pieces: 7, after: [n, m] };
          await dialogue(actors, cut, `n${n}m${m}`);
          expectComplete(actors, cut, `n${n}m${m}`);
        }
      }
    });
  }
});
