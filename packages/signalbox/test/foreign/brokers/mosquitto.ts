// Debian's Mosquitto, with a configuration made for the test.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CERT_FILE, FORBIDDEN, KEY_FILE, type KnownBroker, LARGEST_PACKET, REFUSED_USER } from './known-broker.ts';
import { BrokerProgram, freePort } from './program.ts';

const FILE = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find((path) =>
  existsSync(path),
);
/** Of the user that is refused: no password leads to it. */
const NO_PASSWORD = `${REFUSED_USER}:$6$AAAAAAAAAAAAAAAA$${'A'.repeat(86)}==\n`;

export const mosquitto: KnownBroker | string =
  FILE === undefined
    ? 'mosquitto is not installed'
    : {
        name: 'mosquitto',
        versions: [4, 5],
        lacks: {
          'takeover told': '2.0.11 closes without saying why',
          'refuses subscriptions': 'it grants those that are not allowed, and sends nothing',
          'large over WebSocket': '2.0.11 does not deliver more than 64 KiB there',
        },
        async start() {
          const program = new BrokerProgram();
          const [plain, secure, web] = [await freePort(), await freePort(), await freePort()];
          writeFileSync(join(program.folder, 'passwords'), NO_PASSWORD);
          writeFileSync(join(program.folder, 'rules'), `topic readwrite #\ntopic deny ${FORBIDDEN}/#\n`);
          const lines = [
            'allow_anonymous true',
            'persistence false',
            'max_queued_messages 0',
            `max_packet_size ${LARGEST_PACKET}`,
            'log_type none',
            `password_file ${join(program.folder, 'passwords')}`,
            `acl_file ${join(program.folder, 'rules')}`,
            ...(process.getuid?.() === 0 ? ['user root'] : []),
            `listener ${plain} 127.0.0.1`,
            `listener ${web} 127.0.0.1`,
            'protocol websockets',
            `listener ${secure} 127.0.0.1`,
            `certfile ${CERT_FILE}`,
            `keyfile ${KEY_FILE}`,
          ];
          const file = join(program.folder, 'mosquitto.conf');
          writeFileSync(file, `${lines.join('\n')}\n`);
          await program.run(FILE, ['-c', file], [plain, secure, web]);
          const urls = {
            mqtt: `mqtt://127.0.0.1:${plain}`,
            mqtts: `mqtts://127.0.0.1:${secure}`,
            ws: `ws://127.0.0.1:${web}/mqtt`,
          };
          return { urls, close: () => program.close() };
        },
      };
