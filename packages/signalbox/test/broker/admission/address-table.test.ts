import { describe, expect, it } from 'vitest';
import { AddressTable, addressKey } from '../../../src/broker/admission/address-table.ts';
import { Rate } from '../../../src/broker/rate.ts';

describe('addressKey', () => {
  it.each([
    ['192.0.2.1:50123', '192.0.2.1'],
    ['[2001:db8::1]:50123', '2001:db8:0:0::/64'],
    ['[2001:db8:0:0:ffff:1:2:3]:1', '2001:db8:0:0::/64'],
    ['[2001:db8:0:1::]:1', '2001:db8:0:1::/64'],
    ['[::1]:1', '0:0:0:0::/64'],
    ['[::]:1', '0:0:0:0::/64'],
    ['[fe80::1%eth0]:1', 'fe80:0:0:0::/64'],
    ['unix:/run/signalbox.sock', ''],
    ['memory', ''],
    ['', ''],
  ])('%s is %s', (remoteAddress, key) => {
    expect(addressKey(remoteAddress)).toBe(key);
  });
});

describe('AddressTable', () => {
  it('counts the connections of an address, and forgets it with the last one', () => {
    const table = new AddressTable();
    const first = table.enter('192.0.2.1:1', 0)!;
    expect(table.enter('192.0.2.1:2', 0)).toBe(first);
    expect([first.connections, table.size]).toEqual([2, 1]);
    table.leave(first, 0);
    expect(table.find('192.0.2.1:9')).toBe(first);
    table.leave(first, 0);
    expect(table.size).toBe(0);
  });

  it('keeps no record of peers without an address', () => {
    const table = new AddressTable();
    expect(table.enter('unix:/a', 0)).toBeUndefined();
    expect(table.find('memory')).toBeUndefined();
    expect(table.size).toBe(0);
  });

  it('keeps what somebody needs until then, and lets it age', () => {
    const table = new AddressTable();
    table.use('192.0.2.1:1', 0)!.bannedUntil = 1_000;
    table.use('192.0.2.2:1', 0)!.keepUntil = 2_000;
    table.use('192.0.2.3:1', 0);
    table.tick(500);
    expect(table.size).toBe(2);
    table.tick(1_000);
    expect(table.find('192.0.2.1:1')).toBeUndefined();
    table.tick(2_000);
    expect(table.size).toBe(0);
  });

  it('never grows beyond its size and the open connections; the oldest goes first, the banned last', () => {
    const table = new AddressTable(4);
    const connected = table.enter('192.0.2.1:1', 0)!;
    table.use('192.0.2.2:1', 0)!.bannedUntil = 1_000;
    for (let host = 3; host < 200; host++) table.use(`192.0.2.${host}:1`, 0);
    expect(table.size).toBe(4);
    expect(table.find('192.0.2.1:1')).toBe(connected);
    expect(table.find('192.0.2.2:1')?.bannedUntil).toBe(1_000);
    expect(table.find('192.0.2.199:1')).toBeDefined();
    for (let host = 0; host < 10; host++) table.use(`198.51.100.${host}:1`, 0)!.bannedUntil = 1_000;
    expect(table.size).toBe(4);
    expect(table.find('192.0.2.1:1')).toBe(connected);
  });
});

describe('Rate', () => {
  it('lets a burst through, then so many a second', () => {
    const rate = new Rate(10, 1);
    let paidUntil = 0;
    const takes = (now: number) => {
      if (!rate.allows(paidUntil, now)) return false;
      paidUntil = rate.spend(paidUntil, now, 1);
      return true;
    };
    let count = 0;
    while (takes(5_000)) count++;
    expect(count).toBe(10);
    for (let now = 5_000; now < 15_000; now += 10) if (takes(now)) count++;
    expect(count).toBe(10 + 99);
  });

  it('is no limit at 0, and lets one through however low it is', () => {
    expect(new Rate(0, 5).isLimited).toBe(false);
    const slow = new Rate(0.01, 5);
    expect(slow.allows(0, 1_000_000)).toBe(true);
    expect(slow.allows(slow.spend(0, 1_000_000, 1), 1_000_001)).toBe(false);
  });
});
