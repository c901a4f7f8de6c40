// aMQTT, a broker in Python; brokers/install installs it. It knows 3.1.1 only.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CERT_FILE, INSTALLED, KEY_FILE, type KnownBroker } from './known-broker.ts';
import { BrokerProgram, freePort } from './program.ts';

const FILE = join(INSTALLED, 'amqtt/bin/amqtt');

export const amqtt: KnownBroker | string = !existsSync(FILE)
  ? 'aMQTT is not installed: brokers/install does that where there is Python'
  : {
      name: 'amqtt',
      versions: [4],
      lacks: {
        'admits as configured': 'everybody may do everything in this configuration',
        'refuses subscriptions': 'everybody may do everything in this configuration',
        'published QoS': 'it delivers with the QoS of the subscription',
        shared: 'it does not have them',
        sessions: 'it does not hand out what waited',
        'exactly once': 'it loses what was on its way',
        takeover: 'both clients stay connected',
      },
      many: 1_000, // a second's work for it
      async start() {
        const program = new BrokerProgram();
        const ports = [await freePort(), await freePort(), await freePort()];
        const [plain, secure, web] = ports;
        const configuration = {
          listeners: {
            default: { type: 'tcp', bind: `127.0.0.1:${plain}` },
            secure: { bind: `127.0.0.1:${secure}`, ssl: true, certfile: CERT_FILE, keyfile: KEY_FILE },
            web: { type: 'ws', bind: `127.0.0.1:${web}` },
          },
          plugins: { 'amqtt.plugins.authentication.AnonymousAuthPlugin': { allow_anonymous: true } },
        };
        const file = join(program.folder, 'amqtt.yaml');
        writeFileSync(file, JSON.stringify(configuration)); // JSON is YAML
        await program.run(FILE, ['-c', file], ports);
        const urls = {
          mqtt: `mqtt://127.0.0.1:${plain}`,
          mqtts: `mqtts://127.0.0.1:${secure}`,
          ws: `ws://127.0.0.1:${web}/`,
        };
        return { urls, close: () => program.close() };
      },
    };
