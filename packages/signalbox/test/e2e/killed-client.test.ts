// A client with its session in a file, killed again and again while it publishes: what it was told is acknowledged has arrived,
// QoS 2 came once, whatever the moment.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { connect } from '../../src/client/index.ts';
import { Random } from '../fuzz/random.ts';

const WRITER = fileURLToPath(new URL('killed-client-writer.ts', import.meta.url));
const KILLS = 12;

it(`killed ${KILLS} times, it has lost nothing it was told of, and sent no message of QoS 2 twice`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-killed-'));
  const broker = new Broker({ systemTopicsIntervalMs: 0 });
  onTestFinished(async () => {
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { url } = await broker.listen('mqtt://127.0.0.1:0');
  const witness = await connect(url);
  onTestFinished(() => witness.close());
  const heard: Record<string, string[]> = { 'killed/1': [], 'killed/2': [] };
  await witness.subscribe('killed/#', ({ topicName, text }) => {
    heard[topicName]!.push(text);
  });
  const random = new Random(7);
  const acknowledged: string[][] = [[], [], []];
  const problems: string[] = [];

  const live = async (args: string[], killAfter: number): Promise<string> => {
    const child = spawn(process.execPath, ['--import', 'tsx', WRITER, url, join(folder, 'session'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes;
      if (output.split('acknowledged').length > killAfter) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const lines = output.split('\n').slice(0, -1); // the last one may be torn
    for (const line of lines) {
      const [, qos, number] = /^acknowledged (\d) (\d+)$/.exec(line) ?? [];
      if (number !== undefined) acknowledged[Number(qos)]!.push(number);
      else if (line.startsWith('problem')) problems.push(line);
    }
    return output;
  };

  for (let round = 0; round < KILLS; round++) await live([String(round * 1_000_000)], 1 + random.below(400));
  expect(await live(['0', 'finish'], Infinity)).toContain('finished');
  const [one, two] = [heard['killed/1']!, heard['killed/2']!];
  expect(problems).toEqual([]);
  expect(acknowledged[1]!.length + acknowledged[2]!.length).toBeGreaterThan(500);
  const [ones, twos] = [new Set(one), new Set(two)];
  expect(acknowledged[1]!.filter((number) => !ones.has(number))).toEqual([]);
  expect(acknowledged[2]!.filter((number) => !twos.has(number))).toEqual([]);
  expect(two.length).toBe(twos.size);
}, 120_000);
