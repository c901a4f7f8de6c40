/** The YAML file: its contents, and on which line each of them is. It must not know what the keys mean. */
import { readFileSync, statSync } from 'node:fs';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { CommandError } from '../command-error.ts';
import type { Json } from './value-types.ts';

/** Far more than a thousand listeners need; a file larger than this is another file. */
const LARGEST_BYTES = 1024 * 1024;

export interface YamlFile {
  readonly name: string;
  readonly contents: Json;
  /** Of the value at this path, or of its key; of the nearest thing above when there is none. */
  readonly lineOf: (path: readonly string[], at: 'key' | 'value') => number;
}

/** Throws CommandError when it cannot be read, or is no YAML: the message has a line for each mistake. */
export function readYamlFile(name: string): YamlFile {
  const source = readText(name);
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter, prettyErrors: false });
  if (document.errors.length > 0) {
    const lines = document.errors.map((error) => {
      return `${name}:${lineCounter.linePos(error.pos[0]).line}: ${error.message}`;
    });
    throw new CommandError(lines.join('\n'));
  }
  const lineOf = (path: readonly string[], at: 'key' | 'value') => {
    return lineCounter.linePos(offsetOf(document.contents, path, at)).line;
  };
  try {
    return { name, contents: document.toJS() as Json, lineOf };
  } catch (error) {
    throw new CommandError(`${name}: ${(error as Error).message}`); // an alias too many
  }
}

function readText(name: string): string {
  try {
    if (statSync(name).size > LARGEST_BYTES)
      throw new CommandError(`--config ${name}: larger than ${LARGEST_BYTES} bytes`);
    return readFileSync(name, 'utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`--config ${name}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

function offsetOf(top: unknown, path: readonly string[], at: 'key' | 'value'): number {
  let node = top;
  let offset = 0;
  for (const [depth, key] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : '') === key);
      if (pair === undefined) return offset;
      const wantsKey = at === 'key' && depth === path.length - 1;
      offset = startOf(wantsKey || !isNode(pair.value) ? pair.key : pair.value, startOf(pair.key, offset));
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node, offset);
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown, otherwise: number): number {
  return isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise;
}
