import { describe, expect, it } from 'vitest';
import { NOT_FOUND } from '../../src/mqtt/identifier-ring.ts';
import { InFlight, isPublish, isQueued, Stage } from '../../src/mqtt/in-flight.ts';

function identifiersHeld(inFlight: InFlight<string>): number[] {
  const held: number[] = [];
  for (let slot = inFlight.takeHeld(); slot !== NOT_FOUND; slot = inFlight.takeHeld())
    held.push(inFlight.identifierAt(slot));
  return held;
}

describe('InFlight', () => {
  it('names what each message waits for', () => {
    const inFlight = new InFlight<string>(2);
    inFlight.addSent(1, 1, 'a');
    inFlight.addSent(2, 2, 'b');
    inFlight.addQueued(3, 1, 'c');
    inFlight.addQueued(4, 2, undefined);
    inFlight.push(5, Stage.Pubcomp, 'e');
    inFlight.push(6, Stage.Release, 'f');
    expect([1, 2, 3, 4, 5, 6, 7].map((identifier) => inFlight.stageOf(identifier))).toEqual([
      'puback',
      'pubrec',
      'puback',
      'pubrec',
      'pubcomp',
      'pubcomp',
      undefined,
    ]);
    expect([1, 4, 7].map((identifier) => inFlight.storedOf(identifier))).toEqual(['a', undefined, undefined]);
    expect([
      isPublish(Stage.Pubrec),
      isPublish(Stage.Release),
      isQueued(Stage.QueuedQoS2),
      isQueued(Stage.Puback),
    ]).toEqual([true, false, true, false]);
  });

  it('entries can be stored and restored', () => {
    const inFlight = new InFlight<string>(2);
    inFlight.addSent(1, 1, 'a');
    inFlight.addSent(2, 2, 'b');
    inFlight.push(3, Stage.Pubcomp, 'c');
    inFlight.push(4, Stage.Release, 'd');
    inFlight.addQueued(5, 1, 'e');
    inFlight.addQueued(6, 2, 'f');
    const entries = inFlight.entries();
    expect(entries.map(({ sent }) => sent)).toEqual([true, true, true, false, false, false]);
    const restored = new InFlight<string>(2);
    for (const entry of entries) restored.restore(entry);
    expect(restored.entries()).toEqual(entries);
    expect(restored.held).toBe(4);
    expect(identifiersHeld(restored)).toEqual([1, 2, 5, 6]);
  });

  it('hands held PUBLISH packets out in order, once', () => {
    const inFlight = new InFlight<string>(2);
    for (const identifier of [1, 2, 3, 4, 5]) inFlight.addSent(identifier, 1, 'x');
    inFlight.setStageAt(inFlight.find(2), Stage.Pubcomp);
    expect([inFlight.held, inFlight.takeHeld(), inFlight.isHeld(inFlight.find(1))]).toEqual([0, NOT_FOUND, false]);
    inFlight.holdAll();
    expect(inFlight.held).toBe(4);
    expect(inFlight.identifierAt(inFlight.takeHeld())).toBe(1);
    expect([1, 2, 3, 5].map((identifier) => inFlight.isHeld(inFlight.find(identifier)))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    inFlight.settleAt(inFlight.find(1));
    inFlight.settleAt(inFlight.find(3)); // acknowledged although it is still held
    expect(inFlight.held).toBe(2);
    expect(identifiersHeld(inFlight)).toEqual([4, 5]);
    expect(inFlight.held).toBe(0);
  });

  it('erases only what the peer cannot know', () => {
    const inFlight = new InFlight<string>(2);
    inFlight.addSent(1, 1, 'a');
    inFlight.addSent(2, 2, 'b');
    expect(inFlight.erase(1)).toBe(false); // sent on this network connection
    inFlight.holdAll();
    inFlight.addQueued(3, 2, 'c');
    expect([inFlight.erase(1), inFlight.erase(3), inFlight.erase(9)]).toEqual([true, true, false]);
    expect(inFlight.entries().map(({ packetIdentifier }) => packetIdentifier)).toEqual([2]);
  });

  it('[MQTT-4.3.3-7] a QoS 2 message that was sent does not expire', () => {
    const inFlight = new InFlight<string>(2);
    inFlight.addSent(2, 2, 'b');
    inFlight.holdAll();
    expect(inFlight.erase(2)).toBe(false);
    expect(inFlight.has(2)).toBe(true);
  });

  it('takes out what was sent and leaves what was queued', () => {
    const inFlight = new InFlight<string>(2);
    inFlight.addSent(1, 1, 'a');
    inFlight.push(2, Stage.Pubcomp, 'b');
    inFlight.push(3, Stage.Release, 'c');
    inFlight.addQueued(4, 1, 'd');
    inFlight.addQueued(5, 2, 'e');
    expect(inFlight.takeSent().map(({ stored }) => stored)).toEqual(['a', 'b', 'c']);
    expect([inFlight.count, inFlight.held]).toEqual([2, 2]);
    expect(identifiersHeld(inFlight)).toEqual([4, 5]);
  });

  it('queues any number before there is a connection, in order', () => {
    const inFlight = new InFlight<string>(2);
    const identifiers = Array.from({ length: 100 }, (_, at) => at + 1);
    for (const identifier of identifiers) inFlight.addQueued(identifier, 1, 'x');
    expect(identifiersHeld(inFlight)).toEqual(identifiers);
  });
});
