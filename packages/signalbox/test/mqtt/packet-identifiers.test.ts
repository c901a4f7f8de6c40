import { describe, expect, it } from 'vitest';
import { InFlight } from '../../src/mqtt/in-flight.ts';
import { PacketIdentifiers } from '../../src/mqtt/packet-identifiers.ts';

function pool(size: 2 | 4 = 2): { identifiers: PacketIdentifiers; inFlight: InFlight<string> } {
  const inFlight = new InFlight<string>(size);
  return { inFlight, identifiers: new PacketIdentifiers(size, inFlight) };
}

describe('PacketIdentifiers', () => {
  it('[MQTT-2.2.1-3] pitfall: rotates through 1 to 65,535 and never gives 0', () => {
    const { identifiers } = pool();
    const seen = new Set<number>();
    for (let count = 0; count < 65_535; count++) {
      const identifier = identifiers.acquire();
      seen.add(identifier);
      identifiers.release(identifier);
    }
    expect([seen.size, seen.has(0), Math.max(...seen)]).toEqual([65_535, false, 65_535]);
    expect(identifiers.acquire()).toBe(1);
  });

  it('pitfall: one pool for PUBLISH, SUBSCRIBE and UNSUBSCRIBE', () => {
    const { identifiers, inFlight } = pool();
    inFlight.addSent(1, 1, 'a');
    expect(identifiers.acquire()).toBe(2);
    expect([identifiers.has(1), identifiers.has(2), identifiers.has(3), identifiers.count]).toEqual([
      true,
      true,
      false,
      2,
    ]);
    expect([identifiers.register(1), identifiers.register(2), identifiers.register(3)]).toEqual([false, false, true]);
  });

  it('registers and releases given identifiers, within their range', () => {
    const { identifiers } = pool();
    for (const wrong of [0, -1, 1.5, 65_536, Number.NaN]) expect(identifiers.register(wrong)).toBe(false);
    expect([identifiers.register(500), identifiers.isHeld(500), identifiers.last]).toEqual([true, true, 0]);
    expect([identifiers.release(500), identifiers.release(500), identifiers.isHeld(500)]).toEqual([true, false, false]);
    expect([identifiers.register(7), identifiers.register(8), identifiers.release(7), identifiers.has(8)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('an identifier in flight cannot be released by hand', () => {
    const { identifiers, inFlight } = pool();
    inFlight.addSent(1, 1, 'a');
    expect([identifiers.release(1), identifiers.has(1)]).toEqual([false, true]);
  });

  it('says 0 when all are in use, and goes on when one is free', () => {
    const { identifiers } = pool();
    for (let count = 0; count < 65_535; count++) identifiers.acquire();
    expect([identifiers.acquire(), identifiers.next(), identifiers.nextInFlight(0), identifiers.count]).toEqual([
      0, 0, 0, 65_535,
    ]);
    identifiers.release(77);
    expect(identifiers.acquire()).toBe(77);
  });

  it('takes a preferred identifier as long as it keeps the order', () => {
    const { identifiers, inFlight } = pool();
    expect(identifiers.nextInFlight(900)).toBe(900);
    inFlight.addSent(900, 1, 'a');
    expect(identifiers.nextInFlight(905)).toBe(905);
    inFlight.addSent(905, 1, 'b');
    expect(identifiers.nextInFlight(902)).toBe(906);
    expect(identifiers.nextInFlight(0)).toBe(907);
    identifiers.register(1000);
    expect(identifiers.nextInFlight(1000)).toBe(908);
  });

  it('an identifier that goes in flight is no longer held', () => {
    const { identifiers, inFlight } = pool();
    const identifier = identifiers.acquire();
    identifiers.moveInFlight(identifier);
    inFlight.addSent(identifier, 1, 'a');
    expect([identifiers.isHeld(identifier), identifiers.has(identifier), identifiers.count]).toEqual([false, true, 1]);
  });

  it('has identifiers of 32 bits as an option', () => {
    const { identifiers } = pool(4);
    identifiers.continueAfter(4_294_967_294);
    expect([identifiers.acquire(), identifiers.acquire()]).toEqual([4_294_967_295, 1]);
    expect([identifiers.register(100_000), identifiers.isValid(4_294_967_296)]).toEqual([true, false]);
  });
});
