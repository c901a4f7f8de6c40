// The statements about HELLO that bind a server, at the broker over real sockets.
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import { topicAndMessage, wire } from '../support/msip-wire.ts';

function identityOf(payload: Uint8Array): string {
  return String(Buffer.from(payload).readBigUInt64BE(0));
}

describe('HELLO', () => {
  it('[MSIP-3.1-4] [MSIP-3.1-6] is answered by ACK of kind STATE with the bytes of the id, flag or not', async () => {
    const { open } = await startMsipBroker();
    for (const clientId of ['lamp', 'é€😀', '\ufeffx', ' ', '0', 'x'.repeat(65_535)]) {
      for (const flags of [0, 6]) {
        const peer = await open();
        const { payload, ...header } = await peer.greet(clientId, { flags, msgId: 2n ** 64n - 1n, msgKind: 4 });
        expect(header).toMatchObject({ frameType: 6, msgKind: 3, flags: 0, msgId: 2n ** 64n - 1n });
        expect(Buffer.from(payload).toString()).toBe(clientId);
        await peer.leave();
      }
    }
  });

  it('[MSIP-3.1-5] [MSIP-4-6] without an id is given a u64 as 8 bytes, whose decimal text is its id from then on', async () => {
    const { open, connect, broker } = await startMsipBroker();
    const ids: string[] = [];
    broker.on('connected', ({ client }) => ids.push(client.clientId));
    const peer = await open();
    const { payload } = await peer.greet('');
    expect(payload).toHaveLength(8);
    const another = identityOf((await (await open()).greet('')).payload);
    expect(ids).toEqual([identityOf(payload), another]);
    expect(another).not.toBe(identityOf(payload));
    await peer.subscribe('t');
    await peer.leave();
    const back = await connect(identityOf(payload));
    await back.publish('t', 'x');
    expect(await back.sofar()).toHaveLength(1);
  });

  it('[MSIP-3.1-3] ids that share their first 8 bytes, or differ in their last, are different clients', async () => {
    const { connect } = await startMsipBroker();
    const ids = [
      'sensor-1',
      'sensor-1-north',
      'sensor-1-south',
      'SENSOR-1',
      `${'x'.repeat(1000)}a`,
      `${'x'.repeat(1000)}b`,
    ];
    const peers = await Promise.all(ids.map((clientId) => connect(clientId)));
    await peers[1]!.subscribe('t');
    await peers[2]!.publish('t', 'x');
    const counts = await Promise.all(peers.map(async (peer) => (await peer.sofar()).length));
    expect(counts).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it.each(['subscribe', 'unsubscribe', 'publish', 'ack', 'error', 'pong', 'event'] as const)(
    '[MSIP-3.1-1] [MSIP-3-1] [MSIP-7-1] %s before HELLO is answered by ERROR and the end',
    async (type) => {
      const { open } = await startMsipBroker();
      const peer = await open();
      const payload = type === 'publish' || type === 'event' ? topicAndMessage('a', 'x') : 'a';
      peer.write(wire(type, { msgId: 9n, payload: type === 'ack' ? '' : payload }), wire('hello'));
      expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=9 kind=1 flags=0 \w/)]);
    },
  );

  it('[MSIP-3.1-8] a second one is answered by ERROR and the end', async () => {
    const { connect } = await startMsipBroker();
    const peer = await connect('lamp');
    peer.write(wire('hello', { msgId: 9n, payload: 'other' }));
    expect(await peer.ending()).toEqual([expect.stringMatching(/^error id=9 /)]);
  });

  it('[MSIP-3.1-10] that is not accepted is answered by ERROR with its msg_id, and the end', async () => {
    const { open, connect } = await startMsipBroker({ limits: { sessions: 1 } });
    await connect('the only one there is room for');
    const peer = await open();
    peer.write(wire('hello', { msgId: 9n, payload: 'lamp' }), wire('subscribe', { flags: 1, payload: 'a' }));
    expect((await peer.ending())[0]).toMatch(/^error id=9 kind=1 flags=0 \w/);
    const long = await open();
    long.write(wire('hello', { msgId: 9n, payload: 'x'.repeat(65_536) }));
    expect((await long.ending())[0]).toMatch(/^error id=9 kind=1 flags=0 \w/);
  });

  it('[MSIP-3.1-2] that does not come in time costs the connection', async () => {
    const clock = new ManualClock();
    const { open } = await startMsipBroker({ clock });
    const silent = await open();
    const half = await open();
    half.write(wire('ping'), wire('hello').subarray(0, 20));
    await silent.sofar();
    await half.next();
    clock.advance(11);
    for (const peer of [silent, half]) {
      expect(await peer.ending()).toEqual(['error id=0 kind=1 flags=0 there was no HELLO in time']);
    }
  });
});
