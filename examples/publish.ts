// Publishes one message with QoS 1, driving the MQTT core over a plain socket by hand:
//   node --import tsx examples/publish.ts [topicName] [payload] [port] [host]
// The six steps are explained in docs/guide/core.md.

import { connect } from 'node:net';
import { Connection, type ConnectionEvent, type PublishInput, packetToLine, reasonCodeName } from 'signalbox/mqtt';

const [topicName = 'hello', payload = 'from the core', port = '1883', host = '127.0.0.1'] = process.argv.slice(2);

// 1. One Connection for one side; it knows no socket and no clock.
const connection = new Connection({ role: 'client', protocolVersion: 5, connectTimeoutMs: 5000 });
const socket = connect(Number(port), host);
let timer: NodeJS.Timeout | undefined;

// 2. Whatever is called returns events. Execute them in their order.
function execute(events: readonly ConnectionEvent<PublishInput>[]): void {
  for (const event of events) {
    if (event.type === 'transmit') socket.write(event.bytes);
    else if (event.type === 'packet') console.log(packetToLine(event.packet));
    else if (event.type === 'close') {
      if (event.error !== undefined) console.error(event.error.message);
      socket.end();
    }
    if (event.type === 'packet' && event.packet.type === 'connack' && connection.state === 'connected') publish();
    if (event.type === 'settled') onSettled(event.reasonCode);
  }
  schedule();
}

// 3. Time goes in too: when it is due, tick() says what to do.
function schedule(): void {
  clearTimeout(timer);
  const wait = connection.deadline - performance.now();
  if (wait !== Number.POSITIVE_INFINITY)
    timer = setTimeout(() => execute(connection.tick(performance.now())), Math.max(0, wait));
}

function publish(): void {
  // 4. The Packet Identifier is assigned; the message is kept until it is settled.
  execute(connection.send({ type: 'publish', topicName, payload, qos: 1 }, performance.now()));
}

function onSettled(reasonCode: number): void {
  console.log(reasonCode < 0x80 ? 'published' : `refused: ${reasonCodeName(reasonCode) ?? reasonCode}`);
  process.exitCode = reasonCode < 0x80 ? 0 : 1;
  execute(connection.send({ type: 'disconnect' }, performance.now()));
}

process.exitCode = 1; // until it is published
socket.on('connect', () => execute(connection.send({ type: 'connect', keepAlive: 30 }, performance.now())));
// 5. Bytes go in as they come, in whatever pieces.
socket.on('data', (bytes) => execute(connection.receive(bytes, performance.now())));
socket.on('error', (error) => console.error(error.message));
// 6. The network is gone: tell the core, and it is ready for the next network connection.
socket.on('close', () => execute(connection.end(performance.now())));
