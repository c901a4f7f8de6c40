// What becomes of modules in the bundle for pages, one step at a time. The whole is tested in bundle.test.ts, and by the
// client's own tests, which run on it in the project `page`.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withValues } from '../page-build/constants.ts';
import { platformNames, publishedNames } from '../page-build/public-names.ts';
import { TextTable } from '../page-build/texts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'packages/signalbox/dist');

describe('texts of a module (§ stands for $)', () => {
  it.each([
    ["throw new E('A_CODE', 'no such thing');", "throw new E('A_CODE', '#0');", ['no such thing']],
    ['f(`the topic §{a} of §{b.c}`);', 'f(`#0(§{a})(§{b.c})`);', ['the topic {0} of {1}']],
    ["f(`§{a} is §{b ? 'too short' : 'long'}`);", "f(`#0(§{a})(§{b ? '#1' : 'long'})`);", ['{0} is {1}', 'too short']],
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

it('members of constant tables become values, members of others stay', () => {
  const code = 'f(Code.Bad, Code.Other, Code[Bad], a.Code.Bad, Other.Bad);';
  expect(withValues(code, { Code: { Bad: 0x80 } })).toBe(code.replace('Code.Bad', '128'));
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
