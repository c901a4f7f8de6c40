// A worker whose server keeps what is published while it is away, and what it has not finished:
//   node examples/msip-acknowledged.mjs [url]
// Needs a broker that knows acknowledged sessions, such as ours. Explained in docs/guide/msip.md.

import { MsipClient } from 'signalbox/msip';

const [url = 'msip://127.0.0.1:9000'] = process.argv.slice(2);
const worker = () => new MsipClient({ url, clientId: 'example-worker', acknowledged: true });

const first = worker();
await first.connect();
await first.subscribeAsync('jobs/+', () => {});
await first.disconnect();

const boss = new MsipClient({ url });
await boss.connect();
for (const job of ['sweep', 'wash', 'dry']) await boss.publishAsync('jobs/today', job);
await boss.disconnect();

const second = worker();
await second.connect();
const jobs = await second.subscribeAsync('jobs/+');
let done = 0;
for await (const job of jobs) {
  await new Promise((ready) => setTimeout(ready, 10)); // work
  console.log(`done: ${job.text}`);
  job.acknowledge(); // a job that is not acknowledged comes again
  if (++done === 3) break;
}
await jobs.unsubscribe();
await second.disconnect();
