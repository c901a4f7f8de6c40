// A Connection and, on the other side, a peer made of nothing but packets: tests say what the peer sends and look at what
// the Connection made of it. No link and no clock of its own: that is virtual-link.ts.

import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';
import type { ConnectionOptions } from '../../src/mqtt/connection-options.ts';
import type { PacketError } from '../../src/mqtt/errors.ts';
import type { ConnackInput } from '../../src/mqtt/packets/connack.ts';
import type { ConnectInput } from '../../src/mqtt/packets/connect.ts';
import { type Packet, type PacketInput, readPacket, writePacket } from '../../src/mqtt/packets/packet.ts';
import type { PublishInput } from '../../src/mqtt/packets/publish.ts';
import type { PacketIdentifierSize, ProtocolVersion, WireFormat } from '../../src/mqtt/wire-format.ts';
import { bytes, hex } from './annotated-bytes.ts';

export type Events = ConnectionEvent<PublishInput>[];

export class Dialogue {
  readonly connection: Connection;
  readonly format: WireFormat;
  now = 1000;

  constructor(options: ConnectionOptions<PublishInput>, protocolVersion: ProtocolVersion) {
    this.connection = new Connection(options);
    const packetIdentifierSize: PacketIdentifierSize = this.connection.packetIdentifierSize;
    this.format = { protocolVersion, packetIdentifierSize };
  }

  /** The peer sends this: a packet, bytes, or annotated hex. */
  receive(...packets: (PacketInput | Uint8Array | string)[]): Events {
    return packets.flatMap((packet) => this.connection.receive(this.write(packet), this.now));
  }

  write(packet: PacketInput | Uint8Array | string): Uint8Array {
    if (packet instanceof Uint8Array) return packet;
    return typeof packet === 'string' ? bytes(packet) : writePacket(packet, this.format);
  }

  send(packet: PacketInput): Events {
    return this.connection.send(packet, this.now);
  }

  acknowledge(packetIdentifier: number, reasonCode?: number): Events {
    return this.connection.acknowledge(
      packetIdentifier,
      this.now,
      undefined,
      reasonCode === undefined ? undefined : { reasonCode },
    );
  }

  tick(now: number): Events {
    this.now = now;
    return this.connection.tick(now);
  }

  end(): Events {
    return this.connection.end(this.now);
  }

  /** What was transmitted, as packets. */
  sent(events: Events): Packet[] {
    return events.flatMap((event) => (event.type === 'transmit' ? splitPackets(event.bytes, this.format) : []));
  }
}

export function splitPackets(stream: Uint8Array, format: WireFormat): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < stream.length; ) {
    let end = at + 1;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = stream[end++]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    end += length;
    packets.push(readPacket(stream, at, end, format));
    at = end;
  }
  return packets;
}

/** What was transmitted, as hex. */
export function sentHex(events: Events): string {
  return events.flatMap((event) => (event.type === 'transmit' ? [hex(event.bytes)] : [])).join(' ');
}

/** What the owner was given. */
export function got(events: Events): Packet[] {
  return events.flatMap((event) => (event.type === 'packet' ? [event.packet] : []));
}

export function gotTypes(events: Events): string[] {
  return got(events).map(({ type }) => type);
}

/** How the connection was closed: the error, undefined for a normal end, 'open' when it was not. */
export function closing(events: Events): PacketError | undefined | 'open' {
  const close = events.find((event) => event.type === 'close');
  return close === undefined ? 'open' : close.error;
}

export type ServerOptions = Partial<ConnectionOptions<PublishInput>> & {
  readonly version?: ProtocolVersion;
  readonly connect?: Partial<ConnectInput>;
  readonly connack?: Partial<ConnackInput>;
};

/** A server which a client has connected to. */
export function connectedServer({ version = 5, connect = {}, connack = {}, ...options }: ServerOptions = {}): Dialogue {
  const server = new Dialogue({ role: 'server', ...options }, version);
  server.receive({ type: 'connect', protocolVersion: version, clientId: 'c', ...connect });
  server.send({ type: 'connack', ...connack });
  return server;
}

/** A client which is connected to a server. */
export function connectedClient({ version = 5, connect = {}, connack = {}, ...options }: ServerOptions = {}): Dialogue {
  const client = new Dialogue({ role: 'client', protocolVersion: version, ...options }, version);
  client.send({ type: 'connect', clientId: 'c', ...connect });
  client.receive({ type: 'connack', ...connack });
  return client;
}

/** The client's next network connection, on the same Connection. */
export function reconnect(
  client: Dialogue,
  connack: Partial<ConnackInput> = {},
  connect: Partial<ConnectInput> = {},
): Events {
  client.send({ type: 'connect', clientId: 'c', cleanStart: false, properties: lasting(client), ...connect });
  return client.receive({ type: 'connack', sessionPresent: true, ...connack });
}

/** A session that outlives its connection, in each version. */
export function lasting(client: Dialogue): { sessionExpiryInterval?: number } {
  return client.format.protocolVersion === 5 ? { sessionExpiryInterval: 1000 } : {};
}

/** A connected client whose session outlives the connection. */
export function lastingClient(options: ServerOptions = {}): Dialogue {
  const properties =
    (options.version ?? 5) === 5 ? { sessionExpiryInterval: 1000, ...options.connect?.properties } : {};
  return connectedClient({ ...options, connect: { cleanStart: false, ...options.connect, properties } });
}

export function publish(packetIdentifier: number, qos: 0 | 1 | 2, more: Partial<PublishInput> = {}): PublishInput {
  return { type: 'publish', topicName: 't', payload: 'p', qos, packetIdentifier, ...more };
}
