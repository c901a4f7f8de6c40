// Will Messages at the broker: when they are published, and when not. §3.1.2.5, §3.1.3.2
import { describe, expect, it } from 'vitest';
import type { WillInput } from '../../src/mqtt/packets/connect.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const WILL: WillInput = { topicName: 'will', payload: 'gone' };

/** A broker, its clock, and a watcher of everything. */
async function start() {
  const clock = new ManualClock();
  const started = await startBroker({ clock });
  const watcher = await started.connect('watcher');
  await watcher.subscribe('#', 2);
  return { ...started, clock, watcher };
}

/** A connection whose far end overwrites what it handed over, as a socket does which reads into the same memory again. */
function scrubbingPair(): { near: Transport; far: Transport } {
  const [near, far] = memoryPair();
  const start = far.start.bind(far);
  far.start = (handler) => {
    start({
      onBytes: (bytes) => {
        const own = Uint8Array.from(bytes);
        handler.onBytes(own);
        own.fill(0xff);
      },
      onDrain: () => handler.onDrain(),
      onClose: (error) => handler.onClose(error),
    });
  };
  return { near, far };
}

describe('a will is published', () => {
  for (const protocolVersion of [4, 5] as const) {
    it(`[MQTT-3.1.2-8] [MQTT-3.1.2-7] [MQTT-3.1.2-8@3.1.1] when the connection breaks, version ${protocolVersion}`, async () => {
      const { connect, watcher } = await start();
      const client = await connect('client', { protocolVersion, connect: { will: { ...WILL, qos: 1 } } });
      await client.destroy();
      expect(await watcher.message()).toMatchObject({ topicName: 'will', text: 'gone', qos: 1, retain: false });
      expect(await watcher.messages()).toEqual([]);
    });
  }

  it('[MQTT-3.1.2-8] on DISCONNECT 0x04 and on every code that is an error', async () => {
    const { connect, watcher } = await start();
    for (const reasonCode of [
      ReasonCode.DisconnectWithWillMessage,
      0x80,
      0x81,
      0x82,
      0x83,
      0x90,
      0x93,
      0x97,
      0x98,
      0x99,
    ]) {
      const client = await connect('client', { connect: { will: { ...WILL, payload: String(reasonCode) } } });
      await client.disconnect(reasonCode);
      expect((await watcher.message()).text).toBe(String(reasonCode));
    }
  });

  it('[MQTT-3.1.2-8] [MQTT-4.13.1-1] when the client breaks the protocol', async () => {
    const { transport, watcher } = await start();
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client', will: WILL }, { type: 'connect', clientId: 'client' });
    expect(await client.closed).toMatchObject([{ type: 'connack' }, { type: 'disconnect', reasonCode: 0x82 }]);
    expect((await watcher.message()).text).toBe('gone');
  });

  it('[MQTT-3.1.2-22] [MQTT-3.1.2-24@3.1.1] when the keep alive is over', async () => {
    const { clock, connect, watcher } = await start();
    await connect('client', { connect: { keepAlive: 10, will: WILL } });
    clock.advance(14.5);
    expect(await watcher.messages()).toEqual([]);
    clock.advance(1);
    expect((await watcher.message()).text).toBe('gone');
  });

  it('[MQTT-3.1.4-3] when another connection takes over, unless it has a delay', async () => {
    const { connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 100 };
    await connect('client', { connect: { will: WILL, properties } });
    const delayed = { ...WILL, payload: 'delayed', properties: { willDelayInterval: 5 } };
    await connect('client', { connect: { cleanStart: false, will: delayed, properties } });
    expect((await watcher.message()).text).toBe('gone');
    await connect('client', { connect: { cleanStart: false, properties } });
    expect(await watcher.messages()).toEqual([]);
  });

  it('when the server disconnects the client', async () => {
    const { broker, connect, watcher } = await start();
    await connect('client', { connect: { will: WILL } });
    expect(broker.disconnect('client')).toBe(true);
    expect((await watcher.message()).text).toBe('gone');
  });

  it('once, and not again by the connections that follow', async () => {
    const { connect, watcher } = await start();
    const properties = { sessionExpiryInterval: 100 };
    await (await connect('client', { connect: { will: WILL, properties } })).destroy();
    expect((await watcher.message()).text).toBe('gone');
    await (await connect('client', { connect: { cleanStart: false, properties } })).destroy();
    expect(await watcher.messages()).toEqual([]); // [MQTT-3.1.2-10]
  });
});

describe('a will is not published', () => {
  for (const protocolVersion of [4, 5] as const) {
    it(`[MQTT-3.14.4-3] [MQTT-3.1.2-10] [MQTT-3.14.4-3@3.1.1] [MQTT-3.1.2-10@3.1.1] after a normal DISCONNECT, version ${protocolVersion}`, async () => {
      const { clock, connect, watcher } = await start();
      const client = await connect('client', { protocolVersion, connect: { cleanStart: false, will: WILL } });
      await client.disconnect();
      clock.advance(1000);
      expect(await watcher.messages()).toEqual([]);
    });
  }

  it('[MQTT-3.1.2-12@3.1.1] when there is none', async () => {
    const { connect, watcher } = await start();
    await (await connect('client', { protocolVersion: 4 })).destroy();
    expect(await watcher.messages()).toEqual([]);
  });

  it('when the CONNECT that brought it was refused', async () => {
    const { connect } = await startBroker({ hooks: { authenticate: ({ clientId }) => clientId !== 'refused' } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const client = await connect('refused', { connect: { will: WILL } });
    await client.closed;
    expect(await watcher.messages()).toEqual([]);
  });
});

describe('how a will is published', () => {
  it('[MQTT-3.1.2-15] [MQTT-3.1.2-17@3.1.1] with Will Retain it is retained', async () => {
    const { connect } = await start();
    await (await connect('client', { connect: { will: { ...WILL, retain: true, qos: 1 } } })).destroy();
    const late = await connect('late');
    await late.subscribe('will', 1);
    expect(await late.message()).toMatchObject({ text: 'gone', retain: true, qos: 1 });
  });

  it('[MQTT-3.1.2-14] [MQTT-3.1.2-16@3.1.1] without it nothing is retained', async () => {
    const { connect, watcher } = await start();
    await (await connect('client', { connect: { will: WILL } })).destroy();
    await watcher.message();
    const late = await connect('late');
    await late.subscribe('will', 1);
    expect(await late.messages()).toEqual([]);
  });

  it('[MQTT-3.1.3-10] with its properties, user properties in their order', async () => {
    const { connect, watcher } = await start();
    const properties = {
      payloadFormatIndicator: 1,
      contentType: 'text/plain',
      responseTopic: 'answer',
      correlationData: new Uint8Array([1, 2]),
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ] as [string, string][],
    } as const;
    await (await connect('client', { connect: { will: { ...WILL, properties } } })).destroy();
    expect((await watcher.message()).properties).toEqual(properties);
  });

  it('is the one of the CONNECT, also when its bytes are overwritten while a hook is pending', async () => {
    const { connect, broker } = await startBroker({ hooks: { authenticate: async ({ clientId }) => clientId !== '' } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const { near, far } = scrubbingPair();
    broker.attach(far);
    const client = new RawClient(near);
    client.write({
      type: 'connect',
      clientId: 'client',
      will: { ...WILL, properties: { correlationData: new Uint8Array([7]) } },
    });
    expect(await client.next()).toMatchObject({ type: 'connack', reasonCode: 0 });
    near.destroy();
    expect(await watcher.message()).toMatchObject({
      text: 'gone',
      properties: { correlationData: new Uint8Array([7]) },
    });
  });
});
