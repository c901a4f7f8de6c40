// Where the code of the bundle for pages comes from: what its source maps say is so, as Node reads them.
import { readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FOLDER, writePageBundle } from '../page-build/build.ts';
import {
  mapWithout,
  movedMap,
  type SourceMap as RawMap,
  readMappings,
  writeMappings,
} from '../page-build/source-map.ts';

const mapOf = (mappings: string): RawMap => ({ version: 3, sources: ['a'], sourcesContent: [''], names: [], mappings });

describe('mappings', () => {
  it('are read and written', () => {
    const mappings = 'AAAA;AAAA,gCAA4C;;EACAA,IAAK,sBDFP';
    expect(writeMappings(readMappings(mappings))).toBe(mappings);
    expect(readMappings('AAAA,IAAI;AACA')).toEqual([
      [
        [0, 0, 0, 0],
        [4, 0, 0, 4],
      ],
      [[0, 0, 1, 4]],
    ]);
  });

  it('follow statements that are moved, also out of a `var` of several', () => {
    const before = 'var a=f,b=g;\nfunction g(){}';
    const map = mapOf(
      writeMappings([
        [
          [4, 0, 10, 0],
          [8, 0, 20, 0],
        ],
        [[9, 0, 30, 0]],
      ]),
    );
    const pieces = [
      { text: 'function g(){}', from: 13, skipped: 0 },
      { text: 'var b=g;', from: 8, skipped: 4 },
    ];
    expect(readMappings(movedMap(map, before, pieces).mappings)).toEqual([[[9, 0, 30, 0]], [[4, 0, 20, 0]]]);
  });

  it('follow when words are left out', () => {
    const map = mapOf(
      writeMappings([
        [
          [0, 0, 1, 0],
          [3, 0, 2, 0],
          [6, 0, 3, 0],
        ],
      ]),
    );
    expect(readMappings(mapWithout(map, 'abcXY;def', 'XY;').mappings)).toEqual([
      [
        [0, 0, 1, 0],
        [3, 0, 3, 0],
      ],
    ]);
  });
});

describe('the maps of the bundle', () => {
  beforeAll(writePageBundle, 60_000);

  it('are there for every file, with their sources', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.js'));
    for (const name of files) {
      expect(readFileSync(join(FOLDER, name), 'utf8')).toMatch(new RegExp(`\n//# sourceMappingURL=${name}\\.map\n$`));
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(FOLDER, `${name}.map`), 'utf8')) as RawMap;
      expect(sourcesContent.length).toBe(sources.length);
      for (const source of sources) expect(source).toMatch(/^\.\.\/(client|mqtt|bytes|transport)\//);
      for (const content of sourcesContent) expect(content).toBeTruthy();
    }
  });

  it('lead from words in the bundle to the same words in a source', () => {
    const code = readFileSync(join(FOLDER, 'index.js'), 'utf8');
    const raw = JSON.parse(readFileSync(join(FOLDER, 'index.js.map'), 'utf8')) as RawMap;
    const map = new SourceMap({ ...raw, file: 'index.js', sourceRoot: '' } as ConstructorParameters<
      typeof SourceMap
    >[0]);
    let found = 0;
    for (const [line, text] of code.split('\n').entries()) {
      for (const { 0: word, index } of text.matchAll(/(["'`])[A-Z][A-Z_]{5,}\1/g)) {
        const entry = map.findEntry(line, index) as { readonly originalSource: string; readonly originalLine: number };
        const source = raw.sourcesContent[raw.sources.indexOf(entry.originalSource)] ?? '';
        if (source.split('\n')[entry.originalLine]?.includes(word.slice(1, -1))) found++;
        else throw new Error(`${word} is said to be at ${entry.originalSource}:${entry.originalLine + 1}`);
      }
    }
    expect(found).toBeGreaterThan(30);
  });
});
