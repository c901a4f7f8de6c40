// The examples of README.md, as they stand there, against a broker of this build on a free port.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(
  ([, code]) => code ?? '',
);
let folder = '';
let broker: ReturnType<typeof start>;
let port = '';
let msipPort = '';

function start(args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  /** Resolves when the process prints a line with this text, rejects when it ends before. */
  const prints = (text: string) =>
    new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => line.includes(text) && resolve(line));
      lines.once('close', () => reject(new Error(`ended without printing ${text}`)));
    });
  return { child, ended, prints };
}

function startExample(contained: string) {
  const code = examples.find((example) => example.includes(contained));
  if (code === undefined) throw new Error(`README.md has no example with ${contained}`);
  const file = join(folder, `${examples.indexOf(code)}.mjs`);
  writeFileSync(
    file,
    code
      .replaceAll('mqtt://127.0.0.1:1883', `mqtt://127.0.0.1:${port}`)
      .replaceAll('msip://127.0.0.1:9000', `msip://127.0.0.1:${msipPort}`)
      .replaceAll('port: 1883', `port: ${port}`),
  );
  return start([file]);
}

beforeAll(async () => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache/readme-')); // inside the repository: the examples import its packages
  const listeners = ['--listen', 'mqtt://127.0.0.1:0', '--listen', 'msip://127.0.0.1:0'];
  broker = start(['apps/cli/bin/signalbox.js', 'broker', ...listeners, '--data', 'memory:']);
  const [line, msipLine] = await Promise.all([broker.prints('mqtt://127.0.0.1:'), broker.prints('msip://127.0.0.1:')]);
  port = /mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? '';
  msipPort = /msip:\/\/127\.0\.0\.1:(\d+)/.exec(msipLine)?.[1] ?? '';
});

afterAll(async () => {
  broker.child.kill('SIGINT');
  expect(await broker.ended).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

describe('the examples of README.md', () => {
  it('MQTT.js and the core exchange a message', async () => {
    const core = startExample("from 'signalbox/mqtt'");
    const received = core.prints('greetings/world hello');
    // Nothing tells from outside when the core has subscribed: publish until it prints what it got.
    let isDone = false;
    const publishing = (async () => {
      while (!isDone) {
        const mqttJs = startExample("from 'mqtt'");
        await mqttJs.prints('greetings/world hello');
        expect(await mqttJs.ended).toBe(0);
      }
    })();
    await received;
    isDone = true;
    await publishing;
    core.child.kill();
    await core.ended;
  });

  it('the client publishes and receives', async () => {
    const client = startExample("from 'signalbox';");
    await client.prints('greetings/everybody hello');
    expect(await client.ended).toBe(0);
  });

  it('the MSIP client publishes and receives', async () => {
    const client = startExample("from 'signalbox/msip';");
    await client.prints('greetings/by/msip hello');
    expect(await client.ended).toBe(0);
  });

  it('a broker inside a program listens, publishes and closes', async () => {
    const embedded = startExample("from 'signalbox/broker'");
    await embedded.prints('listening on mqtt://127.0.0.1:');
    expect(await embedded.ended).toBe(0);
  });
});
