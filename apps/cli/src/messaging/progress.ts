/** How far a long publish is: one line on the terminal that is written again and again, and gone when it is done. */

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Short work says nothing. */
const SILENT_MS = 1_000;
const EVERY_MS = 200;
/** To the beginning of the line, and clear it. */
const CLEAR = '\r\u001b[K';

export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number | undefined;
  readonly #startedAt: number;
  #shownAt: number;
  #isShown = false;

  /** `total`: how many there will be, when that is known. Times are in milliseconds. */
  constructor(terminal: Terminal, now: number, total?: number) {
    this.#terminal = terminal;
    this.#total = total;
    this.#startedAt = now;
    this.#shownAt = now + SILENT_MS - EVERY_MS;
  }

  /** So many are settled now. */
  update(count: number, now: number): void {
    if (this.#terminal.isTTY !== true || now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    this.#isShown = true;
    this.#terminal.write(`${CLEAR}${this.#words(count, now)}`);
  }

  /** The line goes; after long work the sum stays. Nothing is shown any more. */
  end(count: number, now: number): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#shownAt = Infinity;
    const seconds = ((now - this.#startedAt) / 1000).toFixed(1);
    this.#terminal.write(`${CLEAR}${grouped(count)} messages published in ${seconds} s\n`);
  }

  #words(count: number, now: number): string {
    const rate = Math.round((count * 1000) / (now - this.#startedAt));
    const of =
      this.#total === undefined ? '' : ` of ${grouped(this.#total)} (${Math.floor((count / this.#total) * 100)} %)`;
    return `${grouped(count)}${of} messages published, ${grouped(rate)}/s`;
  }
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
