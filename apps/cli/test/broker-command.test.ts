// `signalbox broker` as it runs: where it listens, what it prints, and how it ends.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writePacket } from '../../../packages/signalbox/src/mqtt/packets/packet.ts';
import { connect } from '../../../packages/signalbox/src/transport/connect.ts';
import { RawClient } from '../../../packages/signalbox/test/support/raw-client.ts';
import { TestClient } from '../../../packages/signalbox/test/support/test-client.ts';
import { Command, signalbox } from './command.ts';

const CERTIFICATES = new URL('../../../packages/signalbox/test/support/certificates/', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, CERTIFICATES));
const read = (name: string) => readFileSync(new URL(name, CERTIFICATES));

async function client(url: string, clientId: string, options: Parameters<typeof connect>[1] = {}): Promise<TestClient> {
  const transport = await connect(url, options);
  onTestFinished(() => transport.destroy());
  return TestClient.connect(transport, { connect: { clientId } });
}

describe('a running broker', () => {
  it('tells the real port of each listener, and carries messages between them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const socket = `unix://${join(folder, 'broker.sock')}`;
    const listen = ['mqtt://127.0.0.1:0', 'ws://127.0.0.1:0/mqtt', socket].flatMap((url) => ['--listen', url]);
    const broker = signalbox('broker', ...listen);
    const urls = await broker.urls();
    expect(urls).toHaveLength(3);
    expect(urls[0]).toMatch(/^mqtt:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(urls[1]).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d+\/mqtt$/);
    expect(urls[2]).toBe(socket);
    const clients = await Promise.all(urls.map((url, i) => client(url, `client-${i}`)));
    for (const each of clients) await each.subscribe('t', 1);
    await clients[0]!.publish('t', 'hello', { qos: 1 });
    for (const each of clients) expect((await each.message()).text).toBe('hello');
    broker.kill('SIGTERM');
    expect((await broker.ended).code).toBe(0);
    expect(existsSync(join(folder, 'broker.sock'))).toBe(false);
  });

  it('speaks TLS with the certificate it was given, on mqtts and wss', async () => {
    const files = ['--tls-cert', path('server.crt'), '--tls-key', path('server.key')];
    const broker = signalbox(
      'broker',
      '--listen',
      'mqtts://127.0.0.1:0',
      '--listen',
      'wss://127.0.0.1:0/mqtt',
      ...files,
    );
    const urls = await broker.urls();
    for (const [i, url] of urls.entries()) {
      const secure = await client(url, `client-${i}`, { tls: { ca: read('ca.crt'), servername: 'localhost' } });
      expect(secure.connack.reasonCode).toBe(0);
    }
    await expect(
      connect(urls[0]!, { tls: { ca: read('stranger-ca.crt'), servername: 'localhost' } }),
    ).rejects.toThrow();
  });

  it('--tls-ca lets in only clients with a certificate of that authority', async () => {
    const files = ['--tls-cert', path('server.crt'), '--tls-key', path('server.key'), '--tls-ca', path('ca.crt')];
    const broker = signalbox('broker', '--listen', 'mqtts://127.0.0.1:0', ...files);
    const [url] = await broker.urls();
    const base = { ca: read('ca.crt'), servername: 'localhost' };
    const known = await client(url!, 'known', { tls: { ...base, cert: read('client.crt'), key: read('client.key') } });
    expect(known.connack.reasonCode).toBe(0);
    const strangers = [base, { ...base, cert: read('stranger.crt'), key: read('stranger.key') }];
    for (const tls of strangers) {
      await expect(client(url!, 'stranger', { tls })).rejects.toThrow();
    }
  });

  it('takes limits and other options', async () => {
    const options = [
      '--limit',
      'receiveMaximum=7',
      '--limit',
      'topicLevels=5',
      '--sys-interval',
      '1',
      '--data',
      'memory:',
    ];
    const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0', '--queue-policy', 'drop-oldest', ...options);
    const [url] = await broker.urls();
    const each = await client(url!, 'client');
    expect(each.connack.properties.receiveMaximum).toBe(7);
    expect((await each.subscribe('1/2/3/4/5/6')).reasonCodes).toEqual([0x8f]);
    expect((await each.subscribe('$SYS/#')).reasonCodes[0]).toBe(0x00);
    expect((await each.message()).topicName).toMatch(/^\$SYS\/broker\//);
  });

  it('--verbose prints who comes, subscribes, is refused and goes, and why', async () => {
    const broker = signalbox(
      'broker',
      '--listen',
      'mqtt://127.0.0.1:0',
      '--verbose',
      '--log-format',
      'pretty',
      '--limit',
      'sessions=1',
    );
    const [url] = await broker.urls();
    const each = await client(url!, 'talker');
    await broker.printed(/DEBUG: connected talker \(MQTT 5, new session\) from 127\.0\.0\.1:\d+$/m);
    await each.subscribe('some/topic', 1);
    await broker.printed(/DEBUG: subscribed talker to some\/topic: 0x01$/m);
    await client(url!, 'one too many');
    await broker.printed(/INFO: refused one too many from 127\.0\.0\.1:\d+: 0x97 QuotaExceeded$/m);
    each.transport.write(Uint8Array.of(0, 0));
    await broker.printed(/DEBUG: disconnected talker: .+$/m);
  });

  it('is silent about clients without --verbose', async () => {
    const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0');
    const [url] = await broker.urls();
    await (await client(url!, 'quiet')).disconnect();
    broker.kill('SIGINT');
    const { stdout, stderr } = await broker.ended;
    expect(stdout).not.toContain('quiet');
    expect(stderr).toBe('');
  });

  for (const format of ['pretty', 'json']) {
    it(`prints a client identifier without what would take over a terminal: ${format}`, async () => {
      const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0', '--verbose', '--log-format', format);
      const [url] = await broker.urls();
      await client(url!, 'evil\u001b[2J\nlistening on mqtt://elsewhere');
      await broker.printed(/connected evil/m);
      broker.kill('SIGINT');
      const { stdout } = await broker.ended;
      expect(stdout).not.toContain('\u001b');
      expect(stdout).not.toMatch(/^listening on mqtt:\/\/elsewhere/m);
    });
  }
});

it('the event loop goes before the threads that compile and collect for it', async (context) => {
  if (!existsSync('/proc/self/task')) return context.skip('only Linux tells the threads of a process');
  const command = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0');
  await command.printed(/Ctrl-C/);
  const { pid } = command.process;
  const nicenessOf = (thread: string): number => {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return Number(fields[16]);
  };
  const others = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== String(pid));
  const own = nicenessOf(String(pid));
  expect(own).toBe(getPriority());
  expect(others.map(nicenessOf)).toContain(Math.min(own + 10, 19));
});

describe('the end', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`${signal} tells the clients and ends with 0`, async () => {
      const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0', '--listen', 'ws://127.0.0.1:0/mqtt');
      const urls = await broker.urls();
      const clients = await Promise.all(urls.map((url, i) => client(url, `client-${i}`)));
      broker.kill(signal);
      for (const each of clients) {
        expect(await each.next('disconnect')).toMatchObject({ reasonCode: 0x8b });
        await each.closed;
      }
      const { code, stdout, stderr } = await broker.ended;
      expect(stderr).toBe('');
      expect(stdout).toMatch(new RegExp(`^${signal}: .*2 clients`, 'm'));
      expect(code).toBe(0);
      await expect(connect(urls[0]!)).rejects.toThrow();
    });
  }

  it('comes with that of the shell which npx puts before it', async () => {
    const bin = fileURLToPath(new URL('../bin/signalbox.js', import.meta.url));
    const shell = new Command('sh', [
      '-c',
      `npm_command=exec node '${bin}' broker --listen mqtt://127.0.0.1:0; exit 3`,
    ]);
    const [url] = await shell.urls();
    const guest = await client(url!, 'guest');
    shell.kill('SIGKILL');
    expect(await guest.next('disconnect')).toMatchObject({ reasonCode: 0x8b });
    expect((await shell.ended).stdout).toMatch(/^SIGTERM: /m);
  });

  it('does not wait for ever for a client that does not go', async () => {
    const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0');
    const [url] = await broker.urls();
    await stubborn(url!);
    broker.kill('SIGINT');
    expect((await broker.ended).code).toBe(0);
  });

  it('one more signal, by somebody who has waited, ends it at once', async () => {
    const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0');
    const [url] = await broker.urls();
    await stubborn(url!);
    const impatience = setInterval(() => broker.kill('SIGINT'), 50);
    broker.kill('SIGINT');
    const { code } = await broker.ended.finally(() => clearInterval(impatience));
    expect(code).toBe(130);
  });

  it('the default is this machine only, on 1883, 8083 and 9000', async () => {
    const { stdout } = await signalbox('broker', '--help').ended;
    expect(stdout).toMatch(
      /Default: mqtt:\/\/127\.0\.0\.1:1883,\s+ws:\/\/127\.0\.0\.1:8083\/mqtt\s+and\s+msip:\/\/127\.0\.0\.1:9000/,
    );
  });

  it('Ctrl-C in the terminal of npx ends it, too', async () => {
    const broker = new Command('npx', ['--no-install', 'signalbox', 'broker', '--listen', 'mqtt://127.0.0.1:0'], {
      group: 'terminal',
    });
    const [url] = await broker.urls();
    const raw = new RawClient(await connect(url!));
    raw.write({ type: 'connect', clientId: 'client' });
    await raw.next();
    broker.kill('SIGINT');
    expect((await raw.closed).at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x8b });
    await broker.ended;
    await expect(connect(url!)).rejects.toThrow();
  });
});

/** A client that reads nothing after CONNACK and never closes its side. */
async function stubborn(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connectSocket({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(writePacket({ type: 'connect', clientId: 'stubborn' }, { protocolVersion: 5, packetIdentifierSize: 2 }));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
}
