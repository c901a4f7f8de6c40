// A store that commits late, and of which the n-th commit fails, for every n: whatever the broker says is true of what is
// committed at that moment, and what was not acknowledged gets through when it is sent again. [MQTT-4.3.2-4] [MQTT-4.3.3-8]

import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/mqtt/packets/packet.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { Received } from '../../src/mqtt/received-identifiers.ts';
import { splitPackets } from '../support/dialogue.ts';
import { VirtualBroker } from '../support/virtual-broker.ts';
import { VirtualClient } from '../support/virtual-client.ts';
import { VirtualClock } from '../support/virtual-link.ts';
import { VirtualStore, type VirtualStoreOptions } from '../support/virtual-store.ts';

class Scene {
  readonly store: VirtualStore;
  readonly network: VirtualBroker;
  readonly publisher: VirtualClient;
  readonly subscriber: VirtualClient;
  /** Packets of the broker by type. */
  readonly said: Record<string, number> = {};
  readonly lies: string[] = [];
  /** Messages on their way to the subscriber that a broker which fell now would not know of. */
  readonly unfounded: string[] = [];

  constructor(protocolVersion: 4 | 5, options: VirtualStoreOptions) {
    this.store = new VirtualStore(new VirtualClock(), options);
    this.network = new VirtualBroker(this.store);
    const { order } = this.network;
    this.publisher = new VirtualClient({ clientId: 'p', protocolVersion, isPersistent: true, order });
    this.subscriber = new VirtualClient({ clientId: 's', protocolVersion, isPersistent: true, order });
  }

  /** Everybody comes back until all is done; then the subscriber leaves, and messages wait for it. */
  async play(): Promise<void> {
    const { network, publisher, subscriber } = this;
    await network.open();
    subscriber.subscribe('t');
    await this.#comeBack();
    for (const qos of [1, 2] as const) publisher.send('t', `live-${qos}`, qos);
    await this.#comeBack();
    subscriber.disconnect();
    await network.settle();
    for (const qos of [1, 2] as const) publisher.send('t', `kept-${qos}`, qos);
    await this.#comeBack('without the subscriber');
    await this.#comeBack();
    subscriber.unsubscribe('t');
    await this.#comeBack();
  }

  #isDone(client: VirtualClient): boolean {
    return client.isConnected && client.isIdle && [...client.histories].every(([, { isAsWanted }]) => isAsWanted);
  }

  async #comeBack(who: 'everybody' | 'without the subscriber' = 'everybody'): Promise<void> {
    const clients = who === 'everybody' ? [this.publisher, this.subscriber] : [this.publisher];
    await this.network.settle();
    for (let round = 0; round < 9 && !clients.every((client) => this.#isDone(client)); round++) {
      for (const client of clients) if (!client.hasLink) this.#connect(client);
      await this.network.settle();
    }
  }

  #connect(client: VirtualClient): void {
    const format = { protocolVersion: client.options.protocolVersion, packetIdentifierSize: 2 } as const;
    const onWrite = (bytes: Uint8Array): void => {
      for (const packet of splitPackets(bytes, format)) {
        this.said[packet.type] = (this.said[packet.type] ?? 0) + 1;
        if (this.#isTrue(packet, client)) continue;
        const list = packet.type === 'publish' || packet.type === 'pubrel' ? this.unfounded : this.lies;
        list.push(`${packet.type} to ${client.clientId}`);
      }
    };
    this.network.connect(client, { transport: { onWrite } });
  }

  /** Whether what the packet says is committed. */
  #isTrue(packet: Packet, client: VirtualClient): boolean {
    const sessions = [...this.store.kept.open().sessions];
    const kept = sessions.find(({ clientId }) => clientId === client.clientId);
    const deliveries = sessions.find(({ clientId }) => clientId === 's')?.deliveries ?? [];
    const has = (stage: string, packetIdentifier: number) =>
      deliveries.some((delivery) => delivery.stage === stage && delivery.packetIdentifier === packetIdentifier);
    if (packet.type === 'connack') return packet.reasonCode !== 0 || kept !== undefined;
    if (packet.type === 'suback') return kept?.subscriptions.length === 1;
    if (packet.type === 'unsuback') return kept?.subscriptions.length === 0;
    if (packet.type === 'pubcomp') return kept?.received.includes(packet.packetIdentifier) === false;
    if (packet.type === 'publish' && packet.qos === 2) return has('sent', packet.packetIdentifier);
    if (packet.type === 'pubrel') {
      const isExpected = client.session.received.stageOf(packet.packetIdentifier) !== Received.Unknown;
      return !isExpected || has('received', packet.packetIdentifier);
    }
    if ((packet.type !== 'puback' && packet.type !== 'pubrec') || packet.reasonCode >= 0x80) return true;
    if (packet.type === 'pubrec' && kept?.received.includes(packet.packetIdentifier) !== true) return false;
    const payload = String(client.session.outgoing.storedOf(packet.packetIdentifier)?.payload);
    const isDelivered = this.subscriber.received.some((received) => received.payload === payload);
    return isDelivered || deliveries.some(({ message }) => textOf(message.payload) === payload);
  }
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const SUCCESSES: readonly number[] = [0, ReasonCode.NoMatchingSubscribers, ReasonCode.PacketIdentifierNotFound];

function expectThrough({ publisher, subscriber, network, lies }: Scene, name: string): void {
  for (const { payload, reasonCode } of publisher.published) {
    // In 5.0 a message is refused of which the store knows nothing yet; before, it comes again until it is acknowledged.
    if (publisher.options.protocolVersion === 4)
      expect(SUCCESSES, `${name}: ${payload} is settled`).toContain(reasonCode);
    else if (reasonCode === 0x80) continue;
    expect(
      subscriber.received.map((received) => received.payload),
      name,
    ).toContain(payload);
  }
  expect(lies, name).toEqual([]);
  expect([publisher.errors, subscriber.errors], name).toEqual([[], []]);
  for (const { mqtt, queue } of network.exchange.sessions) {
    expect([mqtt.identifiers.count, mqtt.received.count, queue?.length ?? 0], name).toEqual([0, 0, 0]);
  }
}

describe.each([4, 5] as const)('protocol version %d: what is acknowledged is committed', (protocolVersion) => {
  it.each([1, 3, 10])('pitfall: on a store whose commits take %d ms', async (commitMs) => {
    const scene = new Scene(protocolVersion, { commitMs: () => commitMs });
    await scene.play();
    expectThrough(scene, 'no failure');
    expect(scene.unfounded).toEqual([]);
    scene.network.expectIdle([scene.publisher, scene.subscriber]);
    expect(scene.subscriber.received.map(({ payload }) => payload)).toEqual(['live-1', 'live-2', 'kept-1', 'kept-2']);
    expect(scene.said).toMatchObject({
      puback: 2,
      pubrec: 2,
      pubcomp: 2,
      pubrel: 2,
      publish: 4,
      suback: 1,
      unsuback: 1,
    });
  });

  it.each([
    [0, 1],
    [3, 1],
    [0, 3],
    [3, 3],
  ])('pitfall: commits take %d ms, and %d fail from the n-th on, for every n', async (commitMs, failures) => {
    const whole = new Scene(protocolVersion, { commitMs: () => commitMs });
    await whole.play();
    expect(whole.store.commits).toBeGreaterThan(15);
    for (let n = 0; n < whole.store.commits; n++) {
      const scene = new Scene(protocolVersion, { commitMs: () => commitMs, failsAt: n, failures });
      await scene.play();
      expectThrough(scene, `commit ${n}`);
    }
  });
});
