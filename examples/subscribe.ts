// Subscribes and prints what comes, until Ctrl-C, driving the MQTT core over a plain socket by hand:
//   node --import tsx examples/subscribe.ts [topicFilter] [port] [host]
// The session outlives the network connection: when it breaks, this connects again and misses nothing.

import { connect, type Socket } from 'node:net';
import { Connection, type ConnectionSink, type Packet, type PublishInput, packetToLine } from 'signalbox/mqtt';

const [topicFilter = '#', port = '1883', host = '127.0.0.1'] = process.argv.slice(2);

const connection = new Connection({ role: 'client', protocolVersion: 5, connectTimeoutMs: 5000 });
const clientId = `subscriber-${process.pid}`;
let socket: Socket;
let timer: NodeJS.Timeout | undefined;
let isLeaving = false;

// The other form of the core: a sink is called instead of events returned. What it gets is valid during the call.
const sink: ConnectionSink<PublishInput> = {
  transmit: (start, end) => socket.write(connection.writer.bytes.slice(start, end)),
  packet: onPacket,
  close: (error) => {
    if (error !== undefined) console.error(error.message);
    socket.end();
  },
};

function onPacket(packet: Packet): void {
  if (packet.type === 'connack') onConnack(packet.sessionPresent, packet.reasonCode);
  else if (packet.type === 'suback') console.log(packetToLine(packet));
  else if (packet.type === 'publish') {
    console.log(`${packet.topicName}: ${new TextDecoder().decode(packet.payload)}`);
    // Acknowledge what has been dealt with, not what has been received.
    if (packet.qos > 0) connection.acknowledge(packet.packetIdentifier, performance.now(), sink);
  } else if (packet.type === 'pubrel') connection.acknowledge(packet.packetIdentifier, performance.now(), sink);
}

function onConnack(sessionPresent: boolean, reasonCode: number): void {
  if (reasonCode !== 0) {
    isLeaving = true;
    console.error(`refused: ${reasonCode}`);
  } else if (!sessionPresent) {
    connection.send({ type: 'subscribe', subscriptions: [{ topicFilter, qos: 2 }] }, performance.now(), sink);
  }
}

function schedule(): void {
  clearTimeout(timer);
  const wait = connection.deadline - performance.now();
  if (wait === Number.POSITIVE_INFINITY) return;
  timer = setTimeout(
    () => {
      connection.tick(performance.now(), sink);
      schedule();
    },
    Math.max(0, wait),
  );
}

function open(): void {
  socket = connect(Number(port), host);
  const properties = { sessionExpiryInterval: 3600 };
  socket.on('connect', () => {
    connection.send(
      { type: 'connect', clientId, cleanStart: false, keepAlive: 30, properties },
      performance.now(),
      sink,
    );
    schedule();
  });
  socket.on('data', (bytes) => {
    connection.receive(bytes, performance.now(), sink);
    schedule();
  });
  socket.on('error', (error) => console.error(error.message));
  socket.on('close', () => {
    connection.end(performance.now(), sink);
    schedule();
    if (!isLeaving) setTimeout(open, 1000);
  });
}

process.once('SIGINT', () => {
  isLeaving = true;
  if (connection.state === 'connected') connection.send({ type: 'disconnect' }, performance.now(), sink);
  else socket.destroy();
});
open();
