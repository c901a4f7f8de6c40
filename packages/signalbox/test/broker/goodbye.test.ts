// What the broker says last reaches a client that is still sending, whatever carries it: a connection which is closed while
// input lies unread would be reset, and a reset takes away what was sent before it.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { Framer } from '../../src/mqtt/framer.ts';
import { type Packet, type PacketInput, readPacket, writePacket } from '../../src/mqtt/packets/packet.ts';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { connect } from '../../src/transport/connect.ts';
import { DISCARDED_AT_MOST, type Transport, type TransportHandler } from '../../src/transport/transport.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';
import { CLIENT_TLS, SERVER_TLS } from '../transport/stage.ts';

const socketFile = join(mkdtempSync(join(tmpdir(), 'signalbox-')), 'goodbye');
const MEGABYTE = new Uint8Array(1_048_576);
/** A PUBLISH of QoS 0 with a megabyte, as it goes on for ever. */
const LARGE = writePacket({ type: 'publish', topicName: 'large', payload: MEGABYTE }, format(5));

function format(protocolVersion: ProtocolVersion) {
  return { protocolVersion, packetIdentifierSize: 2 } as const;
}

/** Sends without looking at what comes, until it has said everything; then it looks. */
class Talker implements TransportHandler {
  readonly packets: Packet[] = [];
  readonly closed: Promise<Error | undefined>;
  sent = 0;
  readonly #transport: Transport;
  readonly #version: ProtocolVersion;
  readonly #framer = new Framer();
  #onDrained: () => void = () => {};
  #onPacket: () => void = () => {};
  #onClosed!: (error: Error | undefined) => void;
  #isClosed = false;

  constructor(transport: Transport, version: ProtocolVersion = 5) {
    this.#transport = transport;
    this.#version = version;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    onTestFinished(() => transport.destroy());
    transport.start(this);
  }

  async say(...parts: (PacketInput | Uint8Array)[]): Promise<void> {
    for (const part of parts) {
      if (this.#isClosed) return;
      const bytes = part instanceof Uint8Array ? part : writePacket(part, format(this.#version));
      this.sent += bytes.length;
      if (this.#transport.write(bytes)) continue;
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
    }
  }

  listen(): void {
    this.#transport.resume();
  }

  stopListening(): void {
    this.#transport.pause();
  }

  async until(type: Packet['type']): Promise<void> {
    while (this.packets.every((packet) => packet.type !== type)) {
      await new Promise<void>((resolve) => {
        this.#onPacket = resolve;
      });
    }
  }

  onBytes(bytes: Uint8Array): void {
    this.#framer.receive(bytes, {
      frame: (buffer, start, _bodyStart, end) => {
        this.packets.push(
          readPacket(Uint8Array.from(buffer.subarray(start, end)), 0, end - start, format(this.#version)),
        );
        return true;
      },
    });
    this.#onPacket();
  }

  onDrain(): void {
    this.#onDrained();
  }

  onClose(error: Error | undefined): void {
    this.#isClosed = true;
    this.#onDrained();
    this.#onClosed(error);
  }
}

async function startAt(url: string, options: BrokerOptions = {}, graceMs = 10_000) {
  const test: TestBroker = await startBroker(options);
  const listener = await test.broker.listen(url, { tls: SERVER_TLS, graceMs });
  const talker = async (version: ProtocolVersion = 5) =>
    new Talker(await connect(listener.url, { tls: CLIENT_TLS }), version);
  return { ...test, talker };
}

/** More than kernels hold on both sides, so that only a broker which goes on reading lets it be said. */
const MUCH = Array.from({ length: 12 }, () => LARGE);

describe.each(['mqtt://127.0.0.1:0', 'mqtts://127.0.0.1:0', 'ws://127.0.0.1:0/mqtt', `unix://${socketFile}`])(
  '%s',
  { timeout: 20_000 },
  (url) => {
    it('a takeover is told to a client that is sending megabytes', async () => {
      const { talker, connect: connectClient } = await startAt(url);
      const client = await talker();
      await client.say({ type: 'connect', clientId: 'twice', properties: {} });
      await client.until('connack');
      client.stopListening();
      await client.say(LARGE.subarray(0, 500_000));
      await connectClient('twice');
      await client.say(LARGE.subarray(500_000), ...MUCH);
      client.listen();
      await client.closed;
      expect(client.packets.at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x8e });
      expect(client.sent).toBeGreaterThan(LARGE.length * 13);
    });

    it('a malformed packet is answered in the middle of megabytes', async () => {
      const { talker } = await startAt(url);
      const client = await talker();
      await client.say({ type: 'connect', clientId: 'rude' });
      await client.until('connack');
      client.stopListening();
      await client.say(LARGE, Uint8Array.of(0, 0), ...MUCH);
      client.listen();
      await client.closed;
      expect(client.packets.at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x81 });
    });

    it.each([
      [5, 0x86],
      [4, 4],
    ] as const)(
      'a refused CONNECT of version %i with megabytes behind it gets its CONNACK',
      async (version, reasonCode) => {
        const { talker } = await startAt(url, { hooks: { authenticate: () => 0x86 } });
        const client = await talker(version);
        client.stopListening();
        await client.say({ type: 'connect', clientId: 'stranger', username: 'u', protocolVersion: version }, ...MUCH);
        client.listen();
        await client.closed;
        expect(client.packets).toMatchObject([{ type: 'connack', reasonCode }]);
      },
    );

    it('a client whose queue is full is told so behind everything it has not read yet', async () => {
      const {
        talker,
        connect: connectClient,
        broker,
      } = await startAt(url, {
        queuePolicy: 'disconnect',
        limits: { queuedMessages: 4 },
      });
      const client = await talker();
      await client.say(
        { type: 'connect', clientId: 'slow' },
        { type: 'subscribe', packetIdentifier: 1, subscriptions: [{ topicFilter: 'a', qos: 1 }] },
      );
      await client.until('suback');
      client.stopListening();
      const parted = new Promise<void>((resolve) => {
        broker.on('disconnected', ({ client: { clientId } }) => clientId === 'slow' && resolve());
      });
      const publisher = await connectClient('publisher');
      let isParted = false;
      void parted.then(() => {
        isParted = true;
      });
      while (!isParted) await publisher.publish('a', MEGABYTE, { qos: 1 });
      client.listen();
      await client.closed;
      expect(client.packets.at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x97 });
      expect(client.packets.filter(({ type }) => type === 'publish').length).toBeGreaterThan(0);
    });

    it('who never stops is read no more, and gone after the grace time', async () => {
      const { talker, broker } = await startAt(url, {}, 300);
      const client = await talker();
      await client.say({ type: 'connect', clientId: 'endless' });
      await client.until('connack');
      client.stopListening();
      await client.say(Uint8Array.of(0, 0));
      let isClosed = false;
      void client.closed.then(() => {
        isClosed = true;
      });
      while (!isClosed && client.sent < 4 * DISCARDED_AT_MOST) await client.say(LARGE);
      client.listen();
      await client.closed;
      expect(client.sent).toBeLessThan(4 * DISCARDED_AT_MOST);
      expect(broker.statistics.connected).toBe(0);
    });
  },
);
