// docs/guide/command.md, docs/guide/connect.md and the README say nothing that the commands would not take, and all exit codes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ECHO } from '../../src/linking/echo-command.ts';
import { LINK_EXIT_CODES } from '../../src/linking/link-flags.ts';
import { SEND } from '../../src/linking/send-command.ts';
import { readCommandLine } from '../../src/messaging/command-line.ts';
import { EXIT_CODES } from '../../src/messaging/exit-codes.ts';
import type { FlagTable } from '../../src/messaging/flag-table.ts';
import { PUB } from '../../src/messaging/pub-command.ts';
import { RR } from '../../src/messaging/rr-command.ts';
import { SUB } from '../../src/messaging/sub-command.ts';

const root = new URL('../../../../', import.meta.url);
const guide = readFileSync(new URL('docs/guide/command.md', root), 'utf8');
const links = readFileSync(new URL('docs/guide/connect.md', root), 'utf8');
const readme = readFileSync(new URL('README.md', root), 'utf8');

/** Every call of a command in a block of shell, as words. */
function callsIn(text: string): string[][] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    [...block.matchAll(/signalbox ((?:pub|sub|rr|echo|send) (?:'[^']*'|"[^"]*"|[^\n|&;<>#])*)/g)].map(([, call = '']) =>
      [...call.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three ?? ''),
    ),
  );
}

describe('the guide of pub, sub and rr', () => {
  it.each([...callsIn(guide), ...callsIn(links), ...callsIn(readme)].map((words) => [words.join(' '), words] as const))(
    '%s',
    (_, words) => {
      const [name, ...args] = words;
      const { table } = [PUB, SUB, RR, ECHO, SEND].find((command) => command.name === name)!;
      const { values, rest } = readCommandLine(table as FlagTable, args, { command: name! });
      expect(Object.values(values).length + rest.length).toBeGreaterThan(0);
    },
  );

  it('has every exit code', () => {
    for (const [code] of EXIT_CODES) expect(guide).toMatch(new RegExp(`^\\| ${code}[ ,]`, 'm'));
    for (const [code] of LINK_EXIT_CODES) expect(links).toMatch(new RegExp(`^\\| ${code}[ ,]`, 'm'));
  });

  it('names only options there are, but for those it says are missing', () => {
    const [said = '', missing = ''] = guide.split('- Not there:');
    const known = [PUB, SUB, RR].flatMap(({ table }) => (table as FlagTable).map(({ flag }) => `--${flag}`));
    const named = [...said.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag!);
    expect(named.filter((flag) => !known.includes(flag) && flag !== '--help')).toEqual([]);
    expect(known.filter((flag) => missing.includes(`\`${flag}\``))).toEqual([]);
  });
});
