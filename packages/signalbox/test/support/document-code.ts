// The JavaScript in a document, to be run as it stands: imports of signalbox are taken from the source, everything else
// that the text takes for granted is given by the test.

import * as fs from 'node:fs';
import * as lmdb from '../../../lmdb/src/index.ts';
import * as sctp from '../../../sctp/src/index.ts';
import * as broker from '../../src/broker/index.ts';
import * as client from '../../src/client/index.ts';
import * as connect from '../../src/connect/index.ts';
import * as mqtt from '../../src/mqtt/index.ts';
import * as msip from '../../src/msip-client/index.ts';

const PACKAGES: Readonly<Record<string, object>> = {
  'node:fs': fs,
  signalbox: client,
  'signalbox/broker': broker,
  'signalbox/connect': connect,
  'signalbox/mqtt': mqtt,
  'signalbox/msip': msip,
  '@signalbox/lmdb': lmdb,
  '@signalbox/sctp': sctp,
};
const IMPORT = /^import \{ ([^}]+) \} from '([^']+)';$/gm;

/** The code blocks of a document below docs. */
export function codeOf(document: string): string[] {
  const text = fs.readFileSync(new URL(`../../../../docs/${document}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code ?? '');
}

/** Runs the code and answers what these expressions are afterwards. */
export async function runCode(code: string, given: Readonly<Record<string, unknown>>, ...results: string[]) {
  const names: Record<string, unknown> = { ...given };
  for (const [, imported = '', from = ''] of code.matchAll(IMPORT)) {
    for (const name of imported.split(', ')) {
      const exported = PACKAGES[from] as Record<string, unknown> | undefined;
      if (exported?.[name] === undefined) throw new Error(`${from} has no ${name}`);
      names[name] = exported[name];
    }
  }
  const body = `"use strict"; return (async () => {\n${code.replace(IMPORT, '')}\nreturn [${results.join(', ')}];\n})();`;
  return (await new Function(...Object.keys(names), body)(...Object.values(names))) as unknown[];
}
