// A virtual clock and a virtual link: two ends, bytes that take their time, arrive in any pieces, and stop for good when the
// link is cut. For tests of pure layers: no sleeps, no sockets, the same run every time.

/** Time that passes only when a test says so. */
export class VirtualClock {
  now = 0;
  #tasks: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;

  schedule(at: number, run: () => void): void {
    this.#tasks.push({ at, order: this.#order++, run });
    this.#tasks.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  /** Runs everything that is due up to `until`, in order of time; returns how much that was. */
  runUntil(until: number): number {
    let count = 0;
    for (let task = this.#tasks[0]; task !== undefined && task.at <= until; task = this.#tasks[0]) {
      this.#tasks.shift();
      this.now = Math.max(this.now, task.at);
      task.run();
      count++;
    }
    this.now = Math.max(this.now, until === Infinity ? this.now : until);
    return count;
  }

  /** Runs until nothing is left to do. */
  settle(): void {
    this.runUntil(Infinity);
  }
}

export interface VirtualLinkOptions {
  readonly latencyMs?: number;
  /** The size of the next piece, given how many bytes wait. Default: all of them. */
  readonly pieceSize?: (waiting: number) => number;
  /** The link is cut once so many bytes have arrived, both directions together. Default: never. */
  readonly cutAfter?: number;
}

export class VirtualLinkEnd {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onCut: () => void = () => {};
  readonly send: (bytes: Uint8Array) => void;

  constructor(send: (bytes: Uint8Array) => void) {
    this.send = send;
  }
}

export class VirtualLink {
  readonly clock: VirtualClock;
  readonly client: VirtualLinkEnd;
  readonly server: VirtualLinkEnd;
  /** Bytes that arrived so far. */
  arrived = 0;
  isCut = false;
  readonly #options: VirtualLinkOptions;

  constructor(clock: VirtualClock, options: VirtualLinkOptions = {}) {
    this.clock = clock;
    this.#options = options;
    this.client = new VirtualLinkEnd((bytes) => this.#send(bytes, this.server));
    this.server = new VirtualLinkEnd((bytes) => this.#send(bytes, this.client));
  }

  /** Nothing arrives any more; both ends are told. */
  cut(): void {
    if (this.isCut) return;
    this.isCut = true;
    this.client.onCut();
    this.server.onCut();
  }

  #send(bytes: Uint8Array, to: VirtualLinkEnd): void {
    const { latencyMs = 1, pieceSize = (waiting: number) => waiting } = this.#options;
    const copy = Uint8Array.from(bytes);
    for (let at = 0; at < copy.length; ) {
      const size = Math.min(Math.max(1, pieceSize(copy.length - at)), copy.length - at);
      const piece = copy.subarray(at, at + size);
      this.clock.schedule(this.clock.now + latencyMs, () => this.#arrive(piece, to));
      at += size;
    }
  }

  #arrive(piece: Uint8Array, to: VirtualLinkEnd): void {
    if (this.isCut) return;
    const left = (this.#options.cutAfter ?? Infinity) - this.arrived;
    const size = Math.min(piece.length, left);
    this.arrived += size;
    if (size > 0) to.onBytes(piece.slice(0, size));
    if (this.arrived >= (this.#options.cutAfter ?? Infinity)) this.cut();
  }
}
