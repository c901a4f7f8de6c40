// Moquette, a broker in Java; brokers/install gets it. Version 0.17 knows 3.1.1 only.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALLED, type KnownBroker } from './known-broker.ts';
import { BrokerProgram, freePort } from './program.ts';

const JARS = join(INSTALLED, 'moquette');

export const moquette: KnownBroker | string = !existsSync(JARS)
  ? 'Moquette is not installed: brokers/install does that where there are Java and Maven'
  : {
      name: 'moquette',
      versions: [4],
      lacks: {
        'admits as configured': 'everybody may do everything in this configuration',
        'refuses subscriptions': 'everybody may do everything in this configuration',
        'retain flag': 'it delivers retained messages without it',
        'large messages': 'it does not acknowledge all of them',
        'large over WebSocket': 'it does not acknowledge all of them',
        wills:
          'it publishes that of a client which has left, when it sees the connection closed before it deals with DISCONNECT',
        shared: 'it does not have them in 3.1.1',
        order: 'it loses messages of a burst',
        'exactly once': 'it loses what was on its way',
      },
      async start() {
        const program = new BrokerProgram();
        const ports = [await freePort(), await freePort()];
        const [plain, web] = ports;
        const lines = [
          'host 127.0.0.1',
          `port ${plain}`,
          `websocket_port ${web}`,
          'websocket_path /mqtt',
          'allow_anonymous true',
          'persistence_enabled false',
          'telemetry_enabled false',
          'netty.mqtt.message_size 4000000',
          'websocket_max_frame_size 4000000',
          'immediate_buffer_flush true',
          `data_path ${program.folder}`,
        ];
        mkdirSync(join(program.folder, 'config'));
        writeFileSync(join(program.folder, 'config/moquette.conf'), `${lines.join('\n')}\n`);
        const args = ['-cp', `${JARS}/*`, `-Dmoquette.path=${program.folder}`, 'io.moquette.broker.Server'];
        await program.run('java', args, ports as number[]);
        const urls = { mqtt: `mqtt://127.0.0.1:${plain}`, ws: `ws://127.0.0.1:${web}/mqtt` };
        return { urls, close: () => program.close() };
      },
    };
