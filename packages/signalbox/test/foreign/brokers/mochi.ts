// Mochi, a broker in Go; brokers/install builds it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CERT_FILE,
  FORBIDDEN,
  INSTALLED,
  KEY_FILE,
  type KnownBroker,
  LARGEST_PACKET,
  REFUSED_USER,
} from './known-broker.ts';
import { BrokerProgram, freePort } from './program.ts';

const FILE = join(INSTALLED, 'mochi');

export const mochi: KnownBroker | string = !existsSync(FILE)
  ? 'Mochi is not built: brokers/install does that where there is Go'
  : {
      name: 'mochi',
      versions: [4, 5],
      lacks: {
        sessions: 'what waited comes in any order',
        'exactly once': 'what was on its way comes in any order, or not at all',
      },
      lacksIn5: {
        expiry:
          'it refuses a SUBSCRIBE whose Packet Identifier an expired message of its own has until it is swept out',
        order: 'what is above the Receive Maximum of a client comes in any order',
        'flow control': 'it sends more than the Receive Maximum of a client',
        'largest packet': 'it does not announce it',
        'will properties': 'it forgets them',
      },
      async start() {
        const program = new BrokerProgram();
        const ports = [await freePort(), await freePort(), await freePort()];
        const [plain, secure, web] = ports;
        const refused = [REFUSED_USER, FORBIDDEN, String(LARGEST_PACKET)];
        await program.run(FILE, [...ports.map(String), CERT_FILE, KEY_FILE, ...refused], ports);
        const urls = {
          mqtt: `mqtt://127.0.0.1:${plain}`,
          mqtts: `mqtts://127.0.0.1:${secure}`,
          ws: `ws://127.0.0.1:${web}/`,
        };
        return { urls, close: () => program.close() };
      },
    };
