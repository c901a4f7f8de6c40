// The same over real sockets: half a CONNECT, resets in the middle of a packet, and noise.
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { writePacket } from '../../src/mqtt/packets/packet.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

const FORMAT = { protocolVersion: 5, packetIdentifierSize: 2 } as const;
const CONNECT = writePacket({ type: 'connect', clientId: 'rude' }, FORMAT);

async function startTcp(options: BrokerOptions = {}): Promise<TestBroker & { open(): Socket }> {
  const test = await startBroker(options);
  const { url } = await test.broker.listen('mqtt://127.0.0.1:0');
  const open = () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => {
      socket.destroy();
    });
    return socket;
  };
  return { ...test, open };
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

describe('over TCP', () => {
  it('half a CONNECT held open is closed after connectTimeoutMs, on the clock of the system', async () => {
    const { open, broker } = await startTcp({ limits: { connectTimeoutMs: 50 } });
    const sockets = [open(), open()];
    const closed = sockets.map((socket) => once(socket, 'close'));
    sockets[0]!.write(CONNECT.subarray(0, CONNECT.length - 1));
    for (const socket of sockets) socket.resume();
    await Promise.all(closed);
    expect(broker.statistics.connected).toBe(0);
  });

  it('connections reset in the middle of a packet, while others are written to, end alone', async () => {
    const { open, connect: connectClient, broker } = await startTcp();
    const watcher = await connectClient('watcher');
    await watcher.subscribe('t', 1);
    const publisher = await connectClient('publisher');
    const subscribe = writePacket(
      { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 't', qos: 1 }] },
      FORMAT,
    );
    for (let i = 0; i < 20; i++) {
      const socket = open();
      const clientId = `rude-${i}`;
      socket.write(
        Buffer.concat([writePacket({ type: 'connect', clientId }, FORMAT), subscribe, Buffer.of(0x30, 0x7f, 0)]),
      );
      await once(socket, 'data');
      const gone = new Promise<void>((resolve) => {
        const stop = broker.on('disconnected', ({ client }) => {
          if (client.clientId !== clientId) return;
          stop();
          resolve();
        });
      });
      void publisher.publish('t', 'x'.repeat(100_000), { qos: 1 });
      socket.resetAndDestroy();
      await gone;
    }
    for (let i = 0; i < 20; i++) expect((await watcher.message()).payload).toHaveLength(100_000);
    expect(broker.statistics.connected).toBe(2);
  });

  it('a TLS hello, an HTTP request and an MQTT-like name are no CONNECT', async () => {
    const { open, connect: connectClient } = await startTcp();
    const openings = [
      Buffer.from('16030100c8010000c403', 'hex'),
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.from('100e00044d51545805020000000161', 'hex'),
      Buffer.alloc(100),
    ];
    for (const bytes of openings) {
      const socket = open();
      const closed = once(socket, 'close');
      socket.end(bytes);
      socket.resume();
      await closed;
    }
    expect((await connectClient('fine')).connack.reasonCode).toBe(0);
  });
});
