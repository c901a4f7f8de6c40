// Where the code of a bundle for pages comes from: its statements are moved (arrangement.ts), and the map that bundling made has to
// follow them. Lines and columns count from 0.

/** The column, and where it comes from: source, line, column, and the index of a name. */
export type Segment =
  | readonly [number]
  | readonly [number, number, number, number]
  | readonly [number, number, number, number, number];

/** As browsers read it (Source Map, revision 3). */
export interface SourceMap {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** For each line its segments, in order. */
export function readMappings(mappings: string): Segment[][] {
  const last = [0, 0, 0, 0, 0];
  return mappings.split(';').map((line) => {
    last[0] = 0;
    if (line === '') return [];
    return line.split(',').map((text) => {
      const fields = readNumbers(text);
      for (const [index, difference] of fields.entries()) last[index]! += difference;
      return last.slice(0, fields.length) as unknown as Segment;
    });
  });
}

export function writeMappings(lines: readonly (readonly Segment[])[]): string {
  const last = [0, 0, 0, 0, 0];
  return lines
    .map((line) => {
      last[0] = 0;
      return line
        .map((segment) => segment.map((field, index) => writeNumber(field - replace(last, index, field))).join(''))
        .join(',');
    })
    .join(';');
}

/** What was there. */
function replace(last: number[], index: number, field: number): number {
  const before = last[index]!;
  last[index] = field;
  return before;
}

function readNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    value = 0;
    shift = 0;
  }
  return numbers;
}

function writeNumber(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const bits = rest & 31;
    rest >>= 5;
    text += DIGITS[rest > 0 ? bits | 32 : bits];
  } while (rest > 0);
  return text;
}

/** A piece of a text that is somewhere else in another: `from` is where it was, `skipped` what stands before it only now. */
export interface Moved {
  readonly text: string;
  readonly from: number;
  readonly skipped: number;
}

/** The map of `before`, made one of the pieces, each of them on a line of its own. */
export function movedMap(map: SourceMap, before: string, pieces: readonly Moved[]): SourceMap {
  const segments = readMappings(map.mappings);
  const starts = [0, ...[...before.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lines: Segment[][] = [];
  for (const { text, from, skipped } of pieces) {
    let line = starts.findLastIndex((start) => start <= from);
    let column = from - starts[line]!;
    let shift = skipped;
    for (const _ of text.split('\n')) {
      const first = column;
      const moved = (segments[line] ?? []).filter(([at]) => at >= first);
      lines.push(moved.map(([at, ...rest]) => [at - first + shift, ...rest] as unknown as Segment));
      line++;
      column = 0;
      shift = 0;
    }
  }
  return { ...map, mappings: writeMappings(lines) };
}

/** The map of the code without these words, wherever it has them. */
export function mapWithout(map: SourceMap, code: string, words: string): SourceMap {
  const segments = readMappings(map.mappings);
  const lines = code.split('\n').map((line, index) => {
    const places = [...line.matchAll(new RegExp(words.replace(/[^\w\s]/g, '\\$&'), 'g'))].map(({ index: at }) => at);
    const isLeft = (column: number): boolean => !places.some((at) => column >= at && column < at + words.length);
    const left = (segments[index] ?? []).filter(([column]) => isLeft(column));
    return left.map(([column, ...rest]) => {
      const before = places.filter((at) => at < column).length;
      return [column - before * words.length, ...rest] as unknown as Segment;
    });
  });
  return { ...map, mappings: writeMappings(lines) };
}
