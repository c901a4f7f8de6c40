// What must hold for any bytes taken as a stream: however it is cut, the framer finds the same packets and the same error,
// and a Connection does and says the same. A Connection never throws for what its peer sends.

import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionSink } from '../../src/mqtt/connection-events.ts';
import { type PacketError, UsageError } from '../../src/mqtt/errors.ts';
import { Framer } from '../../src/mqtt/framer.ts';
import type { Packet, PacketInput } from '../../src/mqtt/packets/packet.ts';
import { writePacket } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import type { PublishView } from '../../src/mqtt/publish-view.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { canonical } from './canonical.ts';
import { expectSame } from './packet-checks.ts';
import type { Random } from './random.ts';

/** Cuts a stream into chunks with memory of their own, which are overwritten after use. */
function feed(stream: Uint8Array, sizes: () => number, take: (chunk: Uint8Array) => void): void {
  for (let at = 0; at < stream.length; ) {
    const chunk = stream.slice(at, at + sizes());
    at += chunk.length;
    take(chunk);
    chunk.fill(0xee);
  }
}

function cutters(stream: Uint8Array, random: Random): (() => number)[] {
  return [() => stream.length, () => 1, () => 1 + random.below(random.isOnceIn(3) ? 9 : 40)];
}

export function checkFramer(stream: Uint8Array, random: Random): void {
  const maximumPacketSize = random.isOnceIn(4) ? 2 + random.below(stream.length + 1) : 65_536;
  const outcomes = cutters(stream, random).map((sizes) => {
    const found: string[] = [];
    const framer = new Framer({ maximumPacketSize });
    const handler = {
      frame(buffer: Uint8Array, start: number, bodyStart: number, end: number): boolean {
        found.push(`${bodyStart - start} ${canonical(buffer.subarray(start, end))}`);
        return true;
      },
    };
    feed(stream, sizes, (chunk) => {
      const error = framer.receive(chunk, handler);
      if (error !== undefined) found.push(canonical(error));
    });
    return `${found.join('\n')} ${framer.pendingBytes}`;
  });
  for (const outcome of outcomes) expectSame('the framer depends on the chunks', outcome, outcomes[0]!);
}

/** An owner that answers everything at once and writes down all it is told. */
class Owner implements ConnectionSink<PublishInput> {
  readonly connection: Connection;
  readonly log: string[] = [];
  #unsent = '';

  constructor(connection: Connection) {
    this.connection = connection;
  }

  transmit(start: number, end: number): void {
    this.#unsent += Buffer.from(this.connection.writer.bytes.subarray(start, end)).toString('hex');
  }

  publish(view: PublishView): void {
    this.#note(canonical(view.toPacket()));
    if (view.qos > 0) this.#acknowledge(view.packetIdentifier);
  }

  packet(packet: Packet): void {
    this.#note(canonical(packet));
    const answer = answerTo(packet);
    if (answer !== undefined) this.send(answer);
  }

  settled(packetIdentifier: number, reasonCode: number, stored: PublishInput | undefined): void {
    this.#note(`settled ${packetIdentifier} ${reasonCode} ${canonical(stored)}`);
  }

  released(packetIdentifier: number): void {
    this.#note(`released ${packetIdentifier}`);
    this.#acknowledge(packetIdentifier);
  }

  dropped(stored: PublishInput, reason: string): void {
    this.#note(`dropped ${reason} ${canonical(stored)}`);
  }

  close(error: PacketError | undefined): void {
    this.#note(`close ${canonical(error)}`);
  }

  /** What was transmitted since the last note is one entry, in however many pieces it came. */
  flush(): void {
    if (this.#unsent !== '') this.log.push(`transmit ${this.#unsent}`);
    this.#unsent = '';
  }

  send(packet: PacketInput): void {
    this.#try(() => this.connection.send(packet, NOW, this));
  }

  #note(entry: string): void {
    this.flush();
    this.log.push(entry);
  }

  #acknowledge(packetIdentifier: number): void {
    this.#try(() => this.connection.acknowledge(packetIdentifier, NOW, this));
  }

  /** The owner of a connection may come too late: that is said to it, and only to it. */
  #try(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#note(canonical(error));
    }
  }
}

const NOW = 1000;

function answerTo(packet: Packet): PacketInput | undefined {
  switch (packet.type) {
    case 'connect': {
      const method = packet.properties.authenticationMethod;
      const properties = {
        topicAliasMaximum: 3,
        receiveMaximum: 4,
        ...(packet.clientId === '' ? { assignedClientIdentifier: 'given' } : {}),
        ...(method === undefined ? {} : { authenticationMethod: method }),
      };
      return { type: 'connack', ...(packet.protocolVersion === 5 ? { properties } : {}) };
    }
    case 'subscribe':
      return {
        type: 'suback',
        packetIdentifier: packet.packetIdentifier,
        reasonCodes: packet.subscriptions.map(({ qos }) => qos),
      };
    case 'unsubscribe':
      return {
        type: 'unsuback',
        packetIdentifier: packet.packetIdentifier,
        reasonCodes: packet.topicFilters.map(() => 0),
      };
    default:
      return undefined;
  }
}

export type Role = 'client' | 'server' | 'any';

/** The stream is what the peer sends; the handshake before it is done here, except for `any`. */
export function checkConnection(stream: Uint8Array, role: Role, version: ProtocolVersion, random: Random): void {
  const outcomes = cutters(stream, random).map((sizes) => {
    const owner = new Owner(new Connection({ role }));
    const receive = (chunk: Uint8Array): void => owner.connection.receive(chunk, NOW, owner);
    open(owner, role, version, receive);
    feed(stream, sizes, receive);
    owner.flush();
    owner.connection.end(NOW, owner);
    expectFresh(owner, role);
    return owner.log.join('\n');
  });
  for (const outcome of outcomes) expectSame(`a connection (${role}) depends on the chunks`, outcome, outcomes[0]!);
}

function open(owner: Owner, role: Role, protocolVersion: ProtocolVersion, receive: (chunk: Uint8Array) => void): void {
  const format = { protocolVersion, packetIdentifierSize: 2 } as const;
  if (role === 'server') receive(writePacket({ type: 'connect', protocolVersion, clientId: 'c' }, format));
  if (role !== 'client') return;
  owner.send({ type: 'connect', protocolVersion, clientId: 'c' });
  const properties = { topicAliasMaximum: 2, receiveMaximum: 3 };
  receive(writePacket({ type: 'connack', ...(protocolVersion === 5 ? { properties } : {}) }, format));
  // Packet Identifiers 1 to 4 are the ones the corpus answers.
  owner.send({ type: 'publish', topicName: 'a', qos: 1, payload: '1' });
  owner.send({ type: 'publish', topicName: 'a', qos: 2, payload: '2' });
  owner.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'a/#', qos: 1 }] });
  owner.send({ type: 'unsubscribe', topicFilters: ['b'] });
}

/** Nothing of one network connection is left in the next. */
function expectFresh(owner: Owner, role: Role): void {
  const before = owner.log.length;
  const format = { protocolVersion: 4, packetIdentifierSize: 2 } as const;
  if (role === 'client') owner.send({ type: 'connect', protocolVersion: 4, clientId: 'c' });
  else
    owner.connection.receive(writePacket({ type: 'connect', protocolVersion: 4, clientId: 'n' }, format), NOW, owner);
  owner.flush();
  const said = owner.log.slice(before).join('\n');
  const expected = role === 'client' ? /^(dropped.*\n)*transmit 10/ : /clientId: "n".*\n(?:.*\n)*transmit 20020000/;
  if (!expected.test(said)) throw new Error(`the next network connection does not begin afresh:\n${said}`);
  owner.connection.end(NOW, owner);
}
