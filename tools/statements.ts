// Traceability: which statement of the standards is enforced where and proven by which test. Fails on an unknown id and
// on a MUST without a test or a reasoned exception, or without a line of src or the reason why no single line enforces it;
// writes docs/conformance.md (with --check: compares it only).
// A statement is enforced where its id ends a line of src (`// [MQTT-3.1.2-3]`) or is handed to an error as a string,
// and proven by a test whose name begins with it. Ids of MQTT 3.1.1 end in `@3.1.1`.
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Statement {
  readonly id: string;
  readonly level: string;
  readonly binds: string;
  readonly wording: string;
}

const SPECIFICATIONS = [
  { title: 'MQTT 5.0', file: 'spec/mqtt-5.0.tsv' },
  { title: 'MQTT 3.1.1', file: 'spec/mqtt-3.1.1.tsv' },
  { title: 'MSIP/1', file: 'spec/msip-1.tsv' },
];
const REPORT = 'docs/conformance.md';

const ID = /\b(?:MQTT|MSIP)-\d+(?:\.\d+)*-\d+[a-z]?(?:@[\d.]+\d)?/g;
const IDS_AT_LINE_END = /((?:\[(?:MQTT|MSIP)-[^\]\s]+\]\s*)+)(?:\*\/\s*)?$/gm;
const ID_AS_STRING = /(['"])((?:MQTT|MSIP)-\d[^'"\s]*)\1/g;
const TEST_NAME = /(?<!\.(?:skip|todo|fails)\(\s*)(['"`])((?:\[(?:MQTT|MSIP)-[^\]\s]+\]\s*)+)/g;

function rowsOf(root: string, file: string): Record<string, string>[] {
  if (!existsSync(join(root, file))) return [];
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const [header, ...rows] = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
  return rows.map((cells) => Object.fromEntries((header ?? []).map((name, index) => [name, cells[index] ?? ''])));
}

function filesOf(root: string, part: 'src' | 'test'): string[] {
  return ['packages', 'apps'].flatMap((folder) => {
    if (!existsSync(join(root, folder))) return [];
    return readdirSync(join(root, folder)).flatMap((name) => {
      const base = posix.join(folder, name, part);
      if (!existsSync(join(root, base))) return [];
      const files = readdirSync(join(root, base), { recursive: true, encoding: 'utf8' }).sort();
      return files
        .filter((file) => /\.(ts|json)$/.test(file))
        .map((file) => posix.join(base, file.split(sep).join('/')));
    });
  });
}

/** Statement id → the files which cite it in the given way; every mention of an id no list knows is a problem. */
function citations(root: string, part: 'src' | 'test', known: ReadonlySet<string>, problems: string[]) {
  const cited = new Map<string, Set<string>>();
  for (const file of filesOf(root, part)) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [id] of text.matchAll(ID)) if (!known.has(id)) problems.push(`${file}: unknown statement ${id}`);
    for (const pattern of part === 'src' ? [IDS_AT_LINE_END, ID_AS_STRING] : [TEST_NAME]) {
      for (const match of text.matchAll(pattern)) {
        const run = pattern === IDS_AT_LINE_END ? match[1] : match[2];
        for (const [id] of (run ?? '').matchAll(ID)) cited.set(id, (cited.get(id) ?? new Set()).add(file));
      }
    }
  }
  return cited;
}

export function checkStatements(root: string): { problems: string[]; report: string; summary: string } {
  const problems: string[] = [];
  const lists = SPECIFICATIONS.map(({ title, file }) => {
    const statements = rowsOf(root, file).map(({ id = '', level = '', binds = '', wording = '' }): Statement => {
      if (wording === '') problems.push(`${file}: ${id || 'a line'} has no wording`);
      return { id, level, binds, wording };
    });
    return { title, statements };
  });
  const all = lists.flatMap(({ statements }) => statements);
  const known = new Set(all.map(({ id }) => id));
  if (known.size !== all.length) problems.push('spec: an id is listed twice');
  const enforced = citations(root, 'src', known, problems);
  const proven = citations(root, 'test', known, problems);
  const exceptions = reasonsOf(root, 'spec/exceptions.tsv', known, problems);
  for (const id of exceptions.keys()) {
    if (proven.has(id)) problems.push(`spec/exceptions.tsv: ${id} has a test now and needs no exception`);
  }
  const unenforced = reasonsOf(root, 'spec/no-line.tsv', known, problems);
  for (const id of unenforced.keys()) {
    if (enforced.has(id)) problems.push(`spec/no-line.tsv: ${id} has a line now and needs no reason`);
  }
  for (const { id, level, wording } of all) {
    if (!/^(MUST|REQUIRED|SHALL)\b/.test(level) || exceptions.has(id)) continue;
    if (!proven.has(id)) problems.push(`${id} has neither a test nor an exception: ${wording}`);
    if (!enforced.has(id) && !unenforced.has(id)) {
      problems.push(`${id} has neither a line of src nor a reason in spec/no-line.tsv: ${wording}`);
    }
  }
  const evidence = { enforced, unenforced, proven, exceptions };
  const sections = lists.map(({ title, statements }) => sectionOf(title, statements, evidence));
  const summary = lists.map(({ title, statements }) => summaryOf(title, statements, evidence)).join('\n');
  return { problems, report: reportOf(sections), summary };
}

/** Statement id → reason, of a list of such pairs. */
function reasonsOf(root: string, file: string, known: ReadonlySet<string>, problems: string[]): Map<string, string> {
  const reasons = new Map(rowsOf(root, file).map(({ id = '', reason = '' }) => [id, reason]));
  for (const [id, reason] of reasons) {
    if (!known.has(id)) problems.push(`${file}: unknown statement ${id}`);
    if (reason === '') problems.push(`${file}: ${id} has no reason`);
  }
  return reasons;
}

interface Evidence {
  readonly enforced: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why no single line enforces it. */
  readonly unenforced: ReadonlyMap<string, string>;
  readonly proven: ReadonlyMap<string, ReadonlySet<string>>;
  readonly exceptions: ReadonlyMap<string, string>;
}

function summaryOf(title: string, statements: readonly Statement[], { proven, exceptions }: Evidence): string {
  const tested = statements.filter(({ id }) => proven.has(id)).length;
  const excepted = statements.filter(({ id }) => !proven.has(id) && exceptions.has(id)).length;
  return `${title}: ${statements.length} statements, ${tested} proven by tests, ${excepted} excepted with a reason.`;
}

function sectionOf(title: string, statements: readonly Statement[], evidence: Evidence): string {
  const short = (files: ReadonlySet<string> | undefined) =>
    [...(files ?? [])].map((file) => `\`${file.replace(/^packages\/signalbox\/(src|test)\//, '')}\``).join(' ');
  const rows = statements.map(({ id, level, binds, wording }) => {
    const exception = evidence.exceptions.get(id);
    const proof = short(evidence.proven.get(id)) || (exception === undefined ? '**open**' : `exception: ${exception}`);
    const reason = evidence.unenforced.get(id);
    const code = short(evidence.enforced.get(id)) || (reason === undefined ? '' : `no single line: ${reason}`);
    const cells = [id, level, binds, wording, code, proof];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = '| statement | level | binds | in our words | enforced in | proven by |\n|---|---|---|---|---|---|';
  return [`## ${title}`, summaryOf(title, statements, evidence), `${head}\n${rows.join('\n')}`].join('\n\n');
}

function reportOf(sections: readonly string[]): string {
  const intro = `# Conformance

Written by tools/statements.ts (\`npm run statements\`); do not edit. The normative statements of the OASIS standards by
their ids, the wording is ours; those of MSIP are defined in [msip.md](msip.md). Paths are below packages/signalbox/src and packages/signalbox/test.`;
  return `${[intro, ...sections].join('\n\n')}\n`;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { problems, report, summary } = checkStatements(root);
  const file = join(root, REPORT);
  if (!process.argv.includes('--check')) writeFileSync(file, report);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== report) {
    problems.push(`${REPORT} is out of date: npm run statements`);
  }
  process.stdout.write(`${[summary, ...problems].join('\n')}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
