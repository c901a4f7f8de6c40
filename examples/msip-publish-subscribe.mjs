// Subscribes, publishes messages of several kinds, prints what comes back, and ends in good order:
//   node examples/msip-publish-subscribe.mjs [url]
// Works with our broker and with the reference server. Every line of it is explained in docs/guide/msip.md.

import { MsgKind, MsipClient } from 'signalbox/msip';

const [url = 'msip://127.0.0.1:9000'] = process.argv.slice(2);

const client = new MsipClient({ url });
await client.connect();

const KINDS = Object.keys(MsgKind);
const subscription = await client.subscribeAsync('house/kitchen');

await client.publishAsync('house/kitchen', '21.5', { msgKind: MsgKind.Metric });
await client.publishAsync('house/kitchen', 'smoke', { urgent: true });
await client.publishAsync('house/kitchen', 'a long story '.repeat(1_000), { msgKind: MsgKind.Log, compress: 'gzip' });

let count = 0;
for await (const { topic, text, msgKind, isUrgent, compression } of subscription) {
  const remarks = [KINDS[msgKind - 1], isUrgent ? 'urgent' : '', compression ?? ''].filter((remark) => remark !== '');
  console.log(`${topic}: ${text.slice(0, 12)} (${remarks.join(', ')})`);
  if (++count === 3) break;
}

await client.disconnect();
