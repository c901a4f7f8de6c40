// Peers that begin a handshake and do not go on: they count for their address, and others come in beside them.
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient } from '../support/test-client.ts';
import { CLIENT_TLS, SERVER_TLS } from '../transport/stage.ts';

/** On Linux and Windows all of 127/8 is this machine; elsewhere one address of it is, and nobody can come from another. */
const HOSTILE = '127.0.0.2';
const hasSecondAddress = await new Promise<boolean>((resolve) => {
  const server = net.createServer().once('error', () => resolve(false));
  server.listen(0, HOSTILE, () => server.close(() => resolve(true)));
});

async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe.runIf(hasSecondAddress).each(['mqtts://127.0.0.1:0', 'wss://127.0.0.1:0/mqtt', 'ws://127.0.0.1:0/mqtt'])(
  'handshakes at %s',
  (url) => {
    it('that are held open fill the place of their own address only, and give it back', async () => {
      const { broker } = await startBroker({ limits: { connectionsPerAddress: 10 } });
      const listener = await broker.listen(url, { tls: SERVER_TLS });
      const port = Number(new URL(listener.url).port);
      const open = (localAddress: string): net.Socket => {
        const socket = net.connect({ port, host: '127.0.0.1', localAddress });
        onTestFinished(() => void socket.destroy());
        return socket.on('error', () => {}).resume();
      };
      const hostile = Array.from({ length: 30 }, () => open(HOSTILE));
      const closed = hostile.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      while (listener.refusedConnections < 20) await turns(1);
      expect(listener.connections).toBe(10);
      expect(broker.statistics.turnedAway).toEqual({ 'connections-of-address': 20 });
      const client = await TestClient.connect(await connect(listener.url, { tls: CLIENT_TLS }), {
        connect: { clientId: 'other' },
      });
      expect(client.connack.reasonCode).toBe(0);
      for (const socket of hostile) socket.destroy();
      await Promise.all(closed);
      while (listener.connections > 1) await turns(1);
      const again = open(HOSTILE);
      while (listener.connections < 2) await turns(1);
      expect(again.destroyed).toBe(false);
      await client.disconnect();
    });
  },
);
