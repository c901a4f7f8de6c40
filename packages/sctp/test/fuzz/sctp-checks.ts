// What has to hold whatever comes: strangers who see nothing cannot harm an association, and a peer that does anything
// harms nobody but its own association, and costs no more than its limits.

import { deepEqual, ok } from 'node:assert/strict';
import { Network, type Party, seeded } from '../support/virtual-network.ts';
import { mutated, sealed } from './sctp-mutation.ts';

const LIMITS = {
  receiveWindow: 20_000,
  maximumMessageSize: 50_000,
  sendBuffer: 1_000_000,
  maximumOutOfOrderChunks: 50,
};

interface Conversation {
  readonly network: Network;
  readonly parties: readonly [Party, Party];
  readonly random: () => number;
  /** Everything that was sent so far. */
  readonly packets: Uint8Array[];
}

function begin(seed: number): Conversation {
  const random = seeded(seed + 1000);
  const network = new Network({
    seed,
    loss: random() % 10,
    duplication: random() % 5,
    reordering: random() % 10,
    latencyMs: random() % 30,
  });
  const [a, b] = network.pair(LIMITS);
  const packets: Uint8Array[] = [];
  network.filter = (packet, { from, to }) => {
    if (packets.length < 300 && from !== 'w' && to !== 'w') packets.push(packet.slice());
    return true;
  };
  const client = a.connect('b');
  ok(
    network.run(() => client.events.length === 1 && b.accepted.length === 1, 60_000),
    'no handshake',
  );
  return { network, parties: [client, b.accepted[0]!], random, packets };
}

function sendSome(party: Party, random: () => number, from: number): number {
  const count = random() % 20;
  for (let number = from; number < from + count; number++) {
    const size = random() % 10 === 0 ? 1 + (random() % 20_000) : 1 + (random() % 300);
    party.send(new Uint8Array(size).fill(number), { ppid: number, stream: random() % 3 });
  }
  return count;
}

/** In the name of either peer: wrong tags, old packets of others, INIT and cookies nobody asked for, garbage. */
function strangerPacket({ packets, random }: Conversation): Buffer {
  const original = packets[random() % packets.length]!;
  const packet = random() % 2 === 0 ? Buffer.from(original) : mutated(original, packets, random);
  if (packet.length < 16) return packet;
  const isInit = packet[12] === 1 && random() % 2 === 0;
  packet.writeUInt32BE(isInit ? 0 : random(), 4);
  if (isInit && packet.length >= 20) packet.writeUInt32BE(random(), 16);
  // A cookie of this association is nothing a stranger has.
  if (packet[12] === 10) packet[packet.length - 1]! ^= 1;
  return random() % 8 === 0 ? packet : sealed(packet);
}

/** Strangers at work for the whole of a conversation: every message comes once, in order, and it ends well. */
export function checkStrangers(seed: number): void {
  const conversation = begin(seed);
  const { network, parties, random } = conversation;
  const sent = [0, 0];
  for (let round = 0; round < 12; round++) {
    for (const side of [0, 1] as const) {
      sent[side]! += sendSome(parties[side], random, sent[side]!);
      if (random() % 4 === 0) parties[side].isPaused = true;
      else if (parties[side].isPaused) parties[side].resume();
    }
    for (let count = random() % 30; count > 0; count--) {
      const [from, to] = random() % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      network.nodes.get(to!)!.receive(strangerPacket(conversation), random() % 3 === 0 ? 'x' : from!);
    }
    network.run(undefined, random() % 300);
  }
  for (const party of parties) party.resume();
  const isThrough = (): boolean => parties.every((party, side) => party.messages.length === sent[1 - side]);
  ok(network.run(isThrough, 600_000), 'messages are missing');
  for (const party of parties) {
    for (const stream of [0, 1, 2]) {
      const numbers = party.messages.filter((one) => one.streamIdentifier === stream).map(({ ppid }) => ppid);
      deepEqual(
        numbers,
        numbers.toSorted((x, y) => x - y),
      );
    }
    for (const { bytes, ppid } of party.messages)
      ok(
        bytes.every((byte) => byte === (ppid & 255)),
        'other bytes',
      );
  }
  parties[0].shutdown();
  network.run(() => parties.every(({ association }) => association.state === 'ended'), 600_000);
  deepEqual(
    parties.map(({ error }) => error),
    [undefined, undefined],
  );
}

/** A peer that knows the tags and does anything: nothing throws, nothing spins, and another association goes on. */
export function checkHostilePeer(seed: number): void {
  const conversation = begin(seed);
  const { network, parties, random, packets } = conversation;
  const witness = network.add('w', { limits: LIMITS }).connect('b');
  ok(
    network.run(() => witness.events.length === 1, 60_000),
    'no second association',
  );
  const served = network.nodes.get('b')!.accepted.at(-1)!;
  for (let round = 0; round < 10; round++) {
    for (const party of parties) {
      if (party.association.state === 'established') sendSome(party, random, 0);
      if (random() % 4 === 0) party.isPaused = !party.isPaused;
    }
    for (let count = random() % 30; count > 0; count--) {
      const packet = mutated(packets[random() % packets.length]!, packets, random);
      const [from, to] = random() % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      network.nodes.get(to!)!.receive(packet, from!);
    }
    network.run(undefined, random() % 2000);
    if (random() % 10 === 0) parties[random() % 2]!.shutdown();
  }
  for (const { unconsumed } of parties)
    ok(unconsumed <= LIMITS.receiveWindow + LIMITS.maximumMessageSize, 'above the window');
  witness.send(Uint8Array.of(1));
  ok(
    network.run(() => served.messages.length === 1, 60_000),
    'the other association was harmed',
  );
  for (const party of parties) if (party.association.state !== 'ended') party.abort();
  network.run(undefined, 1000);
  deepEqual(network.nodes.get('a')!.host.associations, 0);
}
