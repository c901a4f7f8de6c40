// What a UDP socket gets that nobody can answer.
import { Socket } from 'node:dgram';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UdpSocket } from '../src/udp-socket.ts';

// Not a mock of the module: in a process with other suites it would come too late.
const bind = vi.spyOn(Socket.prototype, 'bind');
afterEach(() => bind.mockRestore());

describe('a datagram from port 0', () => {
  it('is dropped: it cannot be answered, and trying would throw', async () => {
    const packets: number[] = [];
    const socket: UdpSocket = await UdpSocket.bind(
      { host: '127.0.0.1', family: 4, port: 0 },
      {
        onPacket: (packet, path) => {
          packets.push(path.port);
          socket.send(packet, path);
        },
        onRefused: () => {},
      },
    );
    try {
      const from = { address: '127.0.0.1', family: 'IPv4', size: 1 };
      const own = bind.mock.contexts[0] as Socket;
      own.emit('message', Buffer.from([1]), { ...from, port: 0 });
      own.emit('message', Buffer.from([1]), { ...from, port: 9 });
      expect(packets).toEqual([9]);
    } finally {
      socket.close();
    }
  });
});
