// Strangers who do not want in, but others out: noise, half handshakes, alerts in the clear.
import { describe, expect, it } from 'vitest';
import { dtlsLimitsOf } from '../../src/dtls/limits.ts';
import { readRecord, writeRecordHeader } from '../../src/dtls/record.ts';
import { RecordLayer } from '../../src/dtls/record-layer.ts';
import { DtlsPair } from '../support/dtls-pair.ts';
import { PSK_CLIENT, PSK_SERVER } from '../support/dtls-parties.ts';
import { plainAlert, splitRecords } from '../support/dtls-wire.ts';
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

describe('half handshakes', () => {
  function attacked(hosts: number): DtlsWorld {
    const world = new DtlsWorld({ maximumHandshakes: 16 });
    world.carries = (bytes, { address }) => address === 'honest' || bytes[13] === 1; // hellos
    for (let count = 0; count < 16; count++) world.client(addressOf(`h${count % hosts}`, count));
    world.settle();
    expect(world.server.handshakes).toBe(16);
    return world;
  }

  it.each([1, 4, 8])('of %i hosts, which take all the room, do not keep out another one', (hosts) => {
    const world = attacked(hosts);
    const honest = world.client(addressOf('honest'));
    world.settle();
    expect([honest.told.isOpen, world.server.connections, world.server.handshakes]).toEqual([true, 16, 15]);
  });

  it('do not take the place of one another', () => {
    const world = attacked(16);
    world.client(addressOf('h3', 99));
    world.settle();
    expect([world.server.handshakes, world.server.failedHandshakes]).toEqual([16, 0]);
    expect(world.server.refusedConnections).toBe(1);
  });
});

describe('an alert in the clear', () => {
  it('does not end the handshake of a server that has keys', () => {
    let withholds = true;
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      // ClientKeyExchange alone gets through.
      tamper: (datagram, from) => (from === 'client' && withholds ? splitRecords(datagram).slice(0, 1) : [datagram]),
    });
    pair.run(40);
    pair.deliver('server', plainAlert(2, 40));
    pair.deliver('server', plainAlert(1, 0));
    withholds = false;
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['open', 'open']);
  });
});

describe('protected records before there are keys', () => {
  it('wait in 32 KiB at most, however large they are', () => {
    const records = new RecordLayer(dtlsLimitsOf());
    const sizes = [16_000, 16_000, 16_000, 100, 100, 16_000];
    for (const [sequence, size] of sizes.entries()) {
      const header = { type: 23, epoch: 1, sequence, size };
      const bytes = new Uint8Array(13 + size);
      writeRecordHeader(bytes, header);
      expect(records.open(readRecord(bytes, 0)!)).toBeUndefined();
    }
    expect(records.takeEarly().map(({ fragment }) => fragment.length)).toEqual([16_000, 16_000, 100, 100]);
    expect(records.takeEarly()).toEqual([]);
  });
});
