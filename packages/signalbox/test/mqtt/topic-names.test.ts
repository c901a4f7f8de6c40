import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/mqtt/errors.ts';
import { NO_TOPIC, RecentTopicNames, TopicNames, type TopicNameTable } from '../../src/mqtt/topic-names.ts';
import { isTopicName } from '../../src/mqtt/topics.ts';

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function intern(names: TopicNameTable, text: string) {
  const bytes = bytesOf(text);
  return names.intern(bytes, 0, bytes.length);
}

describe('TopicNames', () => {
  it('finds a name again by its bytes, wherever they are', () => {
    const names = new TopicNames();
    const buffer = bytesOf('xxsensors/1/tempyysensors/1/temp');
    const first = names.intern(buffer, 2, 16)!;
    expect(first.name).toBe('sensors/1/temp');
    expect(first.bytes).toEqual(bytesOf('sensors/1/temp'));
    expect(names.intern(buffer, 18, 32)).toBe(first);
    expect(names.internString('sensors/1/temp')).toBe(first);
    expect(names.size).toBe(1);
  });

  it('keeps its own copy of the bytes', () => {
    const names = new TopicNames();
    const buffer = bytesOf('a/b');
    const topic = names.intern(buffer, 0, 3)!;
    buffer.fill(0x7a);
    expect(topic.bytes).toEqual(bytesOf('a/b'));
    expect(topic.bytes.buffer.byteLength).toBe(3);
    expect(intern(names, 'a/b')).toBe(topic);
  });

  it('has a slot for its owner, empty at first', () => {
    const names = new TopicNames();
    const topic = intern(names, 'a')!;
    expect(topic.route).toBeUndefined();
    topic.route = 'mine';
    expect(intern(names, 'a')!.route).toBe('mine');
  });

  it('[MQTT-4.7.3-1] [MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-4.7.3-2] [MQTT-3.3.2-2@3.1.1] accepts exactly the valid Topic Names', () => {
    const names = new TopicNames({ limit: 4 });
    for (const bad of ['', '+', '#', 'a/+', 'a\0b', 'é#']) expect(intern(names, bad)).toBeUndefined();
    expect(names.intern(Uint8Array.of(0xed, 0xa0, 0x80), 0, 3)).toBeUndefined();
    expect(names.size).toBe(0);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '/', '+', '#', '\0', 'é', '😀', '$'), maxLength: 6 }),
        (text) => {
          expect(intern(names, text)?.name).toBe(isTopicName(text) ? text : undefined);
        },
      ),
    );
  });

  it('internString throws for what is no Topic Name', () => {
    const names = new TopicNames();
    for (const bad of ['', 'a/+', 'a\ud800', 'x'.repeat(65_536)]) {
      expect(() => names.internString(bad)).toThrow(UsageError);
      expect(() => names.internString(bad)).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC_NAME' }));
    }
    expect(names.internString('öl/😀').bytes).toEqual(bytesOf('öl/😀'));
  });

  it('returns names longer than 1 KiB without keeping them', () => {
    const names = new TopicNames();
    const longest = intern(names, 'x'.repeat(65_535))!;
    expect(longest.name.length).toBe(65_535);
    expect(intern(names, 'x'.repeat(65_535))).not.toBe(longest);
    intern(names, 'x'.repeat(1025));
    expect(names.size).toBe(0);
    const kept = intern(names, 'x'.repeat(1024));
    expect(intern(names, 'x'.repeat(1024))).toBe(kept);
  });

  it('tells names apart that differ in one byte at any place, at any length', () => {
    const names = new TopicNames();
    for (let length = 1; length < 40; length++) {
      const plain = 'a'.repeat(length);
      expect(intern(names, plain)!.name).toBe(plain);
      for (let at = 0; at < length; at++) {
        const other = `${plain.slice(0, at)}b${plain.slice(at + 1)}`;
        expect(intern(names, other)!.name).toBe(other);
        expect(intern(names, plain)!.name).toBe(plain);
      }
    }
  });

  it('keeps as many as its limit says, once they came again', () => {
    const names = new TopicNames({ limit: 5000 });
    const all = Array.from({ length: 5000 }, (_, index) => `sensors/${index}/temperature`);
    const first = all.map((name) => intern(names, name)!);
    const second = all.map((name) => intern(names, name)!);
    const third = all.map((name) => intern(names, name)!);
    expect(second.slice(0, 2500)).toEqual(first.slice(0, 2500));
    const found = third.filter((topic, index) => topic === second[index]).length;
    expect(found).toBeGreaterThan(4990); // a crowded neighbourhood could cost a few
    expect(names.size).toBeLessThanOrEqual(5000);
  });

  it('names that never come again do not push out those in use, nor fill the table', () => {
    const names = new TopicNames({ limit: 1000 });
    const busy = Array.from({ length: 500 }, (_, index) => intern(names, `busy/${index}`)!);
    for (let index = 0; index < 400; index++) expect(intern(names, `once/${index}`)!.name).toBe(`once/${index}`);
    expect(names.size).toBeLessThan(520); // a few look as if they had come before
    expect(busy.every((topic) => intern(names, topic.name) === topic)).toBe(true);
  });

  it('never keeps more than its limit, and always returns the right name', () => {
    for (const limit of [0, 1, 2, 3, 10, 100, 1000]) {
      const names = new TopicNames({ limit });
      for (let index = 0; index < 3000; index++) {
        const name = `never/again/${index}`;
        expect(intern(names, name)!.name).toBe(name);
        expect(names.size).toBeLessThanOrEqual(Math.max(limit, 1));
      }
    }
  });

  it('forgets names not used lately and keeps those in use', () => {
    const names = new TopicNames({ limit: 100 });
    const busy = Array.from({ length: 20 }, (_, index) => intern(names, `busy/${index}`)!);
    for (let round = 0; round < 1000; round++) {
      intern(names, `once/${round}`);
      for (const topic of busy) intern(names, topic.name);
    }
    // All were in use when the table was full for the first time, so some of the busy ones may have gone then: not since.
    const again = busy.map((topic) => intern(names, topic.name)!);
    for (let round = 0; round < 1000; round++) {
      intern(names, `more/${round}`);
      expect(again.every((topic) => intern(names, topic.name) === topic)).toBe(true);
    }
  });

  it('a flood of colliding names stays correct and bounded', () => {
    const names = new TopicNames();
    const flood = collidingNames(600);
    expect(flood.length).toBe(600);
    const kept = intern(names, 'innocent')!;
    for (let round = 0; round < 2; round++) {
      for (const name of flood) expect(names.intern(name, 0, name.length)!.bytes).toEqual(name);
    }
    expect(names.size).toBeLessThan(100);
    expect(intern(names, 'innocent')).toBe(kept);
  });

  it('names of the same hash and of different length are not confused', () => {
    const names = new TopicNames();
    const [long] = collidingNames(1);
    const topic = names.intern(long!, 0, 8)!;
    expect(intern(names, 'AAAA')!.name).toBe('AAAA');
    expect(names.intern(long!, 0, 8)).toBe(topic);
  });

  it('NO_TOPIC is an empty name', () => {
    expect(NO_TOPIC.name).toBe('');
    expect(NO_TOPIC.bytes.length).toBe(0);
  });
});

/**
 * Names of eight characters whose hashes are all the same as that of the four-character name: the first word takes the
 * hash to some state, the second is chosen to take that state to where the short name ends.
 */
const SHORT = word(0);

function collidingNames(count: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let seed = 1; found.length < count && seed < 456_976; seed++) {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    const first = word(seed);
    const hash = Math.imul(8 ^ first, 0x9e3779b1);
    view.setInt32(0, first, true);
    view.setInt32(4, hash ^ (hash >>> 15) ^ 4 ^ SHORT, true);
    if (bytes.every((byte) => byte > 0x2f && byte < 0x7f)) found.push(bytes);
  }
  return found;
}

/** Four letters. */
function word(seed: number): number {
  let value = 0;
  let rest = seed;
  for (let shift = 0; shift < 32; shift += 8) {
    value |= (0x41 + (rest % 26)) << shift;
    rest = Math.floor(rest / 26);
  }
  return value;
}

describe('RecentTopicNames', () => {
  it('finds a name again, and begins anew when it is full', () => {
    const names = new RecentTopicNames();
    const first = intern(names, 'a/0');
    expect(first?.name).toBe('a/0');
    expect(intern(names, 'a/0')).toBe(first);
    for (let index = 1; index < 1024; index++) intern(names, `a/${index}`);
    expect(intern(names, 'a/0')).toBe(first);
    intern(names, 'one/more');
    const again = intern(names, 'a/0');
    expect(again).not.toBe(first);
    expect(again?.name).toBe('a/0');
  });

  it('does not keep long names, and knows what is none', () => {
    const names = new RecentTopicNames();
    const long = 'x'.repeat(257);
    expect(intern(names, long)?.name).toBe(long);
    expect(intern(names, long)).not.toBe(intern(names, long));
    for (const bad of ['', 'a/+', '#']) expect(intern(names, bad)).toBeUndefined();
  });

  it('never takes one name for another', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1 })), (texts) => {
        const names = new RecentTopicNames();
        for (const text of texts) expect(intern(names, text)?.name).toBe(text);
      }),
    );
  });
});
