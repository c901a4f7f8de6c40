// Runs mutated packets and streams through every check. What it does depends on the seed alone, so a finding is repeated
// by the same seed, and shown as hex for corpus/findings.json, those of datagrams and MSIP for the ones in their folders.

import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { readCorpus, type Seed } from './corpus.ts';
import { anyDatagrams, checkDatagrams, readDatagramCorpus } from './datagram-checks.ts';
import { anyMsip, checkMsip, readMsipCorpus } from './msip-checks.ts';
import { mutatePacket, mutateProperties } from './mutation.ts';
import { checkPacket, checkPublishProperties } from './packet-checks.ts';
import { encodeFields } from './packet-tree.ts';
import { Random } from './random.ts';
import { checkConnection, checkFramer, type Role } from './stream-checks.ts';

const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5];
const ROLES: readonly Role[] = ['client', 'server', 'any'];

/** Packet types that come from the peer behind the handshake; `any` has none behind it. */
const RECEIVED: Readonly<Record<Role, readonly number[]>> = {
  client: [3, 4, 5, 6, 7, 9, 11, 13, 14, 15],
  server: [3, 4, 5, 6, 7, 8, 10, 12, 14, 15],
  any: [3, 4, 5, 6, 7, 8, 10, 12, 14, 15],
};
const CONNECT = [1];

function firstByteOf(seed: Seed): number {
  return encodeFields(seed.fields)[0]!;
}

export interface FuzzFinding {
  readonly seed: number;
  readonly round: number;
  readonly check: string;
  readonly version: ProtocolVersion;
  readonly hex: string;
  readonly problem: string;
}

export class Fuzzer {
  readonly seed: number;
  readonly #corpus: readonly Seed[];
  readonly #datagrams: readonly Uint8Array[];
  readonly #msip: readonly Uint8Array[];
  #round: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#corpus = readCorpus();
    this.#datagrams = readDatagramCorpus();
    this.#msip = readMsipCorpus();
    this.#round = 0;
  }

  /** Rounds run so far. */
  get rounds(): number {
    return this.#round;
  }

  /** One round: a mutated packet through the packet checks, a few of them as a stream through the rest. */
  run(): FuzzFinding | undefined {
    const round = this.#round++;
    const random = new Random(Math.imul(this.seed, 0x9e37_79b1) + round);
    const version = random.pick(VERSIONS);
    const packetIdentifierSize = random.isOnceIn(8) ? 4 : 2;
    const packet = mutatePacket(this.#seed(version, random), this.#corpus, random);
    const properties = mutateProperties(random);
    const role = random.pick(ROLES);
    const stream = this.#stream(version, role, random);
    const datagrams = anyDatagrams(this.#datagrams, random);
    const msip = anyMsip(this.#msip, random);
    return (
      this.#try('packet', version, packet, () =>
        checkPacket(packet, { protocolVersion: version, packetIdentifierSize }),
      ) ??
      this.#try('properties', version, properties, () => checkPublishProperties(properties)) ??
      this.#try('framer', version, stream, () => checkFramer(stream, random)) ??
      this.#try(role, version, stream, () => checkConnection(stream, role, version, random)) ??
      this.#try('datagram', version, datagrams, () => checkDatagrams(datagrams, random)) ??
      this.#try('msip', version, msip, () => checkMsip(msip, random))
    );
  }

  /** Mostly of this version. */
  #seed(version: ProtocolVersion, random: Random): Seed {
    for (;;) {
      const seed = random.pick(this.#corpus);
      if (seed.version === version || random.isOnceIn(20)) return seed;
    }
  }

  /** Mostly packets that come to this role, and most of them as they are: one that closes ends the stream. */
  #stream(version: ProtocolVersion, role: Role, random: Random): Uint8Array {
    const packets: Uint8Array[] = [];
    for (let count = 1 + random.below(8); count > 0; ) {
      const seed = this.#seed(version, random);
      const expected = role === 'any' && packets.length === 0 ? CONNECT : RECEIVED[role];
      if (!expected.includes(firstByteOf(seed) >> 4) && !random.isOnceIn(20)) continue;
      count--;
      packets.push(
        random.isOnceIn(3) ? mutatePacket(seed, this.#corpus, random) : Uint8Array.from(encodeFields(seed.fields)),
      );
    }
    return Uint8Array.from(Buffer.concat(packets));
  }

  #try(check: string, version: ProtocolVersion, bytes: Uint8Array, call: () => void): FuzzFinding | undefined {
    try {
      call();
      return undefined;
    } catch (error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const hex = Buffer.from(bytes).toString('hex');
      return { seed: this.seed, round: this.#round - 1, check, version, hex, problem };
    }
  }
}

export function describeFinding({ seed, round, check, version, hex, problem }: FuzzFinding): string {
  return `seed ${seed}, round ${round}, ${check}, protocol version ${version}\n${hex}\n${problem}`;
}
