// docs/api/ from the declarations the compiler writes for the entry points: every exported name with what its source says
// about it, a page for each entry point. `npm run api` writes the pages; a test fails when one is out of date.

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'packages', 'signalbox', 'dist');
const PAGES = join(ROOT, 'docs', 'api');

interface Entry {
  /** The folder of the entry point. */
  readonly folder: string;
  /** The name of the page. */
  readonly page: string;
  readonly head: string;
}

export const ENTRIES: readonly Entry[] = [
  {
    folder: 'client',
    page: 'signalbox.md',
    head: `# API of \`signalbox\`

Written from the sources by \`npm run api\`: every name the entry point exports, in the order of the alphabet. In a page
\`fileSessionStore\` is missing, and \`indexedDbSessionStore\` is there. The guide is [client.md](../guide/client.md).
`,
  },
  {
    folder: 'connect',
    page: 'connect.md',
    head: `# API of \`signalbox/connect\`

Written from the sources by \`npm run api\`: every name the entry point exports, in the order of the alphabet. The guide is
[connect.md](../guide/connect.md).
`,
  },
  {
    folder: 'msip-client',
    page: 'msip.md',
    head: `# API of \`signalbox/msip\`

Written from the sources by \`npm run api\`: every name the entry point exports, in the order of the alphabet. The core of it is
\`signalbox/msip/core\`, too, without the client. The guide is [msip.md](../guide/msip.md).
`,
  },
];

interface Exported {
  readonly name: string;
  readonly file: string;
}

/** The names a file exports, with the file each is declared in. */
function exportsOf(file: string): Exported[] {
  const text = readFileSync(file, 'utf8');
  const found: Exported[] = [];
  for (const [, from = ''] of text.matchAll(/^export (?:type )?\* from '([^']+)';/gm))
    found.push(...exportsOf(resolve(file, from)));
  for (const [, names = '', from = ''] of text.matchAll(/^export (?:type )?\{([^}]+)\} from '([^']+)';/gm)) {
    for (const name of names.split(',')) {
      const own = name.replace(/^\s*type\s/, '').trim();
      if (own !== '') found.push({ name: own, file: resolve(file, from) });
    }
  }
  for (const [, name = ''] of text.matchAll(/^export (?:declare )?(?:function|class|const|interface|type) (\w+)/gm))
    found.push({ name, file });
  return found;
}

function resolve(file: string, specifier: string): string {
  return join(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts'));
}

/** The declaration of a name with the comment before it; of overloaded functions all. */
function declarationOf({ name, file }: Exported): { readonly comment: string; readonly code: string } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const begins = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:interface|class|abstract class|type|const|function) ${name}\\b`,
  );
  const starts = lines.flatMap((line, index) => (begins.test(line) ? [index] : []));
  if (starts.length === 0) throw new Error(`${file} does not declare ${name}`);
  const code = starts.map((start) => lines.slice(start, endOf(lines, start) + 1).join('\n'));
  return { comment: commentBefore(lines, starts[0]!), code: tidy(code.join('\n')) };
}

/** The last line of the declaration: all its brackets are closed. */
function endOf(lines: readonly string[], start: number): number {
  let depth = 0;
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^\s*(\/\*\*|\*)/.test(line)) continue;
    depth += (line.match(/[{([]/g)?.length ?? 0) - (line.match(/[})\]]/g)?.length ?? 0);
    if (depth === 0 && /[;}]\s*$/.test(line)) return at;
  }
  return start;
}

function commentBefore(lines: readonly string[], start: number): string {
  if (!/\*\/\s*$/.test(lines[start - 1] ?? '')) return '';
  let first = start - 1;
  while (!/^\s*\/\*\*/.test(lines[first] ?? '/**')) first--;
  const text = lines.slice(first, start).map((line) => line.replace(/^\s*\/?\*+\/?\s?|\s*\*\/\s*$/g, ''));
  return text.join('\n').trim();
}

/** Without what is private, and what only the compiler wants. */
function tidy(code: string): string {
  return code
    .replace(/^ {4}#private;\n/gm, '')
    .replace(/^ {4}\/\*\* Made by `connect`\. \*\/\n.*\n/gm, '')
    .replace(/^export (declare )?/gm, '')
    .replace(/^ {4}\/\*\*(?:(?!\*\/)[\s\S])*@internal[\s\S]*?\*\/\n.*\n/gm, '')
    .replace(/^( +)/gm, (spaces: string) => ' '.repeat(Math.ceil(spaces.length / 2)))
    .trim();
}

export function pageOf({ page }: Entry): string {
  return join(PAGES, page);
}

export function apiPage({ folder, head }: Entry): string {
  const all = new Map<string, Exported>();
  for (const exported of exportsOf(join(DIST, folder, 'index.d.ts'))) all.set(exported.name, exported);
  const names = [...all.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const sections = names.map((exported) => {
    const { comment, code } = declarationOf(exported);
    return `## ${exported.name}\n\n${comment === '' ? '' : `${comment}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`;
  });
  return [head, ...sections].join('\n');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const entry of ENTRIES) writeFileSync(pageOf(entry), apiPage(entry));
}
