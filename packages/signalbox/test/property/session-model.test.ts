// Two sessions over links that break at any time, against what the standard promises: QoS 1 at least once, QoS 2 exactly
// once, order kept, quota never exceeded, identifiers never leaked. [MQTT-4.3.2-3] [MQTT-4.3.3-10] [MQTT-4.6.0-1]

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock, type VirtualLink } from '../support/virtual-link.ts';
import { ClientParty, join, type PartyOptions, ServerParty } from '../support/virtual-parties.ts';

type Step =
  | { readonly do: 'publish'; readonly from: 'client' | 'server'; readonly qos: 0 | 1 | 2 }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'cut' }
  | { readonly do: 'connect'; readonly losesSession: boolean; readonly cutAfter: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      from: fc.constantFrom('client' as const, 'server' as const),
      qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('connect' as const),
      losesSession: fc.boolean(),
      cutAfter: fc.oneof(fc.constant(1e9), fc.integer({ min: 1, max: 200 })),
    }),
  },
);

const setting = fc.record({
  protocolVersion: fc.constantFrom(4 as const, 5 as const),
  receiveMaximum: fc.integer({ min: 1, max: 4 }),
  latencyMs: fc.integer({ min: 0, max: 3 }),
  pieces: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
  accepts: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
  admits: fc.boolean(),
  mapTopicAliases: fc.boolean(),
});

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

/** Answers from a list, over and over. */
function cycle(values: readonly number[]): () => number {
  let at = 0;
  return () => values[at++ % values.length]!;
}

function play(
  given: Setting,
  steps: readonly Step[],
): { client: ClientParty; server: ServerParty; published: Record<'client' | 'server', string[][]> } {
  const clock = new VirtualClock();
  const options = (): PartyOptions => ({
    protocolVersion: given.protocolVersion,
    receiveMaximum: given.receiveMaximum,
    acceptMs: cycle(given.accepts),
    admits: false,
    connection: { mapTopicAliases: given.mapTopicAliases },
  });
  const client = new ClientParty(clock, options());
  const server = new ServerParty(clock, { ...options(), admits: given.admits });
  const published = { client: [[], [], []] as string[][], server: [[], [], []] as string[][] };
  const connect = (cutAfter: number): VirtualLink =>
    join(client, server, { latencyMs: given.latencyMs, pieceSize: cycle(given.pieces), cutAfter });
  let link = connect(1e9);
  let number = 0;
  for (const each of steps) {
    if (each.do === 'publish') {
      const payload = `${each.from}-${number++}`;
      published[each.from][each.qos]!.push(payload);
      (each.from === 'client' ? client : server).publish(payload, each.qos);
    } else if (each.do === 'wait') clock.runUntil(clock.now + each.ms);
    else if (each.do === 'cut') link.cut();
    else {
      link.cut();
      if (each.losesSession) server.losesSession = true;
      link = connect(each.cutAfter);
    }
  }
  clock.settle();
  if (link.isCut) {
    connect(1e9);
    clock.settle();
  }
  return { client, server, published };
}

function firsts(payloads: readonly string[]): string[] {
  return [...new Set(payloads)];
}

function numberOf(payload: string): number {
  return Number(payload.split('-')[1]);
}

function inOrderOf(order: readonly string[], payloads: readonly string[]): string[] {
  return order.filter((payload) => payloads.includes(payload));
}

function check(
  sent: readonly string[][],
  sender: ClientParty | ServerParty,
  receiver: ClientParty | ServerParty,
): void {
  const lost = new Set(sender.dropped);
  for (const qos of [0, 1, 2] as const) {
    const got = receiver.delivered[qos];
    expect(firsts(got)).toEqual(inOrderOf(sent[qos]!, got)); // order, and nothing that was not sent
    if (qos === 0) expect(got.length).toBe(firsts(got).length);
  }
  const both = [...sent[1]!, ...sent[2]!].toSorted((a, b) => numberOf(a) - numberOf(b));
  expect(firsts(receiver.deliveredInOrder)).toEqual(inOrderOf(both, receiver.deliveredInOrder)); // [MQTT-4.6.0-1]
  for (const payload of sent[1]!) if (!lost.has(payload)) expect(receiver.delivered[1]).toContain(payload);
  expect(receiver.delivered[2].length).toBe(firsts(receiver.delivered[2]).length); // never twice
  for (const payload of sent[2]!) if (!lost.has(payload)) expect(receiver.delivered[2]).toContain(payload);
  expect(sender.settledPayloads.length).toBe(firsts(sender.settledPayloads).length);
  expect([...sender.settledPayloads, ...lost].length).toBe(sent[1]!.length + sent[2]!.length);
}

describe('two sessions and a link that breaks', () => {
  it('pitfall: QoS 1 at least once, QoS 2 exactly once, in order, within the quota, no identifier leaked', () => {
    fc.assert(
      fc.property(setting, fc.array(step, { maxLength: 60, size: 'max' }), (given, steps) => {
        const { client, server, published } = play(given, steps);
        expect([client.errors, server.errors]).toEqual([[], []]); // an exceeded quota would be one
        expect([client.backlog, server.backlog]).toEqual([[], []]);
        check(published.client, client, server);
        check(published.server, server, client);
        for (const { session } of [client, server])
          expect([session.identifiers.count, session.received.count]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});
