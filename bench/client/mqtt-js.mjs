// MQTT.js as a contestant, with callbacks and many messages outstanding, as it is fastest. The same arguments and output.

import mqtt from 'mqtt';

const mode = process.argv[2];
const qos = process.argv[3] === '1' ? 1 : 0;
const [size = 0, count = 0, port = 0] = process.argv.slice(4).map(Number);
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
  protocolVersion: 5,
  properties: { receiveMaximum: 1000 },
});
const payload = Buffer.alloc(size, 'x');
const OUTSTANDING = 1000;

/** @param {number} messages */
const publish = (messages) =>
  /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      let sent = 0;
      let done = 0;
      const onDone = () => {
        if (++done === messages) resolve();
        else pump();
      };
      const pump = () => {
        while (sent < messages && sent - done < OUTSTANDING) {
          sent++;
          client.publish('bench/topic', payload, { qos }, onDone);
        }
      };
      pump();
    })
  );

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
  client.on('message', () => {
    if (++seen >= target) whenSeen();
  });
  client.subscribe('bench/topic', { qos });
  await warm;
} else await run(count / 4);
const [cpu, began] = [process.cpuUsage(), performance.now()];
await run(count);
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ messages: count, cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - began) / 1e3 }),
);
process.exit(0);
