// The traceability tool on a small tree of its own: what counts as enforced, as proven, and what it refuses.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkStatements } from '../statements.ts';

let folder = '';

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-statements-'));
  const header = 'id\tlevel\tbinds\tchapter\twording\n';
  write(
    'spec/mqtt-5.0.tsv',
    `# a comment\n${header}MQTT-1.1.1-1\tMUST\tserver\tcore\tone\nMQTT-1.1.1-2\tMAY\tclient\tcore\ttwo\n`,
  );
  write('spec/mqtt-3.1.1.tsv', `${header}MQTT-1.1.1-1@3.1.1\tMUST\tboth\tcore\told | one\n`);
  write('spec/msip-1.tsv', `${header}MSIP-1-1\tMAY\tboth\tcore\tours\n`);
  write('spec/no-line.tsv', 'id\treason\nMQTT-1.1.1-1\tlies in the whole\nMQTT-1.1.1-1@3.1.1\tthe same\n');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('asks for a test or an exception for every MUST of both versions', () => {
  expect(checkStatements(folder).problems).toEqual([
    'MQTT-1.1.1-1 has neither a test nor an exception: one',
    'MQTT-1.1.1-1@3.1.1 has neither a test nor an exception: old | one',
  ]);
});

it('takes test names that begin with ids, wherever the name is written', () => {
  write('packages/x/test/a.test.ts', "it('[MQTT-1.1.1-1] [MQTT-1.1.1-1@3.1.1] refuses', () => {});\n");
  expect(checkStatements(folder).problems).toEqual([]);
  write(
    'packages/x/test/a.test.ts',
    "const cases = [\n  { name: '[MQTT-1.1.1-1] refuses' },\n];\nit.each(cases)('$name', run);\n",
  );
  write('packages/x/test/b/c.test.ts', 'it(\n  `[MQTT-1.1.1-1@3.1.1] refuses`,\n  () => {},\n);\n');
  expect(checkStatements(folder).problems).toEqual([]);
});

it('does not take a skipped test, an id in the middle of a name, or an id in src for a proof', () => {
  write(
    'packages/x/test/a.test.ts',
    "it.skip('[MQTT-1.1.1-1] x', f);\nit.todo('[MQTT-1.1.1-1] x');\nit('x [MQTT-1.1.1-1]', f);\n",
  );
  write('packages/x/src/a.ts', 'check(); // [MQTT-1.1.1-1]\n');
  write('spec/no-line.tsv', '');
  write('spec/exceptions.tsv', 'id\treason\nMQTT-1.1.1-1@3.1.1\tnot built yet\n');
  expect(checkStatements(folder).problems).toEqual(['MQTT-1.1.1-1 has neither a test nor an exception: one']);
});

it('asks for a line of src, or for the reason why none enforces it, for every MUST', () => {
  write('packages/x/test/a.test.ts', "it('[MQTT-1.1.1-1] [MQTT-1.1.1-1@3.1.1] refuses', () => {});\n");
  write('packages/x/src/a.ts', 'check(); // [MQTT-1.1.1-1]\n');
  write('spec/no-line.tsv', 'id\treason\nMQTT-1.1.1-1\tlies in the whole\nMQTT-8.8.8-8\t\n');
  expect(checkStatements(folder).problems).toEqual([
    'spec/no-line.tsv: unknown statement MQTT-8.8.8-8',
    'spec/no-line.tsv: MQTT-8.8.8-8 has no reason',
    'spec/no-line.tsv: MQTT-1.1.1-1 has a line now and needs no reason',
    'MQTT-1.1.1-1@3.1.1 has neither a line of src nor a reason in spec/no-line.tsv: old | one',
  ]);
  write('packages/x/src/a.ts', '');
  write('spec/no-line.tsv', 'id\treason\nMQTT-1.1.1-1\tlies in the whole\nMQTT-1.1.1-1@3.1.1\tthe same\n');
  const { problems, report } = checkStatements(folder);
  expect(problems).toEqual([]);
  expect(report).toContain('| one | no single line: lies in the whole |');
});

it('fails on unknown ids, reasonless exceptions and exceptions that are proven', () => {
  write('packages/x/src/a.ts', 'check(); // why [MQTT-9.9.9-9]\n');
  write('packages/x/test/a.test.ts', "it('[MQTT-1.1.1-1] [MQTT-1.1.1-9] x', f);\n");
  write('spec/exceptions.tsv', 'id\treason\nMQTT-1.1.1-1\tdone long ago\nMQTT-1.1.1-1@3.1.1\t\nMQTT-8.8.8-8\twhy\n');
  expect(checkStatements(folder).problems).toEqual([
    'packages/x/src/a.ts: unknown statement MQTT-9.9.9-9',
    'packages/x/test/a.test.ts: unknown statement MQTT-1.1.1-9',
    'spec/exceptions.tsv: MQTT-1.1.1-1@3.1.1 has no reason',
    'spec/exceptions.tsv: unknown statement MQTT-8.8.8-8',
    'spec/exceptions.tsv: MQTT-1.1.1-1 has a test now and needs no exception',
  ]);
});

it('writes a table of what is enforced where and proven by what', () => {
  write(
    'packages/signalbox/src/mqtt/a.ts',
    "check(); // [MQTT-1.1.1-1] [MQTT-1.1.1-1@3.1.1]\nfail('MQTT-1.1.1-2');\n// about [MQTT-1.1.1-2] it\n",
  );
  write('packages/signalbox/test/mqtt/a.test.ts', "it('[MQTT-1.1.1-1] x', f);\nit('[MSIP-1-1] y', f);\n");
  write('spec/no-line.tsv', '');
  write('spec/exceptions.tsv', 'id\treason\nMQTT-1.1.1-1@3.1.1\tno client yet\n');
  const { problems, report, summary } = checkStatements(folder);
  expect(problems).toEqual([]);
  expect(report).toContain('| MQTT-1.1.1-1 | MUST | server | one | `mqtt/a.ts` | `mqtt/a.test.ts` |\n');
  expect(report).toContain('| MQTT-1.1.1-2 | MAY | client | two | `mqtt/a.ts` | **open** |\n');
  expect(report).toContain(
    '| MQTT-1.1.1-1@3.1.1 | MUST | both | old \\| one | `mqtt/a.ts` | exception: no client yet |\n',
  );
  expect(summary).toBe(
    'MQTT 5.0: 2 statements, 1 proven by tests, 0 excepted with a reason.\n' +
      'MQTT 3.1.1: 1 statements, 0 proven by tests, 1 excepted with a reason.\n' +
      'MSIP/1: 1 statements, 1 proven by tests, 0 excepted with a reason.',
  );
  expect(checkStatements(folder).report).toBe(report);
});
