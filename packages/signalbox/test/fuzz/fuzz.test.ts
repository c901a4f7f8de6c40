import { describe, expect, it } from 'vitest';
import { readPacket } from '../../src/mqtt/packets/packet.ts';
import { bytes } from '../support/annotated-bytes.ts';
import { readCorpus, readFindings } from './corpus.ts';
import { checkDatagrams, readDatagramCorpus, readDatagramFindings } from './datagram-checks.ts';
import { describeFinding, Fuzzer } from './fuzzer.ts';
import { checkMsip, readMsipCorpus, readMsipFindings } from './msip-checks.ts';
import { checkPacket, checkPublishProperties } from './packet-checks.ts';
import { encodeFields } from './packet-tree.ts';
import { Random } from './random.ts';
import { checkConnection, checkFramer } from './stream-checks.ts';

const corpus = readCorpus();
/** Two to three seconds of a slow machine. */
const ROUNDS = 5000;
const ROLES = ['client', 'server', 'any'] as const;

describe('the corpus', () => {
  it('is valid in each of its versions, and read as the annotations say', () => {
    for (const { name, version, annotated, fields } of corpus) {
      const encoded = Uint8Array.from(encodeFields(fields));
      expect(encoded, name).toEqual(bytes(annotated));
      const format = { protocolVersion: version, packetIdentifierSize: 2 } as const;
      expect(() => readPacket(encoded, 0, encoded.length, format), `${name}, version ${version}`).not.toThrow();
    }
  });

  it('has every packet of every version', () => {
    const kinds = new Set(corpus.map(({ version, fields }) => `${version} ${encodeFields(fields)[0]! >> 4}`));
    expect(kinds.size).toBe(14 + 14 + 15);
  });

  it('passes every check, each packet alone and all in a row', () => {
    for (const { version, fields } of corpus) {
      const encoded = Uint8Array.from(encodeFields(fields));
      checkPacket(encoded, { protocolVersion: version, packetIdentifierSize: 2 });
      for (const role of ROLES) checkConnection(encoded, role, version, new Random(1));
    }
    for (const version of [3, 4, 5] as const) {
      const stream = Uint8Array.from(
        corpus.filter((seed) => seed.version === version).flatMap(({ fields }) => encodeFields(fields)),
      );
      checkFramer(stream, new Random(version));
    }
  });
});

describe('what the fuzzer once found', () => {
  it('stays away', () => {
    for (const { version, hex } of readFindings()) {
      const input = Uint8Array.from(Buffer.from(hex, 'hex'));
      checkPacket(input, { protocolVersion: version, packetIdentifierSize: 2 });
      checkPublishProperties(input);
      checkFramer(input, new Random(1));
      for (const role of ROLES) checkConnection(input, role, version, new Random(1));
    }
  });
});

describe('the corpus of datagrams', () => {
  it('passes every check, and so does what the fuzzer once found', () => {
    for (const input of [...readDatagramCorpus(), ...readDatagramFindings()]) checkDatagrams(input, new Random(1));
  });
});

describe('the corpus of MSIP', () => {
  it('passes every check, alone and all in a row, and so does what the fuzzer once found', () => {
    const corpus = readMsipCorpus();
    const all = Uint8Array.from(Buffer.concat(corpus));
    const random = new Random(1);
    for (const input of [...corpus, all, ...readMsipFindings()]) {
      for (let round = 0; round < 50; round++) checkMsip(input, random);
    }
  });
});

describe('the fuzzer', () => {
  it('finds nothing in a short run; `npm run fuzz` makes a long one', () => {
    const fuzzer = new Fuzzer(1);
    while (fuzzer.rounds < ROUNDS) {
      const finding = fuzzer.run();
      if (finding !== undefined) throw new Error(describeFinding(finding));
    }
    expect(fuzzer.rounds).toBe(ROUNDS);
  }, 60_000);
});
