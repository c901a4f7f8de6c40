// The other end of a client that is measured: a server which acknowledges everything at once, and which sends as fast as it
// is taken to whoever subscribes (QoS 1 within the client's Receive Maximum). It counts, and checks the order of what comes.
// `node server.mjs SIZE`: prints its port; one line of JSON for each connection that ends.

import { createServer } from 'node:net';
import { Connection } from 'signalbox/mqtt';

const payload = new Uint8Array(Number(process.argv[2])).fill(120);
/** Messages that are sent in one go. */
const BATCH = 256;

const server = createServer({ noDelay: true }, (socket) => {
  /** @type {Connection<unknown>} */
  const connection = new Connection({ role: 'server', automaticAcknowledge: true });
  let received = 0;
  let sent = 0;
  let qos = -1;
  /** @type {Uint8Array[]} */
  let output = [];
  /** @type {import('signalbox/mqtt').ConnectionSink<unknown>} */
  const sink = {
    transmit: (start, end) => output.push(connection.writer.bytes.slice(start, end)),
    publish: () => {
      received++;
    },
    packet: (packet) => {
      if (packet.type === 'connect') connection.send({ type: 'connack', properties: {} }, 0, sink);
      else if (packet.type === 'subscribe') {
        const reasonCodes = packet.subscriptions.map((subscription) => subscription.qos);
        connection.send({ type: 'suback', packetIdentifier: packet.packetIdentifier, reasonCodes }, 0, sink);
        qos = Math.min(1, reasonCodes[0] ?? 0);
      }
    },
    settled: () => {},
    close: () => socket.end(),
  };
  const flush = () => {
    if (output.length === 0) return true;
    const bytes = Buffer.concat(output);
    output = [];
    return socket.write(bytes);
  };
  const flood = () => {
    if (qos < 0 || socket.destroyed) return;
    for (;;) {
      const room = qos === 0 ? BATCH : Math.min(BATCH, connection.vacancy);
      for (let index = 0; index < room; index++)
        connection.send({ type: 'publish', topicName: 'bench/topic', payload, qos: qos === 0 ? 0 : 1 }, 0, sink);
      sent += room;
      if (!flush() || room === 0) return; // goes on with what drains, or is acknowledged
    }
  };
  socket.on('data', (bytes) => {
    connection.receive(bytes, 0, sink);
    if (flush() && qos !== 0) flood();
    else if (qos === 0 && sent === 0) flood();
  });
  socket.on('drain', flood);
  socket.on('error', () => {});
  socket.on('close', () => console.log(JSON.stringify({ received, sent })));
});

server.listen(0, '127.0.0.1', () => console.log(/** @type {import('node:net').AddressInfo} */ (server.address()).port));
