// A carrier on virtual time, for one end of a connection: the test is the network and the peer. What is written is kept, and
// taken when the test says so.

import type { Carrier, CarrierHandler } from '../../../src/connect/carrier.ts';
import { ManualClientClock } from '../../client/support/manual-client-clock.ts';

/** The clock of the tests of the client, with the turn after this one. */
export class ManualConnectionClock extends ManualClientClock {
  later(run: () => void): void {
    this.soon(run);
  }
}

export class VirtualCarrier implements Carrier {
  readonly framing: 'stream' | 'message';
  readonly isLossy: boolean;
  readonly largestMessage: number;
  readonly protocol = 'virtual';
  readonly localAddress = 'here';
  readonly remoteAddress = 'there';
  readonly dropped = 0;
  /** False: writes wait for `drain`. */
  isTaking = true;
  isPaused = false;
  written: Uint8Array[] = [];
  /** What this side did to the carrier, in order. */
  readonly calls: string[] = [];
  bufferedBytes = 0;
  handler: CarrierHandler | undefined = undefined;
  #isClosed = false;
  readonly #clock: ManualConnectionClock;

  constructor(
    clock: ManualConnectionClock,
    kind: Partial<Pick<Carrier, 'framing' | 'isLossy' | 'largestMessage'>> = {},
  ) {
    this.#clock = clock;
    this.framing = kind.framing ?? 'stream';
    this.isLossy = kind.isLossy ?? false;
    this.largestMessage = kind.largestMessage ?? Number.POSITIVE_INFINITY;
  }

  start(handler: CarrierHandler): void {
    this.handler = handler;
  }

  /** Everything written so far, as one. */
  get stream(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.written));
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.calls.includes('end') || this.calls.includes('endWriting')) return true;
    this.written.push(Uint8Array.from(bytes));
    if (!this.isTaking) this.bufferedBytes += bytes.length;
    return this.isTaking;
  }

  /** The network has taken everything. */
  drain(): void {
    if (this.#isClosed || this.bufferedBytes === 0) return;
    this.bufferedBytes = 0;
    this.handler?.onDrain();
  }

  receive(bytes: Uint8Array): void {
    if (this.#isClosed || this.isPaused || this.calls.includes('end')) return;
    this.handler?.onBytes(bytes);
  }

  peerEnds(): void {
    if (!this.#isClosed && !this.calls.includes('end')) this.handler?.onEnd();
  }

  close(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.handler?.onClose(error);
  }

  pause(): void {
    this.isPaused = true;
    this.calls.push('pause');
  }

  resume(): void {
    this.isPaused = false;
    this.calls.push('resume');
  }

  endWriting(): void {
    this.calls.push('endWriting');
  }

  end(): void {
    this.calls.push('end');
    this.#clock.outside(2_000, () => this.close());
  }

  destroy(): void {
    this.calls.push('destroy');
    this.#clock.outside(0, () => this.close());
  }

  peerCertificate(): undefined {
    return undefined;
  }
}
