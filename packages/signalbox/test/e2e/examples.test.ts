import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/index.ts';

const FOLDER = fileURLToPath(new URL('../../../../examples', import.meta.url));
const children: ChildProcess[] = [];
const brokers: Broker[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const broker of brokers.splice(0)) await broker.close();
});

async function listen(): Promise<string> {
  const broker = new Broker();
  brokers.push(broker);
  const { url } = await broker.listen('mqtt://127.0.0.1:0');
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
});
