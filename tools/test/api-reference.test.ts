// docs/api is what the sources say now.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiPage, ENTRIES, pageOf } from '../api-reference.ts';

describe.each(ENTRIES)('docs/api/$page', (entry) => {
  const page = apiPage(entry);

  it('is up to date (npm run api)', () => {
    expect(readFileSync(pageOf(entry), 'utf8')).toBe(page);
  });

  it('shows whole declarations, and nothing private', () => {
    for (const [, code = ''] of page.matchAll(/^```ts\n(.*?)^```$/gms)) {
      expect(code.split('{').length, code).toBe(code.split('}').length);
      expect(code).not.toMatch(/#private|ClientMachine|@internal|ConnectionCore/);
    }
    expect(page.match(/^## /gm)?.length).toBeGreaterThan(30);
  });
});
