// A link that comes back: the connection is cut in the middle, and what was sent meanwhile arrives.
//   node examples/connect-link.mjs

import { listen, openLink } from 'signalbox/connect';

const listener = await listen('tcp://127.0.0.1:0', { keepAlive: { intervalMs: 5_000 } });
const link = openLink(listener.url, {
  keepAlive: { intervalMs: 5_000 },
  backOff: { firstMs: 50 },
  onStatus: (status) => console.log(status.state),
});

await link.send('before');
const first = await listener.accept();
console.log((await first?.receive())?.text);
first?.destroy();

const second = await listener.accept();
await link.send('after');
console.log((await second?.receive())?.text);

const closing = link.close();
await second?.close();
await closing;
await listener.close();
