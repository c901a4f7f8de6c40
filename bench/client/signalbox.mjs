// Our client as a contestant: `signalbox.mjs MODE QOS SIZE COUNT PORT`. Prints messages, CPU seconds and seconds as JSON.

import { connect } from 'signalbox';

const mode = process.argv[2];
const qos = process.argv[3] === '1' ? 1 : 0;
const [size = 0, count = 0, port = 0] = process.argv.slice(4).map(Number);
const client = await connect(`mqtt://127.0.0.1:${port}`);
const payload = Buffer.alloc(size, 'x');

/** @param {number} messages */
async function publish(messages) {
  for (let index = 0; index < messages; index++) {
    if ((index & 63) === 0) await client.ready();
    void client.publish('bench/topic', payload, { qos });
  }
  await client.flush();
}

let seen = 0;
let target = Infinity;
/** @type {() => void} */
let whenSeen = () => {};
/** @param {number} messages */
const receive = (messages) =>
  /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      target = seen + messages;
      whenSeen = resolve;
    })
  );

const run = mode === 'pub' ? publish : receive;
if (mode === 'recv') {
  const warm = run(count / 4);
  await client.subscribe(
    'bench/topic',
    () => {
      if (++seen >= target) whenSeen();
    },
    { qos },
  );
  await warm;
} else await run(count / 4);
const [cpu, began] = [process.cpuUsage(), performance.now()];
await run(count);
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ messages: count, cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - began) / 1e3 }),
);
process.exit(0);
