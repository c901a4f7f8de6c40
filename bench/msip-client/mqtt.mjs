// Our MQTT client beside the MSIP client: `mqtt.mjs MODE ACKNOWLEDGED SIZE COUNT PORT`, `pub` or `recv`, 0 or 1.

import { connect } from 'signalbox';
import { Counter, measure } from './measure.mjs';

const mode = process.argv[2];
const qos = process.argv[3] === '1' ? 1 : 0;
const [size = 0, count = 0, port = 0] = process.argv.slice(4).map(Number);
const client = await connect(`mqtt://127.0.0.1:${port}`);
const payload = Buffer.alloc(size, 'x');

if (mode === 'recv') {
  const counter = new Counter();
  await client.subscribe('bench/topic', () => counter.count(), { qos });
  await measure(count, (messages) => counter.until(messages));
} else
  await measure(count, async (messages) => {
    for (let index = 0; index < messages; index++) {
      if ((index & 63) === 0) await client.ready();
      void client.publish('bench/nobody', payload, { qos });
    }
    await client.flush();
  });
