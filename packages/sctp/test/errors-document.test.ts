// docs/errors.md has every code of the package, in the order of the code, and nothing else.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DTLS_ERRORS, DTLS_USAGE_ERRORS } from '../src/dtls/errors.ts';
import { SCTP_ERRORS } from '../src/sctp/sctp-error.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** The lines of the table under a heading. */
function lines(heading: string): string[] {
  const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(`${heading}:`)) ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

function codes(heading: string): (string | undefined)[] {
  return lines(heading).map((line) => /^\| `([A-Z_]+)` \|/.exec(line)?.[1]);
}

it.each([
  ['SctpError', SCTP_ERRORS],
  ['DtlsError', Object.keys(DTLS_ERRORS)],
  ['DtlsUsageError', DTLS_USAGE_ERRORS],
])('every code of %s is told', (heading, expected) => {
  expect(codes(heading)).toEqual(expected);
});

it('and the alert of every DtlsError', () => {
  const alerts = lines('DtlsError').map((line) => line.split('|')[2]?.trim());
  expect(alerts).toEqual(Object.values(DTLS_ERRORS).map((alert) => String(alert ?? 'none')));
});
