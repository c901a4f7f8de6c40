// `signalbox passwd`: makes the file that nobody else can read, changes it as a whole, and says what it does not take.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parsePasswordFile } from '../../../packages/signalbox/src/access/password-file.ts';

const BIN = fileURLToPath(new URL('../bin/signalbox.js', import.meta.url));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function passwd(args: readonly string[], input = ''): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, 'passwd', ...args]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.on('error', () => {}); // it may end without having read
    child.stdin.end(input);
  });
}

const QUICK = ['--password-stdin', '--scram-iterations', '4096'];

describe('signalbox passwd', () => {
  it('makes a file with mode 0600, adds, changes and deletes users, and leaves nothing else behind', async () => {
    const path = join(folder(), 'passwords');
    expect((await passwd([path, 'alice', ...QUICK], 'secret\n')).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await passwd([path, 'bob', ...QUICK], 'x\nignored');
    const before = parsePasswordFile(readFileSync(path, 'utf8'), path).users;
    expect([...before.keys()]).toEqual(['alice', 'bob']);
    expect(before.get('alice')?.scram?.iterations).toBe(4_096);
    await passwd([path, 'alice', '--password-stdin', '--scram-iterations', '0'], 'new');
    const after = parsePasswordFile(readFileSync(path, 'utf8'), path).users;
    expect(after.get('alice')?.hash).not.toEqual(before.get('alice')?.hash);
    expect(after.get('alice')?.scram).toBeUndefined();
    expect(after.get('bob')).toEqual(before.get('bob'));
    expect((await passwd([path, 'bob', '--delete'])).output).toContain('bob is not in');
    expect([...parsePasswordFile(readFileSync(path, 'utf8'), path).users.keys()]).toEqual(['alice']);
    expect(readdirSync(join(path, '..'))).toEqual(['passwords']);
  });

  it.each<[string, string[], string, string]>([
    ['no user', ['FILE'], '', 'give the file and the user'],
    ['a user name that the file cannot have', ['FILE', 'a:b', ...QUICK], 'x', 'no colon'],
    ['an empty password', ['FILE', 'u', ...QUICK], '\n', 'the password is empty'],
    ['a password without end', ['FILE', 'u', ...QUICK], 'x'.repeat(10_000), '4096 bytes at most'],
    ['no terminal', ['FILE', 'u'], 'x\n', 'use --password-stdin'],
    ['somebody to delete who is not there', ['FILE', 'u', '--delete'], '', 'there is no user u'],
    ['iterations that are too few', ['FILE', 'u', '--password-stdin', '--scram-iterations', '100'], 'x', 'from 4096'],
    ['an option it does not know', ['FILE', 'u', '--force'], '', 'see signalbox passwd --help'],
  ])('refuses %s in one line, and makes no file', async (_, args, input, problem) => {
    const path = join(folder(), 'passwords');
    const { code, output } = await passwd(
      args.map((arg) => (arg === 'FILE' ? path : arg)),
      input,
    );
    expect(code).toBe(1);
    expect(output).toContain(problem);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
  });

  it('does not overwrite what is no password file', async () => {
    const path = join(folder(), 'notes');
    writeFileSync(path, 'my notes\n');
    const { code, output } = await passwd([path, 'alice', ...QUICK], 'x');
    expect(code).toBe(1);
    expect(output).toContain(`${path}:1: there is no colon behind the user name`);
    expect(readFileSync(path, 'utf8')).toBe('my notes\n');
  });
});
