// HeldMessages: what a WebSocket delivered while nobody read, in order, and what it costs. The limit is for the owner to keep.

/** A large message, or 64,000 small ones. */
export const DEFAULT_MAXIMUM_HELD = 16 * 1024 * 1024;

/** An ArrayBuffer and a view of it: without them a flood of small messages would take many times its bytes. */
const COST_OF_MESSAGE = 256;

const TAKEN = new Uint8Array(0);

export class HeldMessages {
  #messages: Uint8Array[] = [];
  /** How many are taken already: Array.shift() would copy thousands for each. */
  #taken = 0;
  /** Bytes that they hold, about. */
  cost = 0;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  push(bytes: Uint8Array): void {
    this.#messages.push(bytes);
    this.cost += bytes.byteLength + COST_OF_MESSAGE;
  }

  shift(): Uint8Array | undefined {
    const bytes = this.#messages[this.#taken];
    if (bytes === undefined) return undefined;
    this.cost -= bytes.byteLength + COST_OF_MESSAGE;
    this.#messages[this.#taken++] = TAKEN;
    if (this.#taken === this.#messages.length) this.clear();
    return bytes;
  }

  clear(): void {
    this.#messages = [];
    this.#taken = 0;
    this.cost = 0;
  }
}
