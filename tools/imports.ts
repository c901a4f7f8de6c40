// The third lock: who may import whom, as data. Fails on a breach or on a cycle of files and prints the drawing.
// What a row allows is listed in full; whatever is not listed is forbidden (ARCHITECTURE.md, "Layers").
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Layer {
  /** Folders of the library below this one; a path with `.ts` opens that one file only. */
  readonly below: readonly string[];
  /** Modules from outside the library: Node's own and npm's. */
  readonly outside: readonly (string | RegExp)[];
}

const PUBLIC = /^signalbox(\/(access|admin|broker|mqtt|msip|msip\/core|connect|testing))?$/;

/** Rows from the top of the drawing to the bottom: an arrow may only lead to a later row. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  'apps/cli': {
    below: [],
    outside: [
      /^node:/,
      PUBLIC,
      '@signalbox/lmdb',
      '@signalbox/jwt',
      '@signalbox/sctp',
      'ajv',
      'pino',
      'pino-pretty',
      'yaml',
    ],
  },
  'packages/lmdb': { below: [], outside: [/^node:/, PUBLIC, 'lmdb'] },
  'packages/jwt': { below: [], outside: ['node:crypto', 'node:fs', /^signalbox\/(access|broker)$/, 'jose'] },
  'packages/sctp': { below: [], outside: [/^node:/, PUBLIC] },
  // Pure: it imports nothing but itself.
  'packages/sctp/sctp': { below: [], outside: [] },
  'packages/sctp/dtls': { below: [], outside: [] },
  examples: { below: [], outside: [/^node:/, PUBLIC] },
  // Broker types only at run time: access control is to serve other protocols as well.
  access: {
    below: ['broker', 'transport', 'mqtt/topics.ts', 'bytes'],
    outside: ['node:crypto', 'node:fs', 'node:http', 'node:https'],
  },
  testing: { below: ['broker', 'transport', 'routing', 'mqtt', 'bytes'], outside: [] },
  // Of the other client what knows no protocol; of MQTT the rules of topic filters, which MSIP has taken over.
  'msip-client': {
    below: [
      'client/async-queue.ts',
      'client/clock.ts',
      'client/deadline-timer.ts',
      'client/deferred.ts',
      'client/limited.ts',
      'client/receiving/received-memory.ts',
      'client/status-board.ts',
      'transport',
      'msip',
      'mqtt/topics.ts',
      'options',
      'bytes',
    ],
    outside: ['node:zlib'],
  },
  // Files are for the session store in one; a test of the bundle keeps them out of the entry point for browsers.
  client: { below: ['transport', 'mqtt', 'options', 'bytes'], outside: ['node:fs/promises', 'node:path'] },
  connect: { below: ['transport', 'mqtt', 'msip', 'datagram', 'options', 'bytes'], outside: [] },
  admin: {
    below: ['broker', 'routing', 'mqtt', 'msip', 'bytes'],
    outside: ['node:crypto', 'node:http', 'node:net', 'node:perf_hooks'],
  },
  broker: {
    below: ['transport', 'routing', 'mqtt', 'msip', 'options', 'bytes'],
    outside: ['node:crypto', 'node:zlib'],
  },
  transport: { below: ['bytes'], outside: [/^node:/, 'ws'] },
  routing: { below: ['mqtt/topics.ts', 'mqtt/topic-names.ts', 'bytes'], outside: [] },
  mqtt: { below: ['bytes'], outside: [] },
  msip: { below: ['bytes'], outside: [] },
  datagram: { below: ['bytes'], outside: [] },
  options: { below: [], outside: [] },
  bytes: { below: [], outside: [] },
};

const LIBRARY = 'packages/signalbox/src';
const ROOMS = [
  { folder: LIBRARY, layerOf: (path: string) => path.split('/')[0] ?? '' },
  { folder: 'apps/cli/src', layerOf: () => 'apps/cli' },
  { folder: 'packages/lmdb/src', layerOf: () => 'packages/lmdb' },
  { folder: 'packages/jwt/src', layerOf: () => 'packages/jwt' },
  { folder: 'packages/sctp/src', layerOf: () => 'packages/sctp' },
  { folder: 'packages/sctp/src/sctp', layerOf: () => 'packages/sctp/sctp' },
  { folder: 'packages/sctp/src/dtls', layerOf: () => 'packages/sctp/dtls' },
  { folder: 'examples', layerOf: () => 'examples' },
];

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Erased by the compiler: counts for the layers, not for cycles. */
  readonly typeOnly: boolean;
}

const STATEMENT = /^[ \t]*(?:import|export)\s+(type\s)?(?:[^'"`;()]*?\sfrom\s*)?['"]([^'"\n]+)['"]/gm;
const EXPRESSION = /\b(?:import|require)\s*\(\s*(?:['"]([^'"\n]+)['"])?/g;

function importsOf(from: string, source: string): Import[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '');
  const found = [...code.matchAll(STATEMENT)].map(([, type, specifier = '']) => {
    return { from, specifier, typeOnly: type !== undefined };
  });
  for (const [, specifier = '(computed)'] of code.matchAll(EXPRESSION)) found.push({ from, specifier, typeOnly: true });
  return found;
}

function filesOf(root: string, folder: string): string[] {
  try {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    return names.map((name) => posix.join(folder, name.split(sep).join('/'))).filter((name) => /\.m?ts$/.test(name));
  } catch {
    return []; // a room which is not built yet
  }
}

function breachOf({ from, specifier }: Import, layerName: string, folder: string): string | undefined {
  const layer = LAYERS[layerName];
  if (layer === undefined) return `${from}: the folder ${layerName} has no row in the table of tools/imports.ts`;
  if (!specifier.startsWith('.')) {
    if (
      layer.outside.some((allowed) => (typeof allowed === 'string' ? allowed === specifier : allowed.test(specifier)))
    )
      return;
    return `${from}: ${layerName} may not import '${specifier}'`;
  }
  const target = relative(folder, posix.join(dirname(from), specifier))
    .split(sep)
    .join('/');
  if (target.startsWith('..')) return `${from}: '${specifier}' leaves ${folder}`;
  if (folder !== LIBRARY) return;
  const targetLayer = target.split('/')[0] ?? '';
  if (targetLayer === layerName || layer.below.includes(targetLayer) || layer.below.includes(target)) return;
  return `${from}: ${layerName} may not import ${target}`;
}

/** Every cycle once, as `a → b → a`; the files are visited in the order of their names. */
function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const seenAt = path.indexOf(file);
    if (seenAt >= 0) cycles.push(`a cycle: ${[...path.slice(seenAt), file].join(' → ')}`);
    if (seenAt >= 0 || finished.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    finished.add(file);
  };
  for (const file of [...edges.keys()].sort()) visit(file, []);
  return cycles;
}

export function checkImports(root: string): { problems: string[]; drawing: string } {
  const problems: string[] = [];
  const edges = new Map<string, string[]>();
  const arrows = new Map<string, Map<string, number>>();
  for (const { folder, layerOf } of ROOMS) {
    for (const file of filesOf(root, folder).sort()) {
      const layer = layerOf(relative(folder, file).split(sep).join('/'));
      const imports = importsOf(file, readFileSync(join(root, file), 'utf8'));
      const targets = arrows.get(layer) ?? new Map<string, number>();
      arrows.set(layer, targets);
      for (const one of imports) {
        const breach = breachOf(one, layer, folder);
        if (breach !== undefined) problems.push(breach);
        const inside = one.specifier.startsWith('.');
        const target = posix.join(dirname(file), one.specifier);
        const name = inside ? layerOf(relative(folder, target)) : one.specifier;
        if (name !== layer) targets.set(name, (targets.get(name) ?? 0) + 1);
        if (inside && !one.typeOnly) edges.set(file, [...(edges.get(file) ?? []), target]);
      }
    }
  }
  return { problems: [...problems, ...cyclesOf(edges)], drawing: draw(arrows) };
}

function draw(arrows: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const rows = Object.keys(LAYERS).filter((layer) => arrows.has(layer));
  const lines = rows.map((layer) => {
    const targets = [...(arrows.get(layer) ?? [])].sort(([a], [b]) => a.localeCompare(b));
    return `${layer.padEnd(12)} → ${targets.map(([name, count]) => `${name} (${count})`).join(', ') || 'nothing'}`;
  });
  return ['Who imports what, top to bottom (arrows lead down only):', ...lines].join('\n');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { problems, drawing } = checkImports(fileURLToPath(new URL('..', import.meta.url)));
  process.stdout.write(`${[drawing, ...problems].join('\n')}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
