// The link is cut after byte n of a dialogue, for every n: whatever was on its way, the next connection completes it.
// [MQTT-4.4.0-1] [MQTT-4.3.3-10] [MQTT-4.3.2-3]

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../support/virtual-link.ts';
import { ClientParty, join, type PartyOptions, ServerParty } from '../support/virtual-parties.ts';

interface Outcome {
  readonly client: ClientParty;
  readonly server: ServerParty;
  /** Bytes that arrived on the first link. */
  readonly arrived: number;
}

/** One dialogue of every QoS in both directions, over links that are cut after so many bytes, and one that is not. */
function dialogue(cuts: readonly number[], options: Partial<PartyOptions> = {}): Outcome {
  const clock = new VirtualClock();
  const party: PartyOptions = { protocolVersion: 5, receiveMaximum: 10, acceptMs: () => 0, admits: false, ...options };
  const client = new ClientParty(clock, party);
  const server = new ServerParty(clock, party);
  client.publish('c1', 1);
  client.publish('c2', 2);
  let arrived = 0;
  for (const [at, cutAfter] of [...cuts, 1e9].entries()) {
    const link = join(client, server, { cutAfter });
    if (at === 0) {
      server.publish('s2', 2);
      server.publish('s1', 1);
    }
    clock.settle();
    if (at === 0) arrived = link.arrived;
    link.cut();
    server.losesSession = false; // nothing was in flight before it had one
  }
  return { client, server, arrived };
}

function expectComplete({ client, server }: Outcome): void {
  expect([client.errors, server.errors, client.dropped, server.dropped]).toEqual([[], [], [], []]);
  expect([server.delivered[2], client.delivered[2]]).toEqual([['c2'], ['s2']]);
  expect([new Set(server.delivered[1]), new Set(client.delivered[1])]).toEqual([new Set(['c1']), new Set(['s1'])]);
  expect([client.settledPayloads.toSorted(), server.settledPayloads.toSorted()]).toEqual([
    ['c1', 'c2'],
    ['s1', 's2'],
  ]);
  for (const { session } of [client, server])
    expect([session.identifiers.count, session.received.count]).toEqual([0, 0]);
}

const VARIANTS: [string, Partial<PartyOptions>][] = [
  ['5.0', {}],
  ['3.1.1', { protocolVersion: 4 }],
  ['5.0 with an owner that takes its time', { acceptMs: () => 2 }],
  ['5.0 one message at a time', { receiveMaximum: 1 }],
  ['5.0 with PUBLISH packets the owner writes', { admits: true }],
];

describe('a link cut after byte n', () => {
  it.each(VARIANTS)('of a whole dialogue, for every n: %s', (_name, options) => {
    const { arrived } = dialogue([], options);
    expect(arrived).toBeGreaterThan(80);
    for (let cut = 1; cut <= arrived; cut++) expectComplete(dialogue([cut], options));
  });

  it('and again after byte m of the next one, for every n and m', () => {
    const { arrived } = dialogue([]);
    for (let first = 1; first <= arrived; first += 3) {
      for (let second = 1; second <= 60; second += 4) expectComplete(dialogue([first, second]));
    }
  });
});
