import { describe, expect, it } from 'vitest';
import { startBroker } from '../support/test-broker.ts';

describe('a bridge of MQTT 3.1.1 (bit 0x80 of the protocol version)', () => {
  it('gets RETAIN as it was published, and nothing of its own back', async () => {
    const { connect } = await startBroker();
    const bridge = await connect('bridge', { protocolVersion: 4, connect: { bridge: true } });
    await bridge.subscribe('#', 1);
    const publisher = await connect('publisher');
    await bridge.publish('from/bridge', 'x', { qos: 1 });
    await publisher.publish('to/bridge', 'kept', { qos: 1, retain: true });
    expect(await bridge.message()).toMatchObject({ topicName: 'to/bridge', text: 'kept', retain: true });
    expect(await bridge.messages()).toEqual([]);
  });

  it('may take part in a shared subscription, which knows no local and remote', async () => {
    const { connect } = await startBroker();
    const bridge = await connect('bridge', { protocolVersion: 4, connect: { bridge: true } });
    expect((await bridge.subscribe('$share/g/a', 0)).reasonCodes).toEqual([0]);
    await bridge.publish('a', 'mine');
    expect((await bridge.message()).text).toBe('mine');
  });
});

describe('$SYS', () => {
  it('cannot be published to by a client', async () => {
    const { broker, connect } = await startBroker();
    const client = await connect('client');
    await client.subscribe('$SYS/#', 0);
    expect(await client.publish('$SYS/broker/version', 'fake', { qos: 1 })).toBe(0x87);
    await broker.publish({ topicName: '$SYS/broker/notice', payload: 'true' });
    expect(await client.messages()).toEqual(['$SYS/broker/notice=true']);
    expect(broker.statistics.dropped['not-authorized']).toBe(1);
  });
});
