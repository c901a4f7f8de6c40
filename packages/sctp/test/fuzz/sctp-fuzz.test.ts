// What was once found, the corpus, and a short run; `node tools/run.mjs packages/sctp/test/fuzz/sctp-run.ts` makes a long one.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HandPeer } from '../support/hand-peer.ts';
import { seeded } from '../support/virtual-network.ts';
import { checkHostilePeer, checkStrangers } from './sctp-checks.ts';
import { mutated } from './sctp-mutation.ts';

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`corpus/${name}.json`, import.meta.url), 'utf8'));
}

const PACKETS = (read('sctp-packets') as string[]).map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
const FINDINGS = read('sctp-findings') as { readonly strangers: number[]; readonly hostile: number[] };

it('what was once found stays away', () => {
  for (const seed of FINDINGS.strangers) checkStrangers(seed);
  for (const seed of FINDINGS.hostile) checkHostilePeer(seed);
});

describe('a short run finds nothing', () => {
  it('by strangers', () => {
    for (let seed = 1; seed <= 60; seed++) checkStrangers(seed);
  });

  it('by peers that do anything', () => {
    for (let seed = 1; seed <= 120; seed++) checkHostilePeer(seed);
  });

  it('in packets of the corpus, changed, with the right tag', () => {
    expect(PACKETS.length).toBeGreaterThan(12);
    const random = seeded(5);
    for (let count = 0; count < 4000; count++) {
      const peer = new HandPeer();
      peer.associate();
      const packet = mutated(PACKETS[count % PACKETS.length]!, PACKETS, random);
      packet.writeUInt16BE(6000, 0);
      packet.writeUInt16BE(5000, 2);
      packet.writeUInt32BE(packet[12] === 1 ? 0 : peer.nodeTag, 4);
      peer.sayBytes(mutated(packet, PACKETS, () => 1 + 8 * random()));
    }
  });
});
