// A folder that is gone after the tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Answers a path in it which nobody has used. */
export function freshPaths(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-session-'));
  let count = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return () => join(folder, `session-${++count}`);
}
