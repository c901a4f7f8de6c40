// Makes bad packets out of good ones: changes fields with all lengths kept right, changes plain bytes, or both.

import type { Seed } from './corpus.ts';
import { encodeFields, type Field, listsOf } from './packet-tree.ts';
import type { Random } from './random.ts';

const EDGES = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff];

/** Strings that are wrong or nearly so. */
const STRINGS: readonly (readonly number[])[] = [
  [],
  [0x00],
  [0x61, 0x00],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf0, 0x9f, 0x98, 0x80],
  [0x2b],
  [0x23],
  [0x61, 0x2f, 0x23],
  [...Buffer.from('$share/g/a/+')],
  [...Buffer.from('$share//a')],
  new Array<number>(200).fill(0x78),
];

/** One of each property, in its own bytes. */
const PROPERTIES: readonly (readonly number[])[] = [
  [0x01, 1],
  [0x02, 0, 0, 0, 1],
  [0x03, 0, 1, 0x61],
  [0x08, 0, 1, 0x61],
  [0x09, 0, 1, 0xff],
  [0x0b, 0x80, 0x01],
  [0x0b, 0],
  [0x11, 0xff, 0xff, 0xff, 0xff],
  [0x12, 0, 1, 0x61],
  [0x13, 0, 9],
  [0x15, 0, 1, 0x61],
  [0x16, 0, 1, 0],
  [0x17, 0],
  [0x18, 0, 0, 0, 9],
  [0x19, 1],
  [0x1a, 0, 1, 0x61],
  [0x1c, 0, 1, 0x61],
  [0x1f, 0, 1, 0x61],
  [0x21, 0, 1],
  [0x21, 0, 0],
  [0x22, 0, 9],
  [0x23, 0, 1],
  [0x23, 0, 0],
  [0x24, 1],
  [0x25, 0],
  [0x26, 0, 1, 0x61, 0, 1, 0x62],
  [0x27, 0, 0, 0, 64],
  [0x28, 1],
  [0x29, 1],
  [0x2a, 2],
];

/** A packet made of `seed`, now and then the seed itself. */
export function mutatePacket(seed: Seed, corpus: readonly Seed[], random: Random): Uint8Array {
  const fields = structuredClone(seed.fields) as Field[];
  if (!random.isOnceIn(4)) {
    for (let count = 1 + random.below(3); count > 0; count--) mutateFields(fields, corpus, random);
  }
  let bytes = encodeFields(fields);
  if (random.isOnceIn(3)) {
    for (let count = 1 + random.below(3); count > 0; count--) bytes = mutateBytes(bytes, random);
  }
  return Uint8Array.from(bytes);
}

/** A list of properties, mostly of PUBLISH, now and then with a mistake. */
export function mutateProperties(random: Random): Uint8Array {
  const list: number[] = [];
  for (let count = random.below(5); count > 0; count--) {
    const property = random.isOnceIn(6) ? random.pick(PROPERTIES) : random.pick(PROPERTIES.slice(0, 6));
    list.push(...(random.isOnceIn(4) ? mutateBytes([...property], random) : property));
    if (random.isOnceIn(4)) list.push(0x26, ...stringOf(random.pick(STRINGS)), ...stringOf(random.pick(STRINGS)));
    if (random.isOnceIn(6)) list.push(random.pick([0x03, 0x08, 0x09]), ...stringOf(random.pick(STRINGS)));
    if (random.isOnceIn(9)) list.push(0x23, 0, random.below(3));
  }
  return Uint8Array.from(list);
}

function stringOf(bytes: readonly number[]): number[] {
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

function mutateFields(fields: Field[], corpus: readonly Seed[], random: Random): void {
  const list = random.pick(listsOf(fields));
  const at = random.below(list.length + 1);
  switch (random.below(6)) {
    case 0:
      list.splice(at, 0, { kind: 'raw', bytes: random.pick(PROPERTIES) });
      return;
    case 1:
      list.splice(at, 1);
      return;
    case 2:
      if (at < list.length) list.splice(random.below(list.length + 1), 0, structuredClone(list[at]!));
      return;
    case 3:
      list.splice(at, 0, { kind: 'string', bytes: random.pick(STRINGS) });
      return;
    case 4: {
      const foreign = random.pick(listsOf(structuredClone(random.pick(corpus).fields) as Field[]));
      if (foreign.length > 0) list.splice(at, random.below(2), random.pick(foreign));
      return;
    }
    default:
      if (at < list.length) list[at] = mutateField(list[at]!, random);
  }
}

function mutateField(field: Field, random: Random): Field {
  if (field.kind === 'group') return { kind: 'raw', bytes: mutateBytes(encodeFields([field]), random) };
  if (field.kind === 'string' && random.isOnceIn(2)) return { kind: 'string', bytes: random.pick(STRINGS) };
  return { kind: field.kind, bytes: mutateBytes([...field.bytes], random) };
}

function mutateBytes(bytes: number[], random: Random): number[] {
  const at = random.below(bytes.length + 1);
  switch (random.below(6)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random.pick(EDGES);
      return bytes;
    case 2:
      bytes.splice(at, 0, random.isOnceIn(2) ? random.pick(EDGES) : random.below(256));
      return bytes;
    case 3:
      bytes.splice(at, 1 + random.below(3));
      return bytes;
    case 4:
      return bytes.slice(0, at);
    default:
      if (at < bytes.length) bytes[at] = random.below(256);
      return bytes;
  }
}
