// UdpEndpoint: the associations behind one UDP socket, in real time (RFC 6951). What is told apart how is the business of
// their host; what messages are for, that of the sinks.

import { createHmac, randomBytes } from 'node:crypto';
import { AssociationClock } from './association-clock.ts';
import type { Association } from './sctp/association.ts';
import type { AssociationSink } from './sctp/association-events.ts';
import { Host, type HostOptions } from './sctp/host.ts';
import { SctpError } from './sctp/sctp-error.ts';
import { formatEndpoint, type UdpPath, UdpSocket } from './udp-socket.ts';

/** The UDP port of SCTP in UDP (RFC 6951, §5.1). */
export const SCTP_UDP_PORT = 9899;

export interface UdpEndpointOptions extends Omit<HostOptions, 'sign' | 'random'> {
  /** An IP address of this machine, or for a client that of the peer. */
  readonly host: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/** The sink of an association that sends by itself: this endpoint does that for it. */
export type UdpSink = Omit<AssociationSink, 'transmit'>;

export interface UdpEndpointHandler {
  accept(association: UdpAssociation): UdpSink;
  /** The system says that nobody takes our packets; clients only. */
  onRefused(error: Error): void;
}

/** An association and where its peer is. */
export class UdpAssociation implements AssociationSink {
  readonly endpoint: UdpEndpoint;
  association!: Association;
  path: UdpPath;
  sink!: UdpSink;

  /** Made by an endpoint only. */
  constructor(endpoint: UdpEndpoint, path: UdpPath) {
    this.endpoint = endpoint;
    this.path = path;
  }

  transmit(packet: Uint8Array): void {
    this.endpoint.socket.send(packet, this.path);
  }
  established(): void {
    this.sink.established();
  }
  message(message: Parameters<AssociationSink['message']>[0]): void {
    this.sink.message(message);
  }
  peerShutdown(): void {
    this.sink.peerShutdown();
  }
  drain(): void {
    this.sink.drain();
  }
  peerError(causes: Parameters<AssociationSink['peerError']>[0]): void {
    this.sink.peerError(causes);
  }
  ended(error: SctpError | undefined): void {
    this.sink.ended(error);
    this.endpoint.onEnded(this.association);
  }
}

export class UdpEndpoint {
  readonly clock = new AssociationClock();
  readonly host: Host<UdpPath>;
  readonly #byAssociation = new Map<Association, UdpAssociation>();
  #socket: UdpSocket | undefined = undefined;
  #isLeft = false;
  readonly #handler: UdpEndpointHandler;

  private constructor(options: UdpEndpointOptions, handler: UdpEndpointHandler) {
    this.#handler = handler;
    const key = randomBytes(32);
    this.host = new Host<UdpPath>(
      {
        ...options,
        sign: (bytes) => createHmac('sha256', key).update(bytes).digest(),
        random: randomUint32,
      },
      {
        transmit: (packet, path) => this.#socket?.send(packet, path),
        accept: (association, path) => {
          const one = this.#add(association, path);
          one.sink = this.#handler.accept(one);
          return one;
        },
        moved: (association, path) => {
          const one = this.#byAssociation.get(association);
          if (one !== undefined) one.path = path;
        },
      },
    );
  }

  /**
   * Binds to an address of this machine when there is a listening port, and otherwise connects to that of the peer.
   * @throws {SctpError} `INVALID_ARGUMENT`; `SOCKET_FAILED`: the system refused the socket.
   */
  static async open(options: UdpEndpointOptions, handler: UdpEndpointHandler): Promise<UdpEndpoint> {
    const endpoint = new UdpEndpoint(options, handler);
    const udpHandler = {
      onPacket: (packet: Uint8Array, path: UdpPath) => endpoint.#onPacket(packet, path),
      onRefused: (error: Error) => handler.onRefused(error),
    };
    const open = options.listeningPort === undefined ? UdpSocket.connect : UdpSocket.bind;
    endpoint.#socket = await open(options, udpHandler).catch((error: Error) => {
      throw new SctpError(
        'SOCKET_FAILED',
        `no socket for ${formatEndpoint(options.host, options.port)}: ${error.message}`,
      );
    });
    return endpoint;
  }

  get socket(): UdpSocket {
    return this.#socket!;
  }

  /** Of a client: begins an association with the peer. Throws as Host.associate(). */
  associate(peerPort: number, sinkOf: (one: UdpAssociation) => UdpSink): UdpAssociation {
    const path = this.socket.remote!;
    const one = new UdpAssociation(this, path);
    one.sink = sinkOf(one);
    const association = this.host.associate({ path, peerPort, sink: one }, this.clock.now());
    one.association = association;
    this.#byAssociation.set(association, one);
    this.clock.touch(association);
    return one;
  }

  /** No new associations from now on; the socket closes when the last one has ended. */
  leave(): void {
    this.host.isListening = false;
    this.#isLeft = true;
    this.#closeIfEmpty();
  }

  onEnded(association: Association): void {
    this.#byAssociation.delete(association);
    this.clock.touch(association);
    this.#closeIfEmpty();
  }

  #closeIfEmpty(): void {
    if (this.#isLeft && this.host.associations === 0) this.socket.close();
  }

  #add(association: Association, path: UdpPath): UdpAssociation {
    const one = new UdpAssociation(this, path);
    one.association = association;
    this.#byAssociation.set(association, one);
    return one;
  }

  #onPacket(packet: Uint8Array, path: UdpPath): void {
    const association = this.host.receive(packet, path, this.clock.now());
    if (association !== undefined) this.clock.touch(association);
  }
}

/** From a stock: a system call for each number would cost more than the number is worth. */
let stock = Buffer.alloc(0);
let used = 0;

function randomUint32(): number {
  if (used + 4 > stock.length) {
    stock = randomBytes(1024);
    used = 0;
  }
  used += 4;
  return stock.readUInt32LE(used - 4);
}
