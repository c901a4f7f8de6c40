// Asks and answers over a connection without a broker, many at a time:
//   node examples/connect-requests.mjs

import { answerRequests, ConnectionError, connect, listen, Requester } from 'signalbox/connect';

const listener = await listen('tcp://127.0.0.1:0');
const connection = await connect(listener.url);
const worker = await listener.accept();
if (worker === undefined) throw new Error('the listener is closed');

const working = answerRequests(worker, async ({ text }) => {
  if (text === 'sleep') await new Promise((resolve) => setTimeout(resolve, 1_000));
  return String(text.split(' ').reduce((sum, number) => sum + Number(number), 0));
});

const requester = new Requester(connection);
const sums = await Promise.all(['1 2', '3 4', '19 23'].map((numbers) => requester.request(numbers)));
console.log(sums.map(({ text }) => text).join(', '));

try {
  await requester.request('sleep', { timeoutMs: 100 });
} catch (error) {
  if (!(error instanceof ConnectionError)) throw error;
  console.log(`no answer: ${error.code}`);
}

await connection.endWriting();
await working;
await Promise.all([connection.close(), worker.close(), listener.close()]);
