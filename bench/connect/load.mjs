// The other ends of a relay that is measured: `load.mjs SIZE` prints its port. Who connects first gets datagrams of SIZE bytes of
// data as fast as it takes them; what comes over the second connection has to be the same bytes, or this ends with code 1.

import { createServer } from 'node:net';
import { Datagram } from 'signalbox/connect';

const size = Number(process.argv[2]);
const data = new Uint8Array(size);
for (let at = 0; at < size; at++) data[at] = (at * 31) & 0xff;
const one = new Datagram(data, 7).toBytes();

/** Whole datagrams, about a megabyte. */
const block = Buffer.concat(Array.from({ length: Math.ceil(1_048_576 / one.length) }, () => one));
/** What any chunk must be, wherever in a datagram it begins. */
const pattern = Buffer.concat([block, block]);

let connections = 0;
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  if (connections++ % 2 === 0) {
    const flood = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', flood);
    flood();
    return;
  }
  let at = 0;
  socket.on('data', (chunk) => {
    for (let from = 0; from < chunk.length; ) {
      const length = Math.min(chunk.length - from, block.length);
      if (pattern.compare(chunk, from, from + length, at, at + length) !== 0) {
        process.stderr.write('what was relayed is not what was sent\n');
        process.exit(1);
      }
      at = (at + length) % one.length;
      from += length;
    }
  });
});

server.listen(0, '127.0.0.1', () => console.log(/** @type {import('node:net').AddressInfo} */ (server.address()).port));
