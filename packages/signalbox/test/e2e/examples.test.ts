import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/index.ts';
import { connect } from '../../src/client/index.ts';

const FOLDER = fileURLToPath(new URL('../../../../examples', import.meta.url));
const children: ChildProcess[] = [];
const brokers: Broker[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const broker of brokers.splice(0)) await broker.close();
});

async function listen(scheme = 'mqtt'): Promise<string> {
  const broker = new Broker();
  brokers.push(broker);
  const { url } = await broker.listen(`${scheme}://127.0.0.1:0`);
  return new URL(url).port;
}

/** A running example; `output` is what it printed so far. */
class Example {
  output = '';
  readonly ended: Promise<unknown[]>;
  readonly child: ChildProcess;
  #onOutput: () => void = () => {};

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: FOLDER,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(this.child);
    this.ended = once(this.child, 'close');
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#onOutput();
      });
    }
  }

  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
      });
    }
  }
}

describe('the examples', () => {
  it('publish.ts publishes what subscribe.ts prints', async () => {
    const port = await listen();
    const subscriber = new Example('subscribe.ts', 'house/#', port);
    await subscriber.until('SUBACK');
    const publisher = new Example('publish.ts', 'house/door', 'open', port);
    expect(await publisher.ended).toEqual([0, null]);
    expect(publisher.output).toContain('published');
    await subscriber.until('house/door: open');
    subscriber.child.kill('SIGINT');
    expect(await subscriber.ended).toEqual([0, null]);
  });

  it('publish.ts says when there is nobody to publish to', async () => {
    const publisher = new Example('publish.ts', 'a', 'b', '1');
    expect(await publisher.ended).toEqual([1, null]);
    expect(publisher.output).toContain('ECONNREFUSED');
  });

  it('client-publish-subscribe.mjs prints what it publishes', async () => {
    const example = new Example('client-publish-subscribe.mjs', `mqtt://127.0.0.1:${await listen()}`);
    expect(await example.ended).toEqual([0, null]);
    const [greeting, ...messages] = example.output.trimEnd().split('\n');
    expect(greeting).toMatch(/^connected as signalbox\w{14}, MQTT 5\.0$/);
    expect(messages).toEqual([
      'house/kitchen/temperature: 21.5 (QoS 0)',
      'house/cellar/temperature: 12.0 (QoS 1)',
      'house/attic/temperature: 27.3 (QoS 2)',
    ]);
  });

  it('client-request-reply.mjs gets an answer, and an error where there is none', async () => {
    const example = new Example('client-request-reply.mjs', `mqtt://127.0.0.1:${await listen()}`);
    expect(await example.ended).toEqual([0, null]);
    expect(example.output).toBe('19 + 23 = 42\nnobody divides: TIMEOUT\n');
  });

  it.each([
    [
      'msip-publish-subscribe.mjs',
      [
        'house/kitchen: 21.5 (Metric)',
        'house/kitchen: smoke (Event, urgent)',
        'house/kitchen: a long story (Log, gzip)',
      ],
    ],
    ['msip-acknowledged.mjs', ['done: sweep', 'done: wash', 'done: dry']],
  ])('%s talks MSIP', async (file, lines) => {
    const example = new Example(file, `msip://127.0.0.1:${await listen('msip')}`);
    expect(await example.ended).toEqual([0, null]);
    expect(example.output.trimEnd().split('\n')).toEqual(lines);
  });

  it.each([
    ['connect-echo.mjs', '7: one\n7: two\n7: three\n'],
    ['connect-link.mjs', 'connected\nbefore\nwaiting\nconnecting\nconnected\nafter\nclosed\n'],
    ['connect-requests.mjs', '3, 7, 42\nno answer: TIMEOUT\n'],
  ])('%s links two ends without a broker', async (file, output) => {
    const example = new Example(file);
    expect(await example.ended).toEqual([0, null]);
    expect(example.output).toBe(output);
  });

  it('client-offline.mjs keeps a message in a file, and sends it when there is a server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-examples-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'session');
    const offline = new Example('client-offline.mjs', 'first', 'mqtt://127.0.0.1:1', file);
    expect(await offline.ended).toEqual([0, null]);
    expect(offline.output).toBe('kept for the next run\n');
    const url = `mqtt://127.0.0.1:${await listen()}`;
    const reader = await connect(url);
    const journal = await reader.subscribe('journal');
    const online = new Example('client-offline.mjs', 'second', url, file);
    expect(await online.ended).toEqual([0, null]);
    expect(online.output).toBe('sent\n');
    await reader.drain();
    const received: string[] = [];
    for await (const message of journal) received.push(message.text);
    expect(received).toEqual(['first', 'second']);
  });
});
