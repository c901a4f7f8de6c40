// The corpus, what was once found, and a short run; `node tools/run.mjs packages/sctp/test/fuzz/dtls-run.ts` makes a long one.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomBySeed } from '../support/random-by-seed.ts';
import { checkChain, checkConversation, checkDatagram } from './dtls-checks.ts';
import { mutated } from './dtls-mutation.ts';

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`corpus/${name}.json`, import.meta.url), 'utf8'));
}

const DATAGRAMS = (read('dtls-datagrams') as string[]).map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
const FINDINGS = read('dtls-findings') as { readonly conversations: readonly number[] };

/** Some two seconds of a slow machine each. */
const CONVERSATIONS = 150;
const MUTATIONS = 6000;
const CHAINS = 3000;

describe('the corpus', () => {
  it('is a whole handshake of each kind, and everybody can read it', () => {
    expect(DATAGRAMS.length).toBeGreaterThan(9);
    for (const datagram of DATAGRAMS) checkDatagram(datagram);
  });

  it('what was once found stays away', () => {
    for (const seed of FINDINGS.conversations) checkConversation(seed);
  });
});

describe('a short run finds nothing', () => {
  it('in conversations over a network that does anything', () => {
    for (let seed = 1; seed <= CONVERSATIONS; seed++) checkConversation(seed);
  });

  it('in datagrams with changes', () => {
    const random = randomBySeed(1);
    for (let count = 0; count < MUTATIONS; count++) {
      let datagram: Uint8Array = DATAGRAMS[count % DATAGRAMS.length]!;
      for (let times = 0; times <= count % 3 && datagram.length > 0; times++)
        datagram = mutated(datagram, DATAGRAMS, random);
      checkDatagram(datagram);
    }
  });

  it('in chains with changes', () => {
    for (let seed = 1; seed <= CHAINS; seed++) checkChain(seed);
  });
});
