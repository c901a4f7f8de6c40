// A program of its own with a link: it lives as long as something is waited for, and ends by itself when nothing is.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const CONNECT = new URL('../../src/connect/index.ts', import.meta.url).href;

/** What a program prints, and its exit code. */
async function run(program: string): Promise<[output: string, exitCode: number | null]> {
  const code = `import { connect, connectionPair, listen, openLink } from '${CONNECT}';\n${program}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1');
  });
  const [exitCode] = await once(child, 'close');
  return [output, exitCode];
}

it('waits for a peer that is not there yet, and ends when the link is closed', async () => {
  const [output, exitCode] = await run(`
    let attempts = 0;
    const onStatus = ({ state }) => {
      if (state === 'waiting' && ++attempts === 3) void link.close();
    };
    const link = openLink('tcp://127.0.0.1:1', { backOff: { firstMs: 10 }, onStatus });
    for await (const _ of link);
    console.log('attempts', attempts);`);
  expect([output, exitCode]).toEqual(['attempts 3\n', 0]);
});

it('lives until a time limit that somebody waits for', async () => {
  const [output, exitCode] = await run(`
    const [here] = connectionPair();
    await here.receive({ timeoutMs: 50 }).catch((error) => console.log(error.code));`);
  expect([output, exitCode]).toEqual(['TIMEOUT\n', 0]);
});

it('ends by itself when its connections are closed, whatever they had been waiting for', async () => {
  const [output, exitCode] = await run(`
    const keepAlive = { intervalMs: 3_600_000 };
    const listener = await listen('tcp://127.0.0.1:0', { keepAlive, idleTimeoutMs: 3_600_000 });
    const connection = await connect(listener.url, { keepAlive, idleTimeoutMs: 3_600_000 });
    const received = connection.receive({ timeoutMs: 3_600_000 });
    await connection.close({ timeoutMs: 3_600_000 });
    await listener.close({ connections: 'close', timeoutMs: 3_600_000 });
    console.log(await received);`);
  expect([output, exitCode]).toEqual(['undefined\n', 0]);
});
