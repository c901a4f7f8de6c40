// docs/api is what the sources say now.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiPage, PAGE } from '../api-reference.ts';

describe('docs/api/signalbox.md', () => {
  const page = apiPage();

  it('is up to date (npm run api)', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });

  it('shows whole declarations, and nothing private', () => {
    for (const [, code = ''] of page.matchAll(/^```ts\n(.*?)^```$/gms)) {
      expect(code.split('{').length, code).toBe(code.split('}').length);
      expect(code).not.toMatch(/#private|ClientMachine/);
    }
    expect(page.match(/^## /gm)?.length).toBeGreaterThan(60);
  });
});
