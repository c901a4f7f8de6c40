// Links with a program that uses the Rust crate `connect`, in both roles: the format is the same, byte for byte and tag for tag.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, Datagram, listen } from '../../src/connect/index.ts';

const PROGRAM = join(import.meta.dirname, '../../../../.cache/brokers/connect-crate/release/link-of-the-crate');
const isThere = existsSync(PROGRAM);
if (!isThere) process.stderr.write('the Rust crate connect is not built (brokers/install): its suite is left out\n');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function echoOfTheCrate(): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const child: ChildProcess = spawn(PROGRAM, ['echo', address], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return `tcp://${address}`;
}

describe.skipIf(!isThere)('the Rust crate connect', () => {
  it('echoes what we send, of every size', async () => {
    const connection = await connect(await echoOfTheCrate());
    for (const size of [1, 2, 100, 4_096, 65_536, 1_000_000]) {
      const sent = new Datagram(new Uint8Array(size).fill(size & 0xff), size & 0xffff);
      await connection.send(sent);
      const message = await connection.receive({ timeoutMs: 20_000 });
      expect([message?.tag, message?.dataSize, message?.version]).toEqual([sent.tag, size, 1]);
      expect(Buffer.compare(message!.data, sent.data)).toBe(0);
    }
    await connection.close();
  });

  it('echoes many small ones in order', async () => {
    const connection = await connect(await echoOfTheCrate());
    const sending = connection.sendAll(Array.from({ length: 1_000 }, (_, index) => new Datagram(`${index}`, index)));
    for (let index = 0; index < 1_000; index++) {
      const message = await connection.receive({ timeoutMs: 20_000 });
      expect([message?.tag, message?.text]).toEqual([index, `${index}`]);
    }
    await sending;
    await connection.close();
  });

  it('sends to us and gets its answers', async () => {
    const listener = await listen('tcp://127.0.0.1:0');
    onTestFinished(() => listener.close({ connections: 'close', timeoutMs: 100 }));
    void (async () => {
      for await (const connection of listener) {
        for await (const message of connection) await connection.send(`${message.text}!`, { tag: message.tag + 1 });
        await connection.close();
      }
    })();
    const { host } = new URL(listener.url);
    const { stdout } = await promisify(execFile)(PROGRAM, ['send', host, '65534', 'hello', 'wörld']);
    expect(stdout).toBe('65535 hello!\n65535 wörld!\n');
  });
});
