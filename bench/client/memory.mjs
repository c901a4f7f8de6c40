// How much memory our client takes: `memory.mjs client-memory|client-burst PORT`. Prints the growth in MB as JSON.
// client-memory: ten million messages received, and ten million published at QoS 1; the growth from the first tenth of them on.
// client-burst: 20,000 messages of 1 KiB published without a network, and sent when it is there.

import { connect } from 'signalbox';

const [what, port] = [process.argv[2], process.argv[3]];
const url = `mqtt://127.0.0.1:${port}`;
const MB = 1024 * 1024;
const MESSAGES = 10_000_000;
const used = () => process.memoryUsage().rss / MB;

/** The highest reading before and after the first tenth. */
class Growth {
  first = 0;
  most = 0;

  /** @param {number} messages How many there were by now. */
  read(messages) {
    if (messages <= MESSAGES / 10) this.first = Math.max(this.first, used());
    else this.most = Math.max(this.most, used());
  }

  get megabytes() {
    return Math.max(0, this.most - this.first);
  }
}

async function received() {
  const growth = new Growth();
  const client = await connect(url);
  let seen = 0;
  /** @type {() => void} */
  let whenAll = () => {};
  /** @type {Promise<void>} */
  const all = new Promise((resolve) => {
    whenAll = resolve;
  });
  const onMessage = () => {
    if (++seen % 50_000 === 0) growth.read(seen);
    if (seen === MESSAGES) whenAll();
  };
  await client.subscribe('bench/topic', onMessage, { qos: 0 });
  await all;
  await client.close({ flush: false });
  return growth;
}

async function published() {
  const growth = new Growth();
  const client = await connect(url);
  for (let index = 1; index <= MESSAGES; index++) {
    if ((index & 63) === 0) await client.ready();
    void client.publish('bench/topic', 'x'.repeat(64), { qos: 1 });
    if (index % 50_000 === 0) growth.read(index);
  }
  await client.flush();
  await client.close();
  return growth;
}

async function many() {
  const [receiving, publishing] = [await received(), await published()];
  return { megabytes: Math.max(receiving.megabytes, publishing.megabytes), receiving, publishing };
}

async function burst() {
  const BURST = 20_000;
  const payload = Buffer.alloc(1024, 'x');
  const nowhere = 'mqtt://127.0.0.1:1';
  let isThere = false;
  const client = await connect(nowhere, {
    awaitConnection: false,
    reconnect: () => 60_000,
    beforeConnect: () => ({ url: isThere ? url : nowhere }),
  });
  globalThis.gc?.();
  const before = used();
  /** @type {Promise<unknown>[]} */
  const all = [];
  let refused = 0;
  for (let index = 0; index < BURST; index++)
    all.push(client.publish('bench/topic', payload, { qos: 1 }).catch(() => refused++));
  const waiting = used() - before;
  const { queuedMessages } = client.statistics;
  isThere = true;
  client.reconnect();
  await Promise.all(all);
  return { megabytes: waiting, queuedMessages, refused, settled: all.length };
}

console.log(JSON.stringify(await (what === 'client-burst' ? burst() : many())));
process.exit(0);
