// Strangers who do not want in, but others out: noise, half handshakes, alerts in the clear.
import { describe, expect, it } from 'vitest';
import { addressOf, DtlsWorld } from '../support/dtls-world.ts';

describe('protected noise among many connections', () => {
  it('is compared with so many a second, not with all of them each time', () => {
    const world = new DtlsWorld();
    for (let count = 0; count < 100; count++) {
      world.client(addressOf(`h${count}`));
      world.settle();
    }
    let looks = 0;
    for (const { link } of world.accepted) {
      link.connection.canBeNext = () => {
        looks++;
        return false;
      };
    }
    const noise = Uint8Array.of(23, 0xfe, 0xfd, 0, 1, 0x7f, 0, 0, 0, 0, 0, 0, 1, 9);
    for (let count = 0; count < 2000; count++) world.server.receive(noise, addressOf('stranger', count), world.now);
    expect(looks).toBe(65_536);
  });
});

describe('somebody who begins anew at an address', () => {
  it('gets through as well when the one who was there has moved meanwhile', () => {
    const world = new DtlsWorld();
    const before = world.client(addressOf('a'));
    world.settle();
    before.from = addressOf('gone');
    world.carries = (bytes, from) => from.address !== 'a' || bytes[13] === 1; // hellos
    const after = world.client(addressOf('a'));
    world.settle();
    before.from = addressOf('b');
    before.link.send(Buffer.from('from elsewhere'));
    world.settle();
    world.carries = () => true;
    world.pass(3_000);
    expect(after.told.isOpen).toBe(true);
    expect(world.accepted[0]?.told).toEqual({ text: 'from elsewhere', end: undefined, isOpen: true });
    expect(world.server.connections).toBe(2);
  });
});
