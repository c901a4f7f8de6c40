/** A list of lines that stays in place on a terminal: drawn again over itself, some times a second and only when it changed. */
import type { Output } from './output.ts';

const EVERY_MS = 100;
/** Ages grow without messages. */
const AT_LEAST_EVERY_MS = 1_000;
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export class WatchScreen {
  readonly #output: Output;
  readonly #draw: () => readonly string[];
  readonly #timer: ReturnType<typeof setInterval>;
  #height = 0;
  #isChanged = true;
  #drawnAt = 0;
  #isEnded = false;

  /** `draw` gives the lines, none wider than the terminal. */
  constructor(output: Output, draw: () => readonly string[]) {
    this.#output = output;
    this.#draw = draw;
    this.#timer = setInterval(() => {
      if (this.#isChanged || performance.now() - this.#drawnAt >= AT_LEAST_EVERY_MS) this.#redraw();
    }, EVERY_MS);
  }

  changed(): void {
    this.#isChanged = true;
  }

  /** Draws a last time; what is on the screen stays. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#timer);
    this.#redraw();
  }

  #redraw(): void {
    if (this.#output.room !== undefined) return; // a terminal that was stopped with Ctrl-S
    const lines = this.#draw();
    const up = this.#height === 0 ? '' : `\r\u001b[${this.#height}A`;
    this.#output.write(`${up}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`);
    this.#height = lines.length;
    this.#isChanged = false;
    this.#drawnAt = performance.now();
  }
}
