// Against libusrsctp, the SCTP of browsers, both ways: its peer is compiled here. Left out, and the reason told, where the
// library or a C compiler is missing (Debian: libusrsctp-dev, gcc).
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { UdpEndpoint, type UdpSink } from '../../src/udp-endpoint.ts';
import { UdpRelay } from '../support/udp-relay.ts';

const folder = mkdtempSync(join(tmpdir(), 'usrsctp-'));
const program = join(folder, 'peer');
const source = fileURLToPath(new URL('./usrsctp-peer.c', import.meta.url));
const compiled = spawnSync('cc', ['-O1', '-o', program, source, '-lusrsctp', '-lpthread'], { encoding: 'utf8' });
const isThere = compiled.status === 0;
if (!isThere) {
  const why = existsSync('/usr/include/usrsctp.h') ? compiled.stderr : 'libusrsctp-dev or a C compiler is missing';
  process.stderr.write(`the suite against usrsctp is left out: ${why}\n`);
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
});

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

async function echoServer(): Promise<number> {
  const port = await freePort();
  const child = spawn(program, ['echo', String(port), '5000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return port;
}

interface Talk {
  readonly bytes: Uint8Array;
  readonly streamIdentifier: number;
  readonly payloadProtocolIdentifier: number;
}

/** Sends the messages to usrsctp and gives back what came back, after the shutdown. */
async function talk(port: number, messages: readonly Talk[]): Promise<Talk[]> {
  const endpoint = await UdpEndpoint.open(
    { host: '127.0.0.1', family: 4, port },
    { accept: () => expect.unreachable(), onRefused: () => {} },
  );
  const back: Talk[] = [];
  return new Promise((resolve, reject) => {
    let next = 0;
    const pump = (): void => {
      while (next < messages.length && one.association.waitingBytes < 1_000_000)
        one.association.send(messages[next++]!);
      endpoint.clock.touch(one.association);
    };
    const one = endpoint.associate(5000, () => ({
      established: pump,
      drain: pump,
      message: ({ bytes, streamIdentifier, payloadProtocolIdentifier }) => {
        back.push({ bytes: bytes.slice(), streamIdentifier, payloadProtocolIdentifier });
        one.association.consume(bytes.length, endpoint.clock.now());
        if (back.length === messages.length) one.association.shutdown(endpoint.clock.now());
      },
      peerShutdown: () => {},
      peerError: () => {},
      ended: (error) => (error === undefined ? resolve(back) : reject(error)),
    }));
    endpoint.leave();
  });
}

describe.runIf(isThere)('with usrsctp', () => {
  it.each([
    [3000, 1],
    [3000, 100],
    [500, 5000],
    [12, 1_000_000],
  ])('as client: %i messages of %i bytes come back', async (count, size) => {
    const port = await echoServer();
    const messages = Array.from({ length: count }, (_, number) => ({
      bytes: new Uint8Array(size).fill(number),
      streamIdentifier: number % 4,
      payloadProtocolIdentifier: number,
    }));
    const back = await talk(port, messages);
    for (const stream of [0, 1, 2, 3]) {
      const numbers = back.filter((one) => one.streamIdentifier === stream).map((one) => one.payloadProtocolIdentifier);
      expect(numbers).toEqual(
        messages.filter((one) => one.streamIdentifier === stream).map((_, index) => 4 * index + stream),
      );
    }
    for (const { bytes, payloadProtocolIdentifier } of back) {
      expect(bytes.length).toBe(size);
      expect(bytes.every((byte) => byte === (payloadProtocolIdentifier & 255))).toBe(true);
    }
  });

  it.each([1, 2])('as client, through a network that loses a twentieth and reorders, seed %i', async (seed) => {
    const relay = await UdpRelay.to(await echoServer(), { seed, loss: 5, duplication: 2, reordering: 5 });
    const messages = Array.from({ length: 150 }, (_, number) => ({
      bytes: new Uint8Array(3000).fill(number),
      streamIdentifier: 0,
      payloadProtocolIdentifier: number,
    }));
    const back = await talk(relay.port, messages);
    await relay.close();
    expect(back.map((one) => one.payloadProtocolIdentifier)).toEqual(messages.map((_, index) => index));
    expect(relay.lost).toBeGreaterThan(10);
  });

  it.each([
    [2000, 1, 0],
    [2000, 100, 0],
    [500, 5000, 0],
    [8, 1_000_000, 0],
    [150, 3000, 5],
  ])('as server: %i messages of %i bytes come back, %i of a hundred packets lost', async (count, size, loss) => {
    let onEnded: (error: Error | undefined) => void = () => {};
    const ended = new Promise<Error | undefined>((resolve) => {
      onEnded = resolve;
    });
    const endpoint = await UdpEndpoint.open(
      { host: '127.0.0.1', family: 4, port: 0, listeningPort: 5000 },
      {
        onRefused: () => {},
        accept: (one): UdpSink => ({
          established: () => {},
          drain: () => {},
          message: (message) => {
            one.association.send(message);
            one.association.consume(message.bytes.length, endpoint.clock.now());
          },
          peerShutdown: () => {},
          peerError: () => {},
          ended: (error) => onEnded(error),
        }),
      },
    );
    const relay = await UdpRelay.to(endpoint.socket.localPort, { loss, reordering: loss });
    const words = ['talk', String(await freePort()), String(relay.port), '5000', String(count), String(size)];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(child, 'exit');
    expect([code, output.trim()]).toEqual([0, `${count} came back, then the end`]);
    // A peer whose last word was lost is gone by now, and nobody is there to repeat it.
    if (loss === 0) expect(await ended).toBeUndefined();
    endpoint.leave();
    await relay.close();
  });
});

it.runIf(isThere)('the compiled peer says how it is called', () => {
  expect(() => execFileSync(program, [], { stdio: 'ignore' })).toThrow();
});
