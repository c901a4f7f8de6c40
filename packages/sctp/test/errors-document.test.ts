// docs/errors.md has every code of SctpError, in the order of the code, and nothing else.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SCTP_ERRORS } from '../src/sctp/sctp-error.ts';

it('every code of SctpError is told', () => {
  const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const section = document.split(/^## /m).find((text) => text.startsWith('SctpError')) ?? '';
  const codes = [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(codes).toEqual(SCTP_ERRORS);
});
