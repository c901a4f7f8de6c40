// What becomes of modules in the bundle for pages, one step at a time. The whole is tested in bundle.test.ts, and by the
// client's own tests, which run on it in the project `page`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { arranged, statementsOf } from '../page-build/arrangement.ts';
import { withValues } from '../page-build/constants.ts';
import { UNUSED_OPTIONS, withFixed } from '../page-build/fixed.ts';
import { platformNames, publishedNames } from '../page-build/public-names.ts';
import { TextTable } from '../page-build/texts.ts';
import { withoutUnused } from '../page-build/unused.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'packages/signalbox/dist');

describe('texts of a module (§ stands for $)', () => {
  it.each([
    ["throw new E('A_CODE', 'no such thing');", "throw new E('A_CODE', '#0');", ['no such thing']],
    ['f(`the topic §{a} of §{b.c}`);', 'f(`#0(§{a})(§{b.c})`);', ['the topic {0} of {1}']],
    ["f(`§{a} is §{b ? 'too short' : 'long'}`);", "f(`#0(§{a})(§{b ? '#1' : 'long'})`);", ['{0} is {1}', 'too short']],
    ["throw new E('C', 'no such thing', 'MQTT-1.5.5-1');", "throw new E('C', '#0');", ['no such thing [MQTT-1.5.5-1]']],
    ['g(`the §{a} one`, "MQTT-2.1.3-1@3.1.1");', 'g(`#0(§{a})`);', ['the {0} one [MQTT-2.1.3-1@3.1.1]']],
    ["f('one text', 'one text');", "f('#0', '#0');", ['one text']],
    ["f('connack', 'Client Key', '[object Map]', '00 80-8A');", undefined, []],
    ['f(`m§{key}`, `§{a}/§{b}`);', undefined, []],
  ])('%s', (before, after, texts) => {
    const [code, shortened] = [before, after ?? before].map((text) => text.replaceAll('§', '$'));
    const table = new TextTable();
    expect(table.shorten(code!)).toBe(shortened);
    expect(table.texts).toEqual(texts);
  });
});

it('a table that is not used any more is not imported', () => {
  const code = "import { Code } from './a.js';\nimport { Other as C, d } from './b.js';\nf(Code.Bad, d);\n";
  const left = "import { Other as C, d } from './b.js';\nf(128, d);\n";
  expect(withValues(code, { Code: { Bad: 0x80 } })).toBe(left);
});

it('members of constant tables become values, members of others stay', () => {
  const code = 'f(Code.Bad, Code.Other, Code[Bad], a.Code.Bad, Other.Bad);';
  expect(withValues(code, { Code: { Bad: 0x80 } })).toBe(code.replace('Code.Bad', '128'));
});

describe('what is always the same in a page', () => {
  it('is a constant', () => {
    const code =
      'this.packetIdentifierSize = a.packetIdentifierSize; f(core.options.offlinePublish === true, options.b);';
    const fixed = 'this.packetIdentifierSize = 2; f(undefined === true, options.b);';
    expect(withFixed('mqtt/any.js', code)).toBe(fixed);
    expect(withFixed('client/any.js', code)).toBe(code);
  });

  it('fails when a module is not what it was', () => {
    expect(() => withFixed('mqtt/connection-settlement.js', 'f();')).toThrow('has no “sink.settled !== undefined”');
  });

  it('is no option that the client gives', () => {
    const core = readFileSync(join(ROOT, 'packages/signalbox/src/client/client-core.ts'), 'utf8');
    const [given = ''] = /new ListeningConnection<Publication>\(\{[\s\S]*?\n {2}\}\)/.exec(core) ?? [];
    expect(given).toContain('automaticRelease');
    for (const name of UNUSED_OPTIONS) expect(given).not.toContain(name);
  });
});

describe('the order of statements', () => {
  const code = [
    "import { E } from './e.js';",
    'function f() { return new B(c); }',
    'var a = 1, B = class extends A { static d = a; e() { return late; } };',
    'var A = class {};',
    'var c = f();',
    'var late = 2;',
    'export { c };',
  ];
  const order = (names: readonly string[]): string[] =>
    arranged(statementsOf(code.join('\n')), names).map(({ name, text }) => name || text.slice(0, 6));

  it('is what was wished for, as far as what is evaluated allows', () => {
    expect(order(['late', 'A', 'f'])).toEqual(['import', 'late', 'A', 'a', 'B', 'c', 'f', 'export']);
  });

  it('but nothing comes before what it reads, and what is evaluated keeps its order', () => {
    expect(order(['c', 'late', 'B', 'a', 'f', 'A'])).toEqual(['import', 'a', 'A', 'B', 'late', 'c', 'f', 'export']);
  });

  it('and what is new stays behind what it was behind', () => {
    expect(order(['A', 'f'])).toEqual(['import', 'A', 'a', 'B', 'late', 'c', 'f', 'export']);
  });
});

it('methods nobody calls are left out, and what only they call', () => {
  const code =
    'class A { a() { this.#b(); } #b() {} get c() {} static d() {} "e"() {} [f]() {} h() {} constructor() {} }';
  const modules = new Map([
    ['1', code],
    ['2', 'const { c } = x; y["e"]; z.d();'],
  ]);
  const left = withoutUnused(modules, new Set(['h'])).get('1')!;
  expect(left.replaceAll(/ +/g, ' ')).toBe(
    'class A { get c() {} static d() {} "e"() {} [f]() {} h() {} constructor() {} }',
  );
});

describe('names that stay', () => {
  const published = publishedNames([join(DIST, 'client/browser.d.ts'), join(DIST, 'transport/websocket-browser.d.ts')]);
  const platform = platformNames(join(ROOT, 'node_modules'));

  it.each(['publishStream', 'sessionExpiryInterval', 'qos0', 'onStatus', 'maximumHeld', 'delayMs', 'subjectAltName'])(
    'of what is published: %s',
    (name) => {
      expect(published).toContain(name);
    },
  );

  it.each(['unref', 'navigator', 'locks', 'bufferedAmount', 'deriveBits', 'asyncDispose', 'flatMap', 'cause'])(
    'of the platform: %s',
    (name) => {
      expect(platform).toContain(name);
    },
  );

  it.each(['awaitsAnswer', 'packetAgain', 'outboundAliases', 'interception', 'identifierAt'])(
    'but not ours alone: %s',
    (name) => {
      expect(published.has(name) || platform.has(name)).toBe(false);
    },
  );
});
