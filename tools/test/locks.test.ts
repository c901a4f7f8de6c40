// Each of the three locks of ARCHITECTURE.md is broken here on purpose, in a folder of its own, and has to notice.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports, LAYERS } from '../imports.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const library = 'packages/signalbox/src';
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-locks-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function runTool(script: string, args: readonly string[]): { status: number | null; output: string } {
  const tool = join(repository, 'node_modules', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('the compiler', () => {
  function compile(source: string): { status: number | null; output: string } {
    // The types of Node are within reach: what keeps them out has to be the setting, not their absence.
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'), 'junction');
    write('package.json', '{ "type": "module" }');
    write('src/mqtt/breach.ts', source);
    const pure = join(repository, 'packages/signalbox/tsconfig.pure.json');
    const compilerOptions = { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/pure.tsbuildinfo' };
    write('tsconfig.json', JSON.stringify({ extends: pure, compilerOptions, include: ['src'] }));
    return runTool('typescript/bin/tsc', ['-p', '.', '--pretty', 'false']);
  }

  it('accepts what the language itself offers', () => {
    const { status, output } = compile('export const one: Uint8Array = new Uint8Array([1]);\n');
    expect(output).toBe('');
    expect(status).toBe(0);
  });

  it('knows no timer, Buffer, process, console or node:net in a pure folder', () => {
    const breaches = [
      'setTimeout(() => {}, 1);',
      'export const buffer = Buffer.alloc(1);',
      'export const pid = process.pid;',
      "console.log('x');",
      "import 'node:net';",
      'export const decoder = new TextDecoder();',
    ];
    const { status, output } = compile(`${breaches.join('\n')}\n`);
    expect(status).not.toBe(0);
    const lines = [...output.matchAll(/breach\.ts\((\d+),/g)].map(([, line]) => Number(line));
    expect(new Set(lines)).toEqual(new Set(breaches.map((_, index) => index + 1)));
  });
});

describe('the linter', () => {
  function lint(path: string, source: string): { status: number | null; output: string } {
    write(path, source);
    cpSync(join(repository, 'biome.json'), join(folder, 'biome.json'));
    cpSync(join(repository, 'tools/lint'), join(folder, 'tools/lint'), { recursive: true });
    return runTool('@biomejs/biome/bin/biome', ['lint', '--vcs-enabled=false', '--reporter=github', path]);
  }

  const breaches = [
    'export const now = Date.now();',
    'export const today = new Date();',
    'export const dice = Math.random();',
    "console.log('x');",
    'export const timer = setTimeout;',
    "import 'node:net';",
  ];

  it('forbids clock, randomness, console, timers and Node in a pure folder', () => {
    const { status, output } = lint(`${library}/mqtt/breach.ts`, `${breaches.join('\n')}\n`);
    expect(status).not.toBe(0);
    const lines = [...output.matchAll(/line=(\d+)/g)].map(([, line]) => Number(line));
    expect(new Set(lines)).toEqual(new Set(breaches.map((_, index) => index + 1)));
  });

  it('leaves them to the layers above', () => {
    const { status, output } = lint(`${library}/broker/fine.ts`, `${breaches.join('\n')}\n`);
    expect(output).not.toContain('::error');
    expect(status).toBe(0);
  });
});

describe('tools/imports.ts', () => {
  it('has rows whose arrows lead down only', () => {
    const rows = Object.keys(LAYERS);
    for (const [row, { below }] of Object.entries(LAYERS)) {
      for (const target of below) {
        expect(rows.indexOf(target.split('/')[0] ?? ''), `${row} → ${target}`).toBeGreaterThan(rows.indexOf(row));
      }
    }
  });

  it('accepts imports that lead down, and draws them', () => {
    write(`${library}/bytes/reader.ts`, 'export const reader = 1;\n');
    write(`${library}/mqtt/framer.ts`, "import { reader } from '../bytes/reader.ts';\nexport const framer = reader;\n");
    const { problems, drawing } = checkImports(folder);
    expect(problems).toEqual([]);
    expect(drawing).toMatch(/mqtt +→ bytes \(1\)\nbytes +→ nothing/);
  });

  it.each([
    ['upwards', 'bytes/a.ts', "import '../mqtt/b.ts';", 'bytes may not import mqtt/b.ts'],
    ['upwards in a type', 'mqtt/a.ts', "import type { B } from '../broker/b.ts';", 'mqtt may not import broker/b.ts'],
    ['upwards at run time', 'mqtt/a.ts', "await import('../broker/b.ts');", 'mqtt may not import broker/b.ts'],
    ['a re-export', 'transport/a.ts', "export * from '../mqtt/b.ts';", 'transport may not import mqtt/b.ts'],
    [
      'between neighbours',
      'client/a.ts',
      "import {\n  b,\n} from '../broker/b.ts';",
      'client may not import broker/b.ts',
    ],
    ['beside the door', 'routing/a.ts', "import '../mqtt/connection.ts';", 'routing may not import mqtt/connection.ts'],
    ['sockets', 'broker/a.ts', "import { connect } from 'node:net';", "broker may not import 'node:net'"],
    ['ws', 'mqtt/a.ts', "import { WebSocket } from 'ws';", "mqtt may not import 'ws'"],
    ['another package', 'mqtt/a.ts', "import 'left-pad';", "mqtt may not import 'left-pad'"],
    ['out of the library', 'mqtt/a.ts', "import '../../test/b.ts';", "'../../test/b.ts' leaves packages/signalbox/src"],
    ['a computed name', 'mqtt/a.ts', 'await import(name);', "mqtt may not import '(computed)'"],
    ['a room without a row', 'utils/a.ts', "import '../bytes/b.ts';", 'the folder utils has no row'],
  ])('fails on a breach: %s', (_, path, source, problem) => {
    write(`${library}/${path}`, `${source}\n`);
    expect(checkImports(folder).problems.join('\n')).toContain(problem);
  });

  it('fails when the command reaches behind the entry points', () => {
    write(
      'apps/cli/src/main.ts',
      "import '../../../packages/signalbox/src/broker/broker.ts';\nimport 'signalbox/dist/x.js';\n",
    );
    expect(checkImports(folder).problems).toHaveLength(2);
  });

  it('fails on a cycle of files, and lets types refer to each other', () => {
    write(`${library}/mqtt/a.ts`, "import { b } from './b.ts';\nexport const a = b;\n");
    write(`${library}/mqtt/b.ts`, "import { c } from './c.ts';\nexport const b = c;\n");
    write(`${library}/mqtt/c.ts`, "import { a } from './a.ts';\nexport const c = a;\n");
    const path = (name: string) => `${library}/mqtt/${name}.ts`;
    expect(checkImports(folder).problems).toEqual([`a cycle: ${['a', 'b', 'c', 'a'].map(path).join(' → ')}`]);
    write(`${library}/mqtt/c.ts`, "import type { a } from './a.ts';\nexport type C = typeof a;\n");
    expect(checkImports(folder).problems).toEqual([]);
  });

  it('ignores imports in comments', () => {
    write(
      `${library}/bytes/a.ts`,
      "// import '../mqtt/b.ts';\n/* import 'ws'; */\nexport const a = 1; // import 'x'\n",
    );
    expect(checkImports(folder).problems).toEqual([]);
  });
});
