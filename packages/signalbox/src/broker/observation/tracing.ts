/**
 * Watching the packets of one client, or of one Topic Filter, both ways, while somebody wants to. Nobody who is not watched
 * pays more than a look at a field that is undefined. It must not change what it sees.
 */
import { INCOMPLETE_INTEGER, readVariableByteInteger } from '../../bytes/variable-byte-integer.ts';
import { UsageError } from '../../mqtt/errors.ts';
import { type Packet, readPacket } from '../../mqtt/packets/packet.ts';
import { isTopicFilter, matches } from '../../mqtt/topics.ts';
import type { Frame } from '../../msip/frame.ts';
import { readFrame } from '../../msip/read-frame.ts';
import { type Link, MSIP_VERSION } from '../connection/link.ts';
import type { Exchange } from '../exchange.ts';

export interface TraceOptions {
  /** Packets, and frames of MSIP, of this client alone. */
  readonly clientId?: string;
  /** PUBLISH (of MSIP also EVENT) alone, whose Topic Name matches. */
  readonly topicFilter?: string;
  /** Packets a second; what is more is counted, not shown. Default 1,000: more than a person reads, less than a broker feels. */
  readonly limit?: number;
}

interface TracedHead {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Empty before CONNECT or HELLO. */
  readonly clientId: string;
  readonly remoteAddress: string;
  /** As the broker sees it. */
  readonly direction: 'received' | 'sent';
  /** How many packets were left out since the last one that was shown. */
  readonly leftOut: number;
}

/** What passed. Its bytes are valid until the listener returns. */
type Traced =
  | { readonly protocol: 'mqtt'; readonly packet: Packet }
  | { readonly protocol: 'msip'; readonly packet: Frame };

export type TracedPacket = TracedHead & Traced;

export type TraceListener = (traced: TracedPacket) => void;

const DEFAULT_LIMIT = 1_000;
/** Each of them looks at every packet. */
const MOST_TRACES = 16;

class Trace {
  readonly #options: TraceOptions;
  readonly #listener: TraceListener;
  readonly #limit: number;
  #second = 0;
  #shown = 0;
  #leftOut = 0;

  constructor(options: TraceOptions, listener: TraceListener) {
    this.#options = options;
    this.#listener = listener;
    this.#limit = options.limit ?? DEFAULT_LIMIT;
  }

  concerns(clientId: string, topicName: string | undefined): boolean {
    const { clientId: wanted, topicFilter } = this.#options;
    if (wanted !== undefined && wanted !== clientId) return false;
    return topicFilter === undefined || (topicName !== undefined && matches(topicFilter, topicName));
  }

  show(seen: Omit<TracedHead, 'leftOut'> & Traced): void {
    const second = Math.floor(seen.at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#shown = 0;
    }
    if (this.#shown >= this.#limit) {
      this.#leftOut++;
      return;
    }
    this.#shown++;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#listener({ ...seen, leftOut });
  }
}

export class Tracing {
  readonly #exchange: Exchange;
  readonly #traces = new Set<Trace>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get size(): number {
    return this.#traces.size;
  }

  /** Answers a function that ends it. Throws UsageError on an option that is none, and when there are too many traces. */
  add(options: TraceOptions, listener: TraceListener): () => void {
    const { topicFilter, limit = DEFAULT_LIMIT } = options;
    if (topicFilter !== undefined && !isTopicFilter(topicFilter)) {
      throw new UsageError('INVALID_TOPIC_FILTER', `${topicFilter} is no Topic Filter`);
    }
    if (!Number.isInteger(limit) || limit < 1) throw new UsageError('INVALID_ARGUMENT', 'limit must be at least 1');
    if (this.#traces.size >= MOST_TRACES) throw new UsageError('NOT_ALLOWED', `${MOST_TRACES} traces run already`);
    const trace = new Trace(options, listener);
    this.#traces.add(trace);
    return () => {
      this.#traces.delete(trace);
    };
  }

  onReceived(link: Link, packet: Packet): void {
    this.#show(link, 'received', { protocol: 'mqtt', packet });
  }

  onFrameReceived(link: Link, packet: Frame): void {
    this.#show(link, 'received', { protocol: 'msip', packet });
  }

  /** `topicName`: of a PUBLISH that may have a Topic Alias in its place. */
  onSent(link: Link, range: { readonly start: number; readonly end: number }, topicName?: string): void {
    const { bytes } = this.#exchange.outbox.writer;
    const { protocolVersion } = link;
    try {
      if (protocolVersion === MSIP_VERSION) {
        const packet = readFrame(bytes.subarray(range.start, range.end));
        this.#show(link, 'sent', { protocol: 'msip', packet });
        return;
      }
      const format = { protocolVersion, packetIdentifierSize: 2 } as const;
      for (let at = range.start; at < range.end; ) {
        const end = endOf(bytes, at, range.end);
        const packet = readPacket(bytes, at, end, format);
        const isNameless = packet.type === 'publish' && topicName !== undefined && packet.topicName === '';
        this.#show(link, 'sent', { protocol: 'mqtt', packet: isNameless ? { ...packet, topicName } : packet });
        at = end;
      }
    } catch (error) {
      this.#exchange.onError(error, 'tracing');
    }
  }

  #show(link: Link, direction: 'received' | 'sent', traced: Traced): void {
    const { packet } = traced;
    const isFirst = packet.type === 'connect' || packet.type === 'hello';
    const clientId = isFirst ? packet.clientId : (link.client?.clientId ?? '');
    const topicName = topicNameOf(traced);
    const { remoteAddress } = link.transport;
    for (const trace of this.#traces) {
      if (!trace.concerns(clientId, topicName)) continue;
      try {
        trace.show({ at: this.#exchange.lastNow, clientId, remoteAddress, direction, ...traced });
      } catch (error) {
        this.#exchange.onError(error, 'tracing');
      }
    }
  }
}

/** Answers a function that ends it; with the last one the broker looks at nothing any more. Throws UsageError. */
export function startTrace(exchange: Exchange, options: TraceOptions, listener: TraceListener): () => void {
  const tracing = exchange.tracing ?? new Tracing(exchange);
  const stop = tracing.add(options, listener);
  exchange.tracing = tracing;
  return () => {
    stop();
    if (tracing.size === 0 && exchange.tracing === tracing) exchange.tracing = undefined;
  };
}

function topicNameOf({ protocol, packet }: Traced): string | undefined {
  if (protocol === 'mqtt') return packet.type === 'publish' ? packet.topicName : undefined;
  return packet.type === 'publish' || packet.type === 'event' ? packet.topic : undefined;
}

/** Where the packet ends that begins at `start`. */
function endOf(bytes: Uint8Array, start: number, limit: number): number {
  const length = readVariableByteInteger(bytes, start + 1, limit);
  if (length === INCOMPLETE_INTEGER) return limit;
  let at = start + 1;
  while (bytes[at]! >= 0x80) at++;
  return Math.min(limit, at + 1 + length);
}
