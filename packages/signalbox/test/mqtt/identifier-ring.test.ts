import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdentifierRing, NOT_FOUND } from '../../src/mqtt/identifier-ring.ts';
import { largestIdentifier } from '../../src/mqtt/wire-format.ts';

function filled(...identifiers: number[]): IdentifierRing<string> {
  const ring = new IdentifierRing<string>(2);
  for (const identifier of identifiers) ring.push(identifier, 1, `v${identifier}`);
  return ring;
}

function contents(ring: IdentifierRing<string>): number[] {
  return ring.slots().map((slot) => ring.identifierAt(slot));
}

function remove(ring: IdentifierRing<string>, identifier: number): void {
  ring.removeAt(ring.find(identifier));
}

describe('IdentifierRing', () => {
  it('is empty at first and finds nothing', () => {
    const ring = filled();
    expect(ring.count).toBe(0);
    expect(ring.find(1)).toBe(NOT_FOUND);
    expect(ring.has(1)).toBe(false);
    expect(ring.slots()).toEqual([]);
    expect(ring.continues(7)).toBe(true);
  });

  it('keeps stage and value of each identifier', () => {
    const ring = filled(1, 2, 3);
    const slot = ring.find(2);
    ring.setStageAt(slot, 5);
    expect([ring.stageAt(slot), ring.valueAt(slot), ring.identifierAt(slot)]).toEqual([5, 'v2', 2]);
    expect([ring.stageAt(ring.find(3)), ring.valueAt(ring.find(3))]).toEqual([1, 'v3']);
  });

  it('finds identifiers with gaps between them', () => {
    const ring = filled(2, 10, 11, 500, 501, 9000);
    for (const identifier of [2, 10, 11, 500, 501, 9000])
      expect(ring.valueAt(ring.find(identifier))).toBe(`v${identifier}`);
    for (const identifier of [1, 3, 12, 499, 502, 8999, 9001, 65_535]) expect(ring.find(identifier)).toBe(NOT_FOUND);
  });

  it('forgets what was removed in the middle, and takes it again later', () => {
    const ring = filled(1, 2, 3, 4);
    remove(ring, 2);
    expect(ring.find(2)).toBe(NOT_FOUND);
    remove(ring, 3);
    expect(contents(ring)).toEqual([1, 4]);
    remove(ring, 1);
    expect(contents(ring)).toEqual([4]);
    ring.push(2, 1, 'again');
    expect(contents(ring)).toEqual([4, 2]);
    expect(ring.valueAt(ring.find(2))).toBe('again');
  });

  it('a gap left by removal is not found by search either', () => {
    const ring = filled(1, 5, 9, 13);
    remove(ring, 9);
    expect(ring.find(9)).toBe(NOT_FOUND);
    expect(ring.find(13)).not.toBe(NOT_FOUND);
  });

  it('goes on behind the last identifier that is still there', () => {
    const ring = filled(1, 2, 3);
    remove(ring, 3);
    expect(ring.continues(3)).toBe(true);
    expect(ring.continues(2)).toBe(false);
    ring.push(3, 1, 'again');
    expect(contents(ring)).toEqual([1, 2, 3]);
  });

  it('rises through the end of the range', () => {
    const ring = filled(65_533, 65_534, 65_535, 1, 2);
    expect(ring.continues(3)).toBe(true);
    expect(ring.continues(65_534)).toBe(false);
    for (const identifier of [65_533, 65_535, 1, 2]) expect(ring.has(identifier)).toBe(true);
    expect(ring.has(3)).toBe(false);
    for (const identifier of [65_533, 65_534, 65_535]) remove(ring, identifier);
    expect(contents(ring)).toEqual([1, 2]);
    expect(ring.continues(65_535)).toBe(true);
  });

  it('numbers out of order cost a Map, and no longer than until it is empty', () => {
    const ring = filled(5, 3, 9, 1);
    expect(ring.continues(10)).toBe(false);
    for (const identifier of [5, 3, 9, 1]) expect(ring.valueAt(ring.find(identifier))).toBe(`v${identifier}`);
    expect(ring.find(4)).toBe(NOT_FOUND);
    remove(ring, 3);
    expect(ring.find(3)).toBe(NOT_FOUND);
    for (const identifier of [20, 21, 22, 4]) ring.push(identifier, 1, `v${identifier}`); // grows with the Map
    expect(contents(ring)).toEqual([5, 9, 1, 20, 21, 22, 4]);
    for (const identifier of contents(ring)) remove(ring, identifier);
    expect(ring.continues(1)).toBe(true);
  });

  it('an old identifier in front does not make it grow with every new one', () => {
    const ring = filled(1);
    for (let identifier = 2; identifier < 60_000; identifier++) {
      ring.push(identifier, 1, undefined);
      remove(ring, identifier);
    }
    expect(contents(ring)).toEqual([1]);
    ring.push(60_000, 1, 'x');
    expect(Math.max(...ring.slots())).toBeLessThan(4);
  });

  it('gives a large memory back when it is empty, by removal and by clearing', () => {
    for (const empty of ['remove', 'clear'] as const) {
      const ring = filled();
      for (let identifier = 1; identifier <= 3000; identifier++) ring.push(identifier, 1, undefined);
      if (empty === 'clear') ring.clear();
      else for (let identifier = 1; identifier <= 3000; identifier++) remove(ring, identifier);
      expect(ring.count).toBe(0);
      ring.push(7, 1, 'x');
      expect(contents(ring)).toEqual([7]);
      expect(ring.find(7)).toBe(0);
    }
  });

  it('clear() forgets values, also in a small ring', () => {
    const ring = filled(1, 2, 3);
    remove(ring, 2);
    ring.clear();
    expect([ring.count, ring.find(1), ring.find(3)]).toEqual([0, NOT_FOUND, NOT_FOUND]);
    for (const identifier of [4, 5]) ring.push(identifier, 1, 'y');
    expect(contents(ring)).toEqual([4, 5]);
  });

  it('knows both ranges of identifiers', () => {
    expect([largestIdentifier(2), largestIdentifier(4)]).toEqual([65_535, 4_294_967_295]);
    const ring = new IdentifierRing<string>(4);
    for (const identifier of [4_294_967_294, 4_294_967_295, 1]) ring.push(identifier, 1, 'x');
    for (const identifier of [4_294_967_294, 4_294_967_295, 1]) expect(ring.has(identifier)).toBe(true);
    expect(ring.has(2)).toBe(false);
  });

  it('behaves like a Map that keeps order', () => {
    const identifier = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 65_530, max: 65_535 }));
    const step = fc.record({ remove: fc.boolean(), identifier, rising: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ring = new IdentifierRing<number>(2);
        const model = new Map<number, number>();
        let last = 65_500;
        steps.forEach((each, at) => {
          const wanted = each.rising ? (last % 65_535) + 1 : each.identifier;
          last = wanted;
          if (each.remove || model.has(wanted)) {
            const slot = ring.find(wanted);
            expect(slot !== NOT_FOUND).toBe(model.has(wanted));
            if (slot !== NOT_FOUND) ring.removeAt(slot);
            model.delete(wanted);
          } else {
            ring.push(wanted, 1, at);
            model.set(wanted, at);
          }
          expect(ring.count).toBe(model.size);
          expect(ring.slots().map((slot) => [ring.identifierAt(slot), ring.valueAt(slot)])).toEqual([...model]);
          for (const [known, value] of model) expect(ring.valueAt(ring.find(known))).toBe(value);
        });
      }),
    );
  });
});
