// Our own broker, in this process and as the command.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Broker } from '../../../src/broker/broker.ts';
import { CERT_FILE, FORBIDDEN, KEY_FILE, type KnownBroker, LARGEST_PACKET, REFUSED_USER, TLS } from './known-broker.ts';
import { BrokerProgram, freePort } from './program.ts';

const COMMAND = join(import.meta.dirname, '../../../../../apps/cli/bin/signalbox.js');

export const inProcess: KnownBroker = {
  name: 'signalbox',
  versions: [4, 5],
  lacks: {},
  async start() {
    const broker = new Broker({
      systemTopicsIntervalMs: 0,
      limits: { packetSize: LARGEST_PACKET },
      hooks: {
        authenticate: ({ username }) => username !== REFUSED_USER,
        authorize: (_client, _action, topic) => !topic.startsWith(FORBIDDEN),
      },
    });
    const listen = async (url: string) => (await broker.listen(url, { tls: TLS })).url;
    const urls = {
      mqtt: await listen('mqtt://127.0.0.1:0'),
      mqtts: await listen('mqtts://127.0.0.1:0'),
      ws: await listen('ws://127.0.0.1:0/mqtt'),
    };
    return { urls, close: () => broker.close() };
  },
};

export const command: KnownBroker = {
  name: 'signalbox broker',
  versions: [4, 5],
  lacks: {},
  async start() {
    const program = new BrokerProgram();
    const [plain, secure, web] = [await freePort(), await freePort(), await freePort()];
    const urls = {
      mqtt: `mqtt://127.0.0.1:${plain}`,
      mqtts: `mqtts://127.0.0.1:${secure}`,
      ws: `ws://127.0.0.1:${web}/mqtt`,
    };
    const [passwords, rules] = [join(program.folder, 'passwords'), join(program.folder, 'rules')];
    spawnSync(process.execPath, [COMMAND, 'passwd', passwords, REFUSED_USER, '--password-stdin'], {
      input: 'another\n',
    });
    writeFileSync(rules, `default allow\nall\n  deny both ${FORBIDDEN}/#\n`);
    const listening = Object.values(urls).flatMap((url) => ['--listen', url]);
    const tls = ['--tls-cert', CERT_FILE, '--tls-key', KEY_FILE];
    const access = ['--allow-anonymous', '--password-file', passwords, '--acl-file', rules];
    const more = [
      '--data',
      join(program.folder, 'data'),
      '--sys-interval',
      '0',
      '--limit',
      `packetSize=${LARGEST_PACKET}`,
    ];
    const args = [COMMAND, 'broker', ...listening, ...tls, ...access, ...more];
    await program.run(process.execPath, args, [plain, secure, web]);
    return { urls, close: () => program.close() };
  },
};
