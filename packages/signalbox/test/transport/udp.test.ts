// What a UDP listener gets that nobody can answer.
import { createSocket } from 'node:dgram';
import { expect, it } from 'vitest';
import { UdpListener } from '../../src/transport/udp.ts';
import type { UdpPeer } from '../../src/transport/udp-peer.ts';

it('a datagram from port 0 begins nothing: it cannot be answered, and trying would throw', () => {
  const socket = createSocket('udp4');
  const peers: UdpPeer[] = [];
  const options = { maximumConnections: 10, isOpening: () => true };
  const listener = new UdpListener(socket, 'udp://127.0.0.1:1', options, (peer) => peers.push(peer));
  socket.emit('message', Buffer.from([1]), { address: '127.0.0.1', family: 'IPv4', port: 0, size: 1 });
  expect([peers.length, listener.connections, listener.failedHandshakes]).toEqual([0, 0, 1]);
  socket.close();
});
