// werift-sctp over werift-dtls in the DTLS-SCTP benchmark. Certificates are exchanged; werift checks nothing of them.

import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
// The entry its package.json names does not exist.
import { DtlsClient, DtlsServer } from 'werift-dtls/lib/dtls/src/index.js';
import { SCTP } from 'werift-sctp';
import { Counter, Course, loss, messageOf, port, role } from './contest.mjs';
import { loseBySeed } from './lossy.mjs';

loseBySeed(loss, role === 'send' ? 7 : 11);
const PPID = 51;
const [cert, key] = process.argv.slice(7).map((path) => readFileSync(path, 'utf8'));
/** @type {any} Numbers of its own enumerations: SHA-256 and ECDSA. */
const own = { cert, key, signatureHash: { hash: 4, signature: 3 }, extendedMasterSecret: true };

/**
 * What werift-dtls sends and receives through.
 * @param {import('node:dgram').Socket} socket
 * @param {{ port: number, address: string }} [peer] told by the first datagram where it is not known
 */
function transportOf(socket, peer) {
  let remote = peer ?? { port: 0, address: '' };
  const transport = {
    type: 'udp',
    closed: false,
    get address() {
      return socket.address();
    },
    /** @type {(bytes: Buffer, from: [string, number]) => void} */
    onData: () => {},
    /**
     * @param {Buffer} bytes
     * @returns {Promise<void>}
     */
    send: (bytes) => new Promise((resolve) => socket.send(bytes, remote.port, remote.address, () => resolve())),
    close: async () => void socket.close(),
  };
  socket.on('message', (bytes, from) => {
    remote = from;
    transport.onData(bytes, [from.address, from.port]);
  });
  return transport;
}

/**
 * What werift-sctp sends and receives through.
 * @param {DtlsClient | DtlsServer} dtls
 */
function carriedBy(dtls) {
  const transport = {
    /** @type {(bytes: Buffer) => void} */
    onData: () => {},
    /** @param {Buffer} bytes */
    send: (bytes) => dtls.send(bytes),
    close: () => dtls.close(),
  };
  dtls.onData.subscribe((bytes) => transport.onData(bytes));
  return transport;
}

if (role === 'receive') {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(port, '127.0.0.1', () => resolve(undefined)));
  const dtls = new DtlsServer({ ...own, transport: transportOf(socket) });
  const peer = SCTP.server(carriedBy(dtls));
  const counter = new Counter();
  peer.onReceive.subscribe((_, __, bytes) => {
    const answer = counter.take(bytes);
    if (answer !== undefined) void peer.send(0, PPID, answer);
  });
  dtls.onConnect.subscribe(() => void peer.start(5000));
  console.log('ready');
} else {
  const dtls = new DtlsClient({ ...own, transport: transportOf(createSocket('udp4'), { port, address: '127.0.0.1' }) });
  const peer = SCTP.client(carriedBy(dtls));
  const course = new Course();
  const pump = async () => {
    for (let number = course.next(); number !== undefined; number = course.next()) {
      await peer.send(0, PPID, Buffer.from(messageOf(number)));
      // As much as our own carrier lets wait.
      while (peer.outboundQueue.length > 900) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  peer.onReceive.subscribe((_, __, answer) => course.onAnswer(answer, pump));
  const encrypted = new Promise((resolve) => dtls.onConnect.subscribe(() => resolve(undefined)));
  const connected = new Promise((resolve) => peer.stateChanged.connected.once(() => resolve(undefined)));
  void dtls.connect();
  await encrypted;
  await peer.start(5000);
  await connected;
  await pump();
}
