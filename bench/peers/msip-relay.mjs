// The least that can be called an MSIP server, on a loopback port: `node msip-relay.mjs PORT`. Exact topics, no sessions, no
// limits, no back-pressure. What is published becomes one EVENT, written to each subscriber; what a turn of the event loop
// brings leaves together.

import { createServer } from 'node:net';

const HEADER = 24;
const [HELLO, SUBSCRIBE, PUBLISH, EVENT, ACK] = [1, 2, 4, 5, 6];
const ACK_REQUIRED = 1;
/** Topic → sockets. @type {Map<string, Set<import('node:net').Socket>>} */
const subscribers = new Map();
/** @type {Set<import('node:net').Socket>} */
const corked = new Set();

/** @param {import('node:net').Socket} socket @param {Buffer} bytes */
function write(socket, bytes) {
  if (!corked.has(socket)) {
    if (corked.size === 0) setImmediate(uncorkAll);
    corked.add(socket);
    socket.cork();
  }
  socket.write(bytes);
}

function uncorkAll() {
  for (const socket of corked) socket.uncork();
  corked.clear();
}

/** @param {import('node:net').Socket} socket @param {Buffer} frame */
function acknowledge(socket, frame) {
  const ack = Buffer.from(frame.subarray(0, HEADER));
  ack.writeUInt16BE(ACK, 6);
  ack.writeUInt8(0, 5);
  ack.writeUInt32BE(0, 12);
  write(socket, ack);
}

/** @param {import('node:net').Socket} socket @param {Buffer} frame */
function onFrame(socket, frame) {
  const type = frame.readUInt16BE(6);
  if (type === SUBSCRIBE) {
    const topic = frame.toString('utf8', HEADER);
    const sockets = subscribers.get(topic) ?? new Set();
    subscribers.set(topic, sockets.add(socket));
    socket.on('close', () => sockets.delete(socket));
  } else if (type === PUBLISH) {
    const end = HEADER + 2 + frame.readUInt16BE(HEADER);
    const event = Buffer.from(frame);
    event.writeUInt16BE(EVENT, 6);
    event.writeUInt8(event.readUInt8(5) & ~ACK_REQUIRED, 5);
    for (const subscriber of subscribers.get(frame.toString('utf8', HEADER + 2, end)) ?? []) write(subscriber, event);
  }
  if (type === HELLO || (frame.readUInt8(5) & ACK_REQUIRED) !== 0) acknowledge(socket, frame);
}

const server = createServer({ noDelay: true }, (socket) => {
  /** @type {Buffer | undefined} */
  let rest;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const end = at + HEADER + bytes.readUInt32BE(at + 12);
      if (end > bytes.length) break;
      onFrame(socket, bytes.subarray(at, end));
      at = end;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
  });
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024 });
process.on('SIGTERM', () => process.exit(0));
