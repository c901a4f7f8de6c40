// MQTT in WebSockets, the same words in both standards: what other people's WebSockets see of our server and our client.
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Broker } from '../../src/broker/broker.ts';
import { type Packet, type PacketInput, writePacket } from '../../src/mqtt/packets/packet.ts';
import type { ProtocolVersion, WireFormat } from '../../src/mqtt/wire-format.ts';
import { connect } from '../../src/transport/connect.ts';
import { splitPackets } from '../support/dialogue.ts';
import { Recorder } from './recorder.ts';

async function startBroker(): Promise<{ broker: Broker; url: string }> {
  const broker = new Broker({ systemTopicsIntervalMs: 0 });
  onTestFinished(() => broker.close());
  return { broker, url: (await broker.listen('ws://127.0.0.1:0/mqtt')).url };
}

/** A WebSocket that is not ours, and the packets that came out of it: our broker puts whole ones into each message. */
class ForeignSocket {
  readonly webSocket: WebSocket;
  readonly closed: Promise<number>;
  readonly packets: Packet[] = [];
  #onMessage: () => void = () => {};

  constructor(url: string, protocolVersion: ProtocolVersion) {
    this.webSocket = new WebSocket(url, ['mqtt'], { perMessageDeflate: false });
    this.closed = new Promise((resolve) => this.webSocket.once('close', resolve));
    this.webSocket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) throw new Error('a message that is not binary');
      this.packets.push(...splitPackets(data, { protocolVersion, packetIdentifierSize: 2 }));
      this.#onMessage();
    });
    onTestFinished(() => this.webSocket.terminate());
  }

  static async open(url: string, protocolVersion: ProtocolVersion = 5): Promise<ForeignSocket> {
    const socket = new ForeignSocket(url, protocolVersion);
    await new Promise((resolve, reject) => socket.webSocket.once('open', resolve).once('error', reject));
    return socket;
  }

  async take(count: number): Promise<string[]> {
    while (this.packets.length < count) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
    return this.packets.map(({ type }) => type);
  }
}

for (const protocolVersion of [4, 5] as const satisfies readonly ProtocolVersion[]) {
  const format: WireFormat = { protocolVersion, packetIdentifierSize: 2 };
  const written = (...packets: PacketInput[]) => Buffer.concat(packets.map((packet) => writePacket(packet, format)));
  const CONNECT = { type: 'connect', protocolVersion, clientId: 'browser' } as const;
  const PING = { type: 'pingreq' } as const;

  describe(`protocol version ${protocolVersion} in a WebSocket`, () => {
    it('[MQTT-6.0.0-1] [MQTT-6.0.0-1@3.1.1] is binary both ways; text ends the connection and nothing of it is read', async () => {
      const { broker, url } = await startBroker();
      const socket = await ForeignSocket.open(url, protocolVersion);
      socket.webSocket.send(written({ ...CONNECT, clientId: 'text' }).toString('latin1'));
      expect(await socket.closed).toBe(1003);
      expect([broker.statistics.connectedMaximum, socket.packets]).toEqual([0, []]);
      const good = await ForeignSocket.open(url, protocolVersion);
      good.webSocket.send(written(CONNECT));
      expect(await good.take(1)).toEqual(['connack']);
      good.webSocket.send('text in the middle');
      expect(await good.closed).toBe(1003);
    });

    it('[MQTT-6.0.0-2] [MQTT-6.0.0-2@3.1.1] packets are cut and joined over messages as the sender likes', async () => {
      const { url } = await startBroker();
      const stream = written(CONNECT, PING, PING, PING);
      for (const size of [1, 3, stream.length]) {
        const socket = await ForeignSocket.open(url, protocolVersion);
        for (let at = 0; at < stream.length; at += size) socket.webSocket.send(stream.subarray(at, at + size));
        expect(await socket.take(4)).toEqual(['connack', 'pingresp', 'pingresp', 'pingresp']);
      }
    });
  });
}

it('[MQTT-6.0.0-3] [MQTT-6.0.0-3@3.1.1] our client offers the subprotocol mqtt, and takes no connection without it', async () => {
  const offers: string[][] = [];
  let isSelecting = true;
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (protocols) => {
      offers.push([...protocols]);
      return isSelecting ? 'mqtt' : false;
    },
  });
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = Recorder.start(await connect(url));
  client.transport.destroy();
  await client.untilClosed();
  isSelecting = false;
  await expect(connect(url)).rejects.toMatchObject({ code: 'WEBSOCKET_FAILED' });
  expect(offers).toEqual([['mqtt'], ['mqtt']]);
});

it('[MQTT-6.0.0-4] [MQTT-6.0.0-4@3.1.1] our server chooses the subprotocol mqtt', async () => {
  const { url } = await startBroker();
  const { webSocket } = await ForeignSocket.open(url);
  expect(webSocket.protocol).toBe('mqtt');
});
