// Our MSIP client as a contestant: `msip.mjs MODE ACKNOWLEDGED SIZE COUNT PORT`, `pub` or `recv`, 0 or 1.

import { MsipClient } from 'signalbox/msip';
import { Counter, measure } from './measure.mjs';

const mode = process.argv[2];
const acknowledge = process.argv[3] === '1';
const [size = 0, count = 0, port = 0] = process.argv.slice(4).map(Number);
const session = mode === 'recv' && acknowledge ? { clientId: 'bench', acknowledged: true } : {};
const client = new MsipClient({ url: `msip://127.0.0.1:${port}`, ...session });
await client.connect();
const payload = Buffer.alloc(size, 'x');

if (mode === 'recv') {
  const counter = new Counter();
  await client.subscribeAsync('bench/topic', () => counter.count());
  await measure(count, (messages) => counter.until(messages));
} else
  await measure(count, async (messages) => {
    for (let index = 0; index < messages; index++) {
      if ((index & 63) === 0) await client.ready();
      void client.publishAsync('bench/nobody', payload, { acknowledge });
    }
    await client.flush();
  });
