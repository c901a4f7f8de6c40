// A relay of bytes as a contestant: `relay-net.mjs SIZE COUNT PORT`. Knows nothing of messages, and waits for who is slow.

import { once } from 'node:events';
import { connect } from 'node:net';
import { measured } from './measured.mjs';

const [size = 0, count = 0, port = 0] = process.argv.slice(2).map(Number);
const HEADER = 8;

const from = connect({ port, host: '127.0.0.1', noDelay: true });
await once(from, 'connect');
const to = connect({ port, host: '127.0.0.1', noDelay: true });
await once(to, 'connect');
const relayed = measured(count);
from.on('data', (chunk) => {
  if (!to.write(chunk)) from.pause();
  relayed(chunk.length / (size + HEADER));
});
to.on('drain', () => from.resume());
