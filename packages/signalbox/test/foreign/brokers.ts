// Brokers the client has to work with, each started on free ports of this machine: our own, Debian's Mosquitto, Aedes from
// npm, and whatever SIGNALBOX_BROKERS names (`name=mqtt://127.0.0.1:1884 …`: it runs already).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';
import { Broker } from '../../src/broker/broker.ts';

const CERTIFICATES = join(import.meta.dirname, '../support/certificates');
const CERT_FILE = join(CERTIFICATES, 'server.crt');
const KEY_FILE = join(CERTIFICATES, 'server.key');
export const CA = readFileSync(join(CERTIFICATES, 'ca.crt'), 'utf8');

export interface RunningBroker {
  /** By scheme; what it does not listen for is absent. */
  readonly urls: Readonly<Partial<Record<'mqtt' | 'mqtts' | 'ws', string>>>;
  close(): Promise<void>;
}

export interface KnownBroker {
  readonly name: string;
  readonly versions: readonly (4 | 5)[];
  /** What it is known not to do, with the reason in words where it is used. */
  readonly lacks: ReadonlySet<'shared' | 'aliases' | 'takeover'>;
  start(): Promise<RunningBroker>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = dial(port, '127.0.0.1');
    const isOpen = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nobody listens on port ${port}`);
}

const signalbox: KnownBroker = {
  name: 'signalbox',
  versions: [4, 5],
  lacks: new Set(),
  async start() {
    const broker = new Broker({ systemTopicsIntervalMs: 0 });
    const tls = { cert: readFileSync(CERT_FILE), key: readFileSync(KEY_FILE) };
    const listen = async (url: string) => (await broker.listen(url, { tls })).url;
    const urls = {
      mqtt: await listen('mqtt://127.0.0.1:0'),
      mqtts: await listen('mqtts://127.0.0.1:0'),
      ws: await listen('ws://127.0.0.1:0/mqtt'),
    };
    return { urls, close: () => broker.close() };
  },
};

const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync);

const mosquitto: KnownBroker = {
  name: 'mosquitto',
  versions: [4, 5],
  lacks: new Set(['takeover']), // 2.0.11 closes without saying why
  async start() {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-mosquitto-'));
    const [plain, secure, web] = [await freePort(), await freePort(), await freePort()];
    const lines = [
      'allow_anonymous true',
      'persistence false',
      'max_queued_messages 0',
      'log_type none',
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${plain} 127.0.0.1`,
      `listener ${web} 127.0.0.1`,
      'protocol websockets',
      `listener ${secure} 127.0.0.1`,
      `certfile ${CERT_FILE}`,
      `keyfile ${KEY_FILE}`,
    ];
    writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    const child = spawn(MOSQUITTO!, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
    await Promise.all([plain, secure, web].map(untilListening));
    return {
      urls: {
        mqtt: `mqtt://127.0.0.1:${plain}`,
        mqtts: `mqtts://127.0.0.1:${secure}`,
        ws: `ws://127.0.0.1:${web}/mqtt`,
      },
      async close() {
        const gone = once(child, 'exit');
        child.kill();
        await gone;
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

const aedes: KnownBroker = {
  name: 'aedes',
  versions: [4],
  lacks: new Set(['shared', 'aliases']),
  async start() {
    const broker = await Aedes.createBroker();
    const plain = createServer(broker.handle);
    const secure = createTlsServer({ cert: readFileSync(CERT_FILE), key: readFileSync(KEY_FILE) }, broker.handle);
    const port = async (server: Server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as { port: number }).port;
    };
    return {
      urls: { mqtt: `mqtt://127.0.0.1:${await port(plain)}`, mqtts: `mqtts://127.0.0.1:${await port(secure)}` },
      async close() {
        await new Promise<void>((resolve) => broker.close(() => resolve()));
        plain.close();
        secure.close();
      },
    };
  },
};

const named = (process.env['SIGNALBOX_BROKERS'] ?? '').split(/\s+/).filter((entry) => entry !== '');
const others = named.map((entry): KnownBroker => {
  const [, name = '', url = ''] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
  const close = (): Promise<void> => Promise.resolve();
  return { name, versions: [4, 5], lacks: new Set(), start: () => Promise.resolve({ urls: { mqtt: url }, close }) };
});

/** Without Mosquitto the suites of this folder do not run at all: see vitest.config.ts. */
export const BROKERS: readonly KnownBroker[] = [
  signalbox,
  ...(MOSQUITTO === undefined ? [] : [mosquitto]),
  aedes,
  ...others,
];
