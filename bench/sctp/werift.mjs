// werift-sctp in the SCTP benchmark. Its send() does best when it is waited for: what is sent at once waits in an array from
// whose front each packet is taken.

import { createSocket } from 'node:dgram';
import { createUdpTransport, SCTP } from 'werift-sctp';
import { Counter, Course, loss, messageOf, port, role } from './contest.mjs';
import { loseBySeed } from './lossy.mjs';

loseBySeed(loss, role === 'send' ? 7 : 11);
const PPID = 51;

if (role === 'receive') {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(port, '127.0.0.1', () => resolve(undefined)));
  const peer = SCTP.server(createUdpTransport(socket));
  const counter = new Counter();
  peer.onReceive.subscribe((_, __, bytes) => {
    const answer = counter.take(bytes);
    if (answer !== undefined) void peer.send(0, PPID, answer);
  });
  void peer.start(5000);
  console.log('ready');
} else {
  const peer = SCTP.client(createUdpTransport(createSocket('udp4'), { port, address: '127.0.0.1' }));
  const course = new Course();
  const pump = async () => {
    for (let number = course.next(); number !== undefined; number = course.next()) {
      await peer.send(0, PPID, Buffer.from(messageOf(number)));
      // As much as our own carrier lets wait.
      while (peer.outboundQueue.length > 900) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  peer.onReceive.subscribe((_, __, answer) => course.onAnswer(answer, pump));
  const connected = new Promise((resolve) => peer.stateChanged.connected.once(() => resolve(undefined)));
  await peer.start(5000);
  await connected;
  await pump();
}
