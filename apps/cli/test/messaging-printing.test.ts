// What sub prints, where to, and what becomes of it when nobody reads.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signalbox } from './command.ts';
import { folder, type Setting, start } from './messaging-support.ts';

const BIN = fileURLToPath(new URL('../bin/signalbox.js', import.meta.url));

/** What a sub with these options prints of three messages, the first of which was retained before. */
async function printed(...args: string[]): Promise<string> {
  const setting = await start();
  await setting.pub('-t', 'a/old', '-m', 'old', '-r', '-q', '1');
  const sub = await setting.sub('-t', 'a/#', '-q', '1', ...args);
  await setting.pub('-t', 'a/b', '-m', 'one', '-q', '1');
  await setting.pub('-t', 'a/c', '-m', 'two', '-q', '1', '-r');
  return (await sub.ended).stdout;
}

describe('signalbox sub prints', () => {
  it.each<[string[], string]>([
    [['-C', '3'], 'old\none\ntwo\n'],
    [['-C', '3', '-v'], 'a/old old\na/b one\na/c two\n'],
    [['-C', '3', '-N'], 'oldonetwo'],
    [['-C', '2', '-T', 'a/b'], 'old\ntwo\n'],
    [['-C', '2', '-R'], 'one\ntwo\n'],
    [['-C', '2', '-R', '-V', '311'], 'one\ntwo\n'],
    [['--retained-only'], 'old\n'],
    [['-C', '3', '--retain-as-published', '-F', '%p %r'], 'old 1\none 0\ntwo 1\n'],
    [['-C', '2', '-R', '--retain-as-published', '-F', '%p %r'], 'one 0\ntwo 1\n'],
    [['-C', '2', '-F', 'hex', '-v'], 'a/old 6f6c64\na/b 6f6e65\n'],
    [['-C', '1', '-F', '%t\\t%l @@%%'], 'a/old\t3 @%\n'],
  ])('%j', async (args, expected) => {
    expect(await printed(...args)).toBe(expected);
  });

  it('not what it published itself with --no-local', async () => {
    const setting = await start();
    const { stdout } = await signalbox('sub', '-L', setting.url, '-t', 'a', '--no-local', '-E', '-d').ended;
    expect(stdout).toBe('');
    const { stderr } = await signalbox('sub', '-L', setting.url, '-t', 'a', '--no-local', '-E', '-d').ended;
    expect(stderr).toMatch(/→ SUBSCRIBE .*"noLocal":true/);
  });

  it('takes retained messages back with --remove-retained', async () => {
    const setting = await start();
    for (const topic of ['a/1', 'a/2', 'a/3']) await setting.pub('-t', topic, '-m', topic, '-r', '-q', '1');
    const args = ['sub', '-L', setting.url, '-t', 'a/+', '-q', '1'];
    const first = await signalbox(...args, '--remove-retained', '-T', 'a/3', '-C', '2').ended;
    expect(first.stdout.split('\n').sort()).toEqual(['', 'a/1', 'a/2']);
    expect((await signalbox(...args, '-C', '1').ended).stdout).toBe('a/3\n');
    expect((await signalbox(...args, '-C', '2', '-W', '0.5').ended).stdout).toBe('a/3\n');
  });

  it('into a file, written anew', async () => {
    const setting = await start();
    const file = join(folder(), 'log');
    await setting.pub('-t', 'a', '-m', 'x', '-r', '-q', '1');
    for (const format of ['json', 'text']) {
      const { code, stdout } = await signalbox(
        ...['sub', '-L', setting.url, '-t', 'a', '-C', '1', '-F', format, '--output', file],
      ).ended;
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    }
    expect(readFileSync(file, 'utf8')).toBe('x\n');
  });

  it('a line for each message with --watch when nobody looks at a terminal', async () => {
    const setting = await start();
    const sub = await setting.sub('-t', 'a/+', '--watch', '-C', '3');
    for (const [topic, text] of [
      ['a/b', 'one'],
      ['a/c', 'x\ny'],
      ['a/b', 'two'],
    ] as const) {
      await setting.pub('-t', topic, '-m', text, '-q', '1');
    }
    const lines = (await sub.ended).stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual(['a/b 1 one', 'a/c 1 x\\u{a}y', 'a/b 2 two']);
  });

  it('until --timeout, and then ends with 27', async () => {
    const setting = await start();
    await setting.pub('-t', 'a', '-m', 'x', '-r', '-q', '1');
    const { code, stdout, stderr } = await signalbox('sub', '-L', setting.url, '-t', 'a', '-W', '0.5').ended;
    expect({ code, stdout }).toEqual({ code: 27, stdout: 'x\n' });
    expect(stderr).toBe('signalbox: --timeout: 0.5 s are over\n');
  });

  it.each<[string[], NodeJS.Signals, number]>([
    [[], 'SIGINT', 0],
    [[], 'SIGTERM', 0],
    [['-C', '5'], 'SIGINT', 130],
    [['-C', '5'], 'SIGTERM', 143],
  ])('until a signal: %j %s %i, and nothing that was received is lost', async (args, signal, code) => {
    const setting = await start();
    const sub = await setting.sub('-t', 'a', ...args);
    await setting.pub('-t', 'a', '-m', 'x', '-q', '1');
    await sub.printed(/x/);
    sub.kill(signal);
    const ended = await sub.ended;
    expect(ended).toMatchObject({ code, stdout: 'x\n' });
    expect(ended.stderr).toMatch(/→ DISCONNECT/);
  });
});

describe('when it is read slowly, or not at all', () => {
  it('ends without a word when the reader is gone', async () => {
    const setting = await start();
    const shell = spawn(
      'sh',
      ['-c', `"${process.execPath}" "${BIN}" sub -L ${setting.url} -t a -q 1; echo "code $?" >&2`],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    onTestFinished(() => void shell.kill('SIGKILL'));
    let stderr = '';
    shell.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise((resolve) => shell.once('close', resolve));
    const first = new Promise((resolve) => shell.stdout.once('data', resolve));
    const flood = flooding(setting);
    await first;
    shell.stdout.destroy();
    await ended;
    flood.stop();
    expect(stderr).toBe('code 0\n');
  });

  it('waits for the reader: the broker keeps what is to come, and nothing is lost', async () => {
    const setting = await start();
    const count = 3_000;
    const child = spawn(process.execPath, [
      BIN,
      'sub',
      '-L',
      setting.url,
      '-t',
      'a',
      '-q',
      '1',
      '-C',
      String(count),
      '-d',
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => chunk.includes('SUBACK') && resolve());
    });
    const payload = 'x'.repeat(1_000);
    for (let i = 0; i < count; i++)
      await setting.broker.publish({ topicName: 'a', payload: `${i} ${payload}`, qos: 1 });
    // Nothing has been read until here: its pipe and its buffers hold a part, the queue in the broker the rest.
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    const numbers = text
      .trimEnd()
      .split('\n')
      .map((line) => Number(line.split(' ')[0]));
    expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('says that the disk is full', async () => {
    const setting = await start();
    await setting.pub('-t', 'a', '-m', 'x', '-r', '-q', '1');
    const { code, stderr } = await signalbox('sub', '-L', setting.url, '-t', 'a', '--output', '/dev/full').ended;
    expect(stderr).toBe('signalbox: --output /dev/full: ENOSPC\n');
    expect(code).toBe(1);
  });
});

/** Messages without end. */
function flooding({ broker }: Setting): { stop(): void } {
  let isOver = false;
  void (async () => {
    while (!isOver) {
      await broker.publish({ topicName: 'a', payload: 'x', qos: 1 });
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    stop: () => {
      isOver = true;
    },
  };
}
