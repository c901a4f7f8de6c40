// What Connection and ClientConnection have in common: one side of MQTT over a sequence of network connections, as a pure
// state machine. Bytes and time go in, what to do comes out; it owns no socket, timer or clock. This file is the surface,
// the parts are in connection-*.ts, and what belongs to one side is brought by who extends it. §3, §4

import type { GrowingBytes } from '../bytes/growing-bytes.ts';
import type { AcknowledgementResponse } from './acknowledgement-order.ts';
import { SUCCESS } from './acknowledgement-order.ts';
import { abandon, acknowledge, sendReadyPubrecs } from './connection-acknowledge.ts';
import { endNetwork } from './connection-closing.ts';
import { ConnectionCore, type CoreOptions, type MakeSession } from './connection-core.ts';
import type { ConnectionEvent, ConnectionSink } from './connection-events.ts';
import { EventCollector } from './connection-events.ts';
import type { Halves } from './connection-half.ts';
import type { Limits } from './connection-limits.ts';
import { FrameReceiver } from './connection-receive.ts';
import { sendPacket } from './connection-send.ts';
import type { ConnectionState } from './connection-states.ts';
import { PacketError, UsageError } from './errors.ts';
import type { ListeningSession } from './listening-session.ts';
import type { PacketInput } from './packets/packet.ts';
import type { PacketIdentifierSize, ProtocolVersion } from './wire-format.ts';

/** `S` is what is kept for each outgoing PUBLISH of QoS 1 or 2 until it is settled. */
export abstract class ConnectionSurface<S> {
  protected readonly core: ConnectionCore<S>;
  readonly #receiver: FrameReceiver<S>;

  /** Throws UsageError when session and options do not fit together. */
  protected constructor(options: CoreOptions<S>, halves: Halves, makeSession: MakeSession<S>) {
    this.core = new ConnectionCore<S>(options, halves, makeSession);
    this.#receiver = new FrameReceiver<S>(this.core);
  }

  /** Where packets are written; transmit(start, end) refers to it. An own one is used again by the next call. */
  get writer(): GrowingBytes {
    return this.core.writer;
  }

  get session(): ListeningSession<S> {
    return this.core.requireSession();
  }

  get state(): ConnectionState {
    return this.core.state;
  }

  /** Meaningful once CONNECT was sent or received. */
  get protocolVersion(): ProtocolVersion {
    return this.core.format.protocolVersion;
  }

  get packetIdentifierSize(): PacketIdentifierSize {
    return this.core.format.packetIdentifierSize;
  }

  /** What we announced. */
  get own(): Limits {
    return this.core.own;
  }

  /** When tick() is due; Infinity: never. */
  get deadline(): number {
    const { core } = this;
    if (core.hasReadyPubrec) return 0; // long due
    const resending = core.sending.publishing?.resendDeadline(core) ?? Infinity;
    return Math.min(core.connectDeadline, core.keepAlive.deadline, resending);
  }

  /** There is a network connection: from now a server waits for CONNECT. Needed only with connectTimeoutMs. */
  begin(now: number): void {
    const core = this.core;
    if (core.state === 'idle') core.connectDeadline = now + (core.options.connectTimeoutMs ?? Infinity);
  }

  /** Bytes from the peer, in whatever pieces. Never throws for what they are. */
  receive(bytes: Uint8Array, now: number): ConnectionEvent<S>[];
  receive(bytes: Uint8Array, now: number, sink: ConnectionSink<S>): void;
  receive(bytes: Uint8Array, now: number, sink?: ConnectionSink<S>): ConnectionEvent<S>[] | undefined {
    if (sink === undefined) return this.#collect((collector) => this.receive(bytes, now, collector));
    const core = this.core;
    if (core.isReceiving) throw new UsageError('NOT_ALLOWED', 'receive() was called from within receive()');
    if (core.state === 'closed') return undefined;
    const outer = core.enter(sink, now);
    core.isReceiving = true;
    core.isHeard = false;
    try {
      if (core.hasReadyPubrec) sendReadyPubrecs(core);
      const error = core.framer.receive(bytes, this.#receiver);
      if (error !== undefined) core.fail(error);
      if (core.isHeard || core.receiving.side === 'client') core.keepAlive.lastReceived = now;
    } finally {
      core.isReceiving = false;
      core.leave(outer);
    }
    return undefined;
  }

  /**
   * Sends a packet; assigns the Packet Identifier when it is absent, and returns it when there is a sink (0: none).
   * `stored` is kept for a PUBLISH of QoS 1 or 2 instead of the packet. Throws UsageError, and then nothing has changed.
   */
  send(packet: PacketInput, now: number): ConnectionEvent<S>[];
  send(packet: PacketInput, now: number, sink: ConnectionSink<S>, stored?: S): number;
  send(packet: PacketInput, now: number, sink?: ConnectionSink<S>, stored?: S): ConnectionEvent<S>[] | number {
    if (sink === undefined) return this.#collect((collector) => this.send(packet, now, collector));
    const core = this.core;
    const outer = core.enter(sink, now);
    try {
      return sendPacket(core, packet, stored);
    } finally {
      core.leave(outer);
    }
  }

  /**
   * Answers a received PUBLISH (PUBACK or PUBREC) or PUBREL (PUBCOMP) once it is accepted. Acknowledgements leave in the
   * order of the messages; one given early is kept until its turn. Without a sink the events are returned. When the
   * network connection is gone, only the session is brought up to date. Throws UsageError for an unknown identifier.
   */
  acknowledge(packetIdentifier: number, now: number): ConnectionEvent<S>[];
  acknowledge(
    packetIdentifier: number,
    now: number,
    sink: ConnectionSink<S> | undefined,
    response?: AcknowledgementResponse,
  ): ConnectionEvent<S>[];
  acknowledge(
    packetIdentifier: number,
    now: number,
    sink?: ConnectionSink<S>,
    response?: AcknowledgementResponse,
  ): ConnectionEvent<S>[] {
    const core = this.core;
    const target = sink ?? core.sink;
    if (target === undefined)
      return this.#collect((collector) => this.acknowledge(packetIdentifier, now, collector, response));
    const outer = core.enter(target, now);
    try {
      acknowledge(core, packetIdentifier, response ?? SUCCESS);
    } finally {
      core.leave(outer);
    }
    return NO_EVENTS;
  }

  /**
   * A received PUBLISH of QoS 1 or 2 is not answered on this network connection: the peer sends it again on a later one, and
   * counts it against our Receive Maximum until then. Acknowledgements of the messages behind it do not wait for it. Without
   * effect for an identifier that waits for no answer.
   */
  abandon(packetIdentifier: number, now: number, sink: ConnectionSink<S>): void {
    const { core } = this;
    const outer = core.enter(sink, now);
    try {
      abandon(core, packetIdentifier);
    } finally {
      core.leave(outer);
    }
  }

  /** Does what is due: PINGREQ, or close because the peer is gone or did not connect in time. */
  tick(now: number): ConnectionEvent<S>[];
  tick(now: number, sink: ConnectionSink<S>): void;
  tick(now: number, sink?: ConnectionSink<S>): ConnectionEvent<S>[] | undefined {
    if (sink === undefined) return this.#collect((collector) => this.tick(now, collector));
    const core = this.core;
    const outer = core.enter(sink, now);
    try {
      if (core.hasReadyPubrec) sendReadyPubrecs(core);
      const { publishing } = core.sending;
      if (publishing !== undefined && now >= publishing.resendDeadline(core)) publishing.sendHeld(core);
      if (now >= core.connectDeadline)
        core.close(new PacketError('MAXIMUM_CONNECT_TIME', 'the handshake was not complete in time'));
      else if (core.keepAlive.isPeerGone(now)) this.#giveUp();
      else if (core.keepAlive.isPingDue(now)) sendPacket(core, { type: 'pingreq' }, undefined);
    } finally {
      core.leave(outer);
    }
    return undefined;
  }

  #giveUp(): void {
    const core = this.core;
    const error = new PacketError('KEEP_ALIVE_TIMEOUT', 'nothing was heard of the peer in time', 'MQTT-3.1.2-22'); // [MQTT-3.1.2-22] [MQTT-3.1.2-24@3.1.1]
    if (core.sending.side === 'server') core.fail(error);
    else core.close(error); // a client has no code to say so
  }

  /**
   * The network connection is gone. Half a packet, Topic Aliases and everything else that belongs to it are forgotten; the
   * session stays, unless a client's ends with the connection. The object can be used for the next one.
   */
  end(now: number): ConnectionEvent<S>[];
  end(now: number, sink: ConnectionSink<S>): void;
  end(now: number, sink?: ConnectionSink<S>): ConnectionEvent<S>[] | undefined {
    if (sink === undefined) return this.#collect((collector) => this.end(now, collector));
    const core = this.core;
    const outer = core.enter(sink, now);
    try {
      endNetwork(core);
    } finally {
      core.leave(outer);
    }
    return undefined;
  }

  /** The array form: the events of one call, or of the call around it when there is one. */
  #collect(call: (sink: ConnectionSink<S>) => void): ConnectionEvent<S>[] {
    const outer = this.core.sink;
    const collector = new EventCollector<S>(this.core.writer);
    call(outer ?? collector);
    return collector.events;
  }
}

/** Shared: nothing is allocated for an answer nobody looks at. */
const NO_EVENTS = Object.freeze([]) as readonly never[] as never[];
