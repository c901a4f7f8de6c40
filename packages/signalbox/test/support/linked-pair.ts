// A client and a server Connection over a virtual link, one byte at a time: what each sends is noted in words, and what
// each does with a packet is up to the test. Reconnecting makes a new link and a new server Connection, as in life.

import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import type { Packet, PacketInput } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import { Session } from '../../src/mqtt/session.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { splitPackets } from './dialogue.ts';
import { VirtualClock, VirtualLink, type VirtualLinkEnd } from './virtual-link.ts';

export type OnPacket = (packet: Packet, party: Party) => void;

export class Party {
  readonly name: string;
  readonly connection: Connection;
  /** What its owner was given, in words. */
  readonly received: string[] = [];
  onPacket: OnPacket = () => {};
  readonly #end: VirtualLinkEnd;
  readonly #clock: VirtualClock;
  readonly #onSent: (packet: Packet, party: Party) => void;

  constructor(
    name: string,
    connection: Connection,
    link: { readonly end: VirtualLinkEnd; readonly clock: VirtualClock; readonly onSent: OnPacket },
  ) {
    this.name = name;
    this.connection = connection;
    this.#end = link.end;
    this.#clock = link.clock;
    this.#onSent = link.onSent;
    link.end.onBytes = (bytes) => this.#perform(connection.receive(bytes, this.#clock.now));
    link.end.onCut = () => this.#perform(connection.end(this.#clock.now));
  }

  send(packet: PacketInput): void {
    this.#perform(this.connection.send(packet, this.#clock.now));
  }

  acknowledge(packetIdentifier: number, reasonCode = 0): void {
    this.#perform(this.connection.acknowledge(packetIdentifier, this.#clock.now, undefined, { reasonCode }));
  }

  #perform(events: ConnectionEvent<PublishInput>[]): void {
    const { protocolVersion, packetIdentifierSize } = this.connection;
    for (const event of events) {
      if (event.type === 'transmit') {
        const format = { protocolVersion: protocolVersion ?? 5, packetIdentifierSize };
        for (const packet of splitPackets(event.bytes, format)) this.#onSent(packet, this);
        this.#end.send(event.bytes);
      } else if (event.type === 'packet') {
        this.received.push(inWords(event.packet));
        this.onPacket(event.packet, this);
      }
    }
  }
}

export class LinkedPair {
  readonly clock = new VirtualClock();
  /** What was sent, in order: `client: publish 1`; a second sending is `publish 1 again`. */
  readonly log: string[] = [];
  readonly protocolVersion: ProtocolVersion;
  client!: Party;
  server!: Party;
  #link: VirtualLink | undefined = undefined;
  readonly #client: Connection;
  readonly #session = new Session();
  #isKnown = false;

  constructor(protocolVersion: ProtocolVersion) {
    this.protocolVersion = protocolVersion;
    this.#client = new Connection({ role: 'client', protocolVersion });
    this.connect();
  }

  /** A network connection with CONNECT and CONNACK; the session of the last one goes on. */
  connect(): void {
    const link = new VirtualLink(this.clock, { pieceSize: () => 1 });
    this.#link = link;
    const onSent: OnPacket = (packet, { name }) => this.log.push(`${name}: ${inWords(packet)}`);
    const server = new Connection({ role: 'server' });
    this.client = new Party('client', this.#client, { end: link.client, clock: this.clock, onSent });
    this.server = new Party('server', server, { end: link.server, clock: this.clock, onSent });
    this.server.onPacket = (packet, party) => {
      if (packet.type !== 'connect') return;
      server.attach(this.#session);
      party.send({ type: 'connack', sessionPresent: this.#isKnown });
      this.#isKnown = true;
    };
    const properties = this.protocolVersion === 5 ? { sessionExpiryInterval: 1000 } : {};
    this.client.send({ type: 'connect', clientId: 'c', cleanStart: false, properties });
    this.clock.settle();
  }

  cut(): void {
    this.#link?.cut();
    this.clock.settle();
  }

  /** What was sent since the last call, without the connecting. */
  takeLog(): string[] {
    return this.log.splice(0).filter((line) => !/: conn(ect|ack)$/.test(line));
  }

  /** Sends, and waits until nothing moves any more; answers what was sent by both. */
  run(...actions: (() => void)[]): string[] {
    this.takeLog();
    for (const action of actions) action();
    this.clock.settle();
    return this.takeLog();
  }
}

/** `publish 7`, `publish 7 again`, `puback 7 0x97`. */
export function inWords(packet: Packet): string {
  const words: string[] = [packet.type];
  if ('packetIdentifier' in packet && packet.packetIdentifier !== 0) words.push(String(packet.packetIdentifier));
  if (packet.type === 'publish' && packet.duplicate) words.push('again');
  if ('reasonCode' in packet && packet.reasonCode !== 0) words.push(`0x${packet.reasonCode.toString(16)}`);
  return words.join(' ');
}

/** Acknowledges every message at once. */
export const acknowledging: OnPacket = (packet, party) => {
  if (packet.type === 'publish' && packet.qos > 0) party.acknowledge(packet.packetIdentifier);
  else if (packet.type === 'pubrel') party.acknowledge(packet.packetIdentifier);
};
