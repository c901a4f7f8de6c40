// Files of a test, in a folder of their own that goes with it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface TextFile {
  readonly path: string;
  write(text: string): void;
}

export function textFile(text: string, name = 'file'): TextFile {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-access-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return { path, write: (other) => writeFileSync(path, other) };
}
