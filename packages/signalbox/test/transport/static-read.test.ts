// That sockets read into one buffer on the Node this runs on. It must fail, not pass by falling back, when a new Node
// takes away what the static buffer depends on.

import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { adoptSocket } from '../../src/transport/static-read.ts';
import { Recorder } from './recorder.ts';
import { Arrivals } from './stage.ts';

describe('the static read buffer', () => {
  it.runIf(process.platform !== 'win32')('is one for all connections, at both ends', async () => {
    const arrivals = await Arrivals.at('mqtt://127.0.0.1:0');
    const memory = new Set<ArrayBufferLike>();
    for (let pair = 0; pair < 3; pair++) {
      const client = Recorder.start(await connect(arrivals.listener.url));
      const server = Recorder.start(await arrivals.next());
      for (const end of [client, server]) end.take = (bytes) => memory.add(bytes.buffer);
      client.transport.write(new Uint8Array(100_000));
      server.transport.write(new Uint8Array(100_000));
      await Promise.all([client.untilReceived(100_000), server.untilReceived(100_000)]);
      client.transport.destroy();
      await Promise.all([client.untilClosed(), server.untilClosed()]);
    }
    expect(memory.size).toBe(1);
    expect([...memory][0]!.byteLength).toBe(131_072);
    await arrivals.listener.close();
  });

  it.runIf(process.platform !== 'win32')('leaves nothing behind at the server', async () => {
    const accepted = new Promise<[net.Server, net.Socket]>((resolve) => {
      const server = net.createServer({ pauseOnConnect: true }, (socket) => resolve([server, socket]));
      server.listen(0, '127.0.0.1', () => client.connect((server.address() as net.AddressInfo).port, '127.0.0.1'));
    });
    const client = new net.Socket();
    const [server, socket] = await accepted;
    let text = '';
    const received = new Promise<void>((resolve) => {
      const adopted = adoptSocket(socket, {
        received(bytes) {
          text += Buffer.from(bytes).toString();
          adopted.destroy();
          resolve();
        },
      })!;
      adopted.resume();
    });
    expect(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0);
    // Its callback waits for all connections it knows of.
    await new Promise((resolve) => server.close(resolve));
    client.write('after the server closed');
    await received;
    expect(text).toBe('after the server closed');
    client.destroy();
  });

  it('is not forced upon a socket without a handle', () => {
    const socket = new net.Socket();
    expect(adoptSocket(socket, { received: () => {} })).toBeUndefined();
    expect(socket.destroyed).toBe(false);
  });
});
