// A broker with a listener of every kind, for clients that nobody here wrote.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '../../src/broker/broker.ts';

const CERTIFICATES = join(import.meta.dirname, '../support/certificates');

export const CA_FILE = join(CERTIFICATES, 'ca.crt');

export interface ForeignBroker {
  readonly broker: Broker;
  /** By scheme: mqtt, mqtts, ws, wss, unix. */
  readonly urls: Readonly<Record<'mqtt' | 'mqtts' | 'ws' | 'wss' | 'unix', string>>;
  close(): Promise<void>;
}

export async function startForeignBroker(): Promise<ForeignBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'));
  const broker = new Broker({ systemTopicsIntervalMs: 0 });
  const tls = {
    cert: readFileSync(join(CERTIFICATES, 'server.crt')),
    key: readFileSync(join(CERTIFICATES, 'server.key')),
  };
  const listen = async (url: string) => (await broker.listen(url, { tls })).url;
  const urls = {
    mqtt: await listen('mqtt://127.0.0.1:0'),
    mqtts: await listen('mqtts://127.0.0.1:0'),
    ws: await listen('ws://127.0.0.1:0/mqtt'),
    wss: await listen('wss://127.0.0.1:0/mqtt'),
    unix: await listen(`unix://${folder}/broker.sock`),
  };
  const close = async () => {
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { broker, urls, close };
}
