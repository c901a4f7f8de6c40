// Which property names a bundle for pages must leave as they are: those of the published declarations, of the language and
// of the platform. All others are our own and may get short ones. Knows declarations, no code.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What of a browser's platform the client touches. */
const PLATFORM = [
  ...['AbortController', 'AbortSignal', 'EventTarget', 'Event', 'AddEventListenerOptions', 'Performance', 'Console'],
  ...['WebSocket', 'CloseEvent', 'MessageEvent', 'URL', 'URLSearchParams', 'TextDecoder', 'TextEncoder'],
  ...['Crypto', 'SubtleCrypto', 'Pbkdf2Params', 'HmacImportParams', 'LockManager', 'LockOptions', 'Navigator'],
  ...['IDBFactory', 'IDBRequest', 'IDBOpenDBRequest', 'IDBDatabase', 'IDBTransaction', 'IDBTransactionOptions'],
  ...['IDBObjectStore', 'NavigatorLocks', 'EventListenerOptions', 'WindowOrWorkerGlobalScope'],
];
/** What a program gets in its hands, or is written down in a class it extends, and yet is ours alone. */
const OURS = new Set([
  ...['Keeping', 'KeepingHost', 'KeptSessionSurroundings', 'Session', 'Publication', 'PublishView', 'TopicName'],
  ...['GrowingBytes', 'WireFormat', 'ScramSurroundings'],
]);

const WORD = /[A-Za-z_$][\w$]*/g;

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

/** Names declared in a text of declarations: name → the text of its declarations. */
function declarationsIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const begins = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type|const|var|function) (\w+)/gm;
  for (const match of text.matchAll(begins)) {
    const [, name = ''] = match;
    found.set(name, `${found.get(name) ?? ''}\n${statementAt(text, match.index)}`);
  }
  return found;
}

/** From a declaration to its end, where every bracket is closed. */
function statementAt(text: string, start: number): string {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if ('{(['.includes(character)) depth++;
    else if ('})]'.includes(character)) depth--;
    else if (character !== ';') continue;
    if (depth === 0 && /^[;}](\n|$)/.test(text.slice(at, at + 2))) return text.slice(start, at + 1);
  }
  return text.slice(start);
}

/** Where names that a file does not declare come from: name → file and name there. */
function importsOf(file: string, text: string): Map<string, readonly [file: string, name: string]> {
  const found = new Map<string, readonly [string, string]>();
  for (const [, names = '', from = ''] of text.matchAll(/(?:import|export) (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
    const target = join(dirname(file), from.replace(/\.[jt]s$/, '.d.ts'));
    for (const one of names.split(',')) {
      const [name = '', alias = name] = one
        .replace(/^\s*type\s/, '')
        .trim()
        .split(/\s+as\s+/);
      if (name !== '') found.set(alias, [target, name]);
    }
  }
  return found;
}

/** Every word of the declarations a program can get at from these files, whatever it is the name of. */
export function publishedNames(entries: readonly string[]): Set<string> {
  const names = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string, name: string): void => {
    if (OURS.has(name) || seen.has(`${file} ${name}`) || !existsSync(file)) return;
    seen.add(`${file} ${name}`);
    const text = withoutComments(readFileSync(file, 'utf8'));
    const imports = importsOf(file, text);
    const [target, original] = imports.get(name) ?? [];
    if (target !== undefined && original !== undefined) visit(target, original);
    const declaration = declarationsIn(text).get(name);
    if (declaration === undefined) return;
    const visible = declaration.replace(/^\s*(?:private .*|#private;|constructor\(.*)$/gm, '');
    for (const [word] of visible.matchAll(WORD)) {
      names.add(word);
      visit(file, word);
    }
  };
  const visitAll = (file: string): void => {
    const text = readFileSync(file, 'utf8');
    for (const [, from = ''] of text.matchAll(/^export \* from '([^']+)'/gm))
      visitAll(join(dirname(file), from.replace(/\.[jt]s$/, '.d.ts')));
    for (const name of [...declarationsIn(text).keys(), ...importsOf(file, text).keys()]) visit(file, name);
  };
  entries.forEach(visitAll);
  return names;
}

/** Every word of the language's own declarations and of PLATFORM's, and every global name. `modules` is node_modules. */
export function platformNames(modules: string): Set<string> {
  const scope = join(modules, '@typescript');
  const folder = readdirSync(scope)
    .map((name) => join(scope, name, 'lib'))
    .find((path) => existsSync(join(path, 'lib.dom.d.ts')));
  if (folder === undefined) throw new Error(`no declarations of the language in ${scope}`);
  const files = readdirSync(folder).filter((name) => /^lib\.es(5|20\d\d|next)\b.*\.d\.ts$/.test(name));
  const language = files.map((name) => withoutComments(readFileSync(join(folder, name), 'utf8'))).join('\n');
  const dom = withoutComments(readFileSync(join(folder, 'lib.dom.d.ts'), 'utf8'));
  const platform = declarationsIn(dom);
  const globals = [...dom.matchAll(/^declare (?:var|function) (\w+)/gm)].map(([, name = '']) => name);
  const texts = [...PLATFORM.map((name) => platform.get(name) ?? ''), globals.join(' '), 'setImmediate unref'];
  return new Set([language, ...texts].flatMap((text) => [...text.matchAll(WORD)].map(([word]) => word)));
}
