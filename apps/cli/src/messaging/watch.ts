/**
 * One line for each topic: the latest value, how many there were, how old it is. It must not know where it is shown: what it
 * draws is text, and who shows it says how large the screen is.
 */
import { printable } from '../printable.ts';
import { type PrintedMessage, textOf } from './payload-text.ts';

interface Watched {
  value: string;
  count: number;
  at: number;
}

/** More topics than fit on any screen; what is more is counted together. */
const MOST_TOPICS = 10_000;
const LONGEST_VALUE = 1_000;

export class WatchList {
  readonly #topics = new Map<string, Watched>();
  /** Messages to topics for which there is no line. */
  #others = 0;
  #messages = 0;

  get messages(): number {
    return this.#messages;
  }

  /** Answers how many messages this topic had; undefined when it has no line. */
  add(message: PrintedMessage, now: number): number | undefined {
    this.#messages++;
    const known = this.#topics.get(message.topicName);
    if (known === undefined && this.#topics.size >= MOST_TOPICS) {
      this.#others++;
      return undefined;
    }
    const watched = known ?? { value: '', count: 0, at: 0 };
    watched.value = shownValue(message.payload);
    watched.count++;
    watched.at = now;
    if (known === undefined) this.#topics.set(message.topicName, watched);
    return watched.count;
  }

  /** Lines for a screen of this size, by name; the latest ones when they do not fit. */
  draw(now: number, { columns, rows }: { readonly columns: number; readonly rows: number }): string[] {
    const room = Math.max(1, rows - 2);
    const all = [...this.#topics];
    const latest = all.length <= room ? all : all.sort(([, a], [, b]) => b.at - a.at).slice(0, room);
    const shown = latest.sort(([a], [b]) => (a < b ? -1 : 1));
    const names = shown.map(([topicName]) => printable(topicName));
    const widest = Math.max(5, ...names.map((name) => name.length));
    const nameWidth = Math.min(widest, Math.max(10, Math.floor(columns * 0.5)));
    const lines = shown.map(([, { value, count, at }], index) => {
      return line(names[index]!, String(count), ageWords(now - at), { value, nameWidth, columns });
    });
    const hidden = this.#topics.size - shown.length;
    const rest = [
      ...(hidden > 0 ? [`${hidden} topics do not fit`] : []),
      ...(this.#others > 0 ? [`${this.#others} messages to topics beyond the first ${MOST_TOPICS}`] : []),
    ];
    const head = line('TOPIC', 'COUNT', 'AGE', { value: 'LATEST', nameWidth, columns });
    return [head, ...lines, ...(rest.length === 0 ? [] : [`… ${rest.join(', ')}`])];
  }
}

/** Shown in one line, whatever is in it. */
export function shownValue(payload: Uint8Array): string {
  const beginning = payload.length > LONGEST_VALUE ? payload.subarray(0, LONGEST_VALUE) : payload;
  const text = textOf(beginning) ?? (payload.length > LONGEST_VALUE ? textOf(payload) : undefined);
  return text === undefined ? `(${payload.length} bytes)` : printable(text.slice(0, LONGEST_VALUE));
}

function line(
  name: string,
  count: string,
  age: string,
  { value, nameWidth, columns }: { readonly value: string; readonly nameWidth: number; readonly columns: number },
): string {
  return cut(`${cut(name, nameWidth).padEnd(nameWidth)} ${count.padStart(8)} ${age.padStart(5)}  ${value}`, columns);
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function ageWords(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
