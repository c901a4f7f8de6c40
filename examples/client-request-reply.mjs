// Asks and answers over MQTT 5.0, both in one program for once:
//   node examples/client-request-reply.mjs [url]

import { ClientError, connect } from 'signalbox';

const [url = 'mqtt://127.0.0.1:1883'] = process.argv.slice(2);

const worker = await connect(url);
await worker.reply('calculator/add', (message) => {
  const sum = message.text.split(' ').reduce((total, number) => total + Number(number), 0);
  return String(sum);
});

const client = await connect(url);
const answer = await client.request('calculator/add', '19 23', { qos: 1, timeoutMs: 5_000 });
console.log(`19 + 23 = ${answer.text}`);

try {
  await client.request('calculator/divide', '1 0', { timeoutMs: 200 });
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  console.log(`nobody divides: ${error.code}`);
}

await client.close();
await worker.close();
