// A plugin for Vitest: tests that import the client's sources get the bundle for pages, so that what holds for the one is
// proved for the other. What the bundle does not have, such as transports of Node, stays.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import { FOLDER, writePageBundle } from './build.ts';

const REPLACED =
  /\/src\/client\/(?:index|browser|client-errors|reconnect|authentication\/scram|store\/(?:session-store|memory-session-store|indexed-db-session-store))\.ts$/;

/** What the client loads when it is asked for, too: the clock of a test does not wait for files. */
function loadedBefore(): string {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.js'))
    .map((name) => `import ${JSON.stringify(join(FOLDER, name))};`)
    .join('\n');
}

export function pageInPlaceOfSources(): Plugin {
  return {
    name: 'the bundle for pages in place of the sources',
    enforce: 'pre',
    buildStart: writePageBundle,
    load(id) {
      if (REPLACED.test(id)) return `export * from ${JSON.stringify(join(FOLDER, 'index.js'))};\n${loadedBefore()}`;
      if (!/\/src\/mqtt\/errors\.ts$/.test(id)) return null;
      return `export * from ${JSON.stringify(join(FOLDER, '../mqtt/errors.js'))};`;
    },
  };
}
