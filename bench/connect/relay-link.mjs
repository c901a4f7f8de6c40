// A relay of datagrams as a contestant: `relay-link.mjs SIZE COUNT PORT`. Each is read as a message and sent as a message.

import { connect } from 'signalbox/connect';
import { measured } from './measured.mjs';

const [size = 0, count = 0, port = 0] = process.argv.slice(2).map(Number);
/** So much may wait for a slow sink. */
const ENOUGH = 1_048_576;

const from = await connect(`tcp://127.0.0.1:${port}`);
const to = await connect(`tcp://127.0.0.1:${port}`);
const relayed = measured(count);
for await (const batch of from.batches()) {
  let last;
  for (const message of batch) {
    if (message.dataSize !== size) throw new Error(`a message of ${message.dataSize} bytes`);
    last = to.send(message);
  }
  if (to.writer.bufferedBytes >= ENOUGH) await last;
  relayed(batch.length);
}
