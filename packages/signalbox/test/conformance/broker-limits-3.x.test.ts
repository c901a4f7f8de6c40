// The limits of the broker where the version has no word for them: what docs/guide/limits.md says under “before”.
import { describe, expect, it } from 'vitest';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { connectRaw, heard } from '../support/raw-connected.ts';
import { startBroker } from '../support/test-broker.ts';

function subscribe(...topicFilters: string[]): PacketInput {
  return {
    type: 'subscribe',
    packetIdentifier: 1,
    subscriptions: topicFilters.map((topicFilter) => ({ topicFilter })),
  };
}

const publish = (topicName: string, more: object = {}): PacketInput => ({
  type: 'publish',
  topicName,
  payload: 'p',
  qos: 1,
  packetIdentifier: 1,
  ...more,
});

for (const version of [3, 4] as const) {
  describe(`limits, protocol version ${version}`, () => {
    for (const [name, limits, filters] of [
      ['subscriptions', { subscriptions: 1 }, ['a', 'b']],
      ['topicLevels', { topicLevels: 2 }, ['a', 'a/b/c']],
    ] as const) {
      it(`${name}: a filter too many fails alone, or in 3.1 closes the connection`, async () => {
        const started = await startBroker({ limits });
        const client = await connectRaw(started, 'c', version);
        client.write(subscribe(...filters));
        if (version === 3) expect((await client.closed).map(({ type }) => type)).toEqual(['connack']);
        else expect(await heard(client)).toMatchObject([{ type: 'suback', reasonCodes: [0, 0x80] }]);
      });
    }

    it('topicLevels: the message is acknowledged and dropped; retainedMessages: and delivered, but not retained', async () => {
      const started = await startBroker({ limits: { topicLevels: 2, retainedMessages: 1 } });
      const client = await connectRaw(started, 'c', version);
      client.write(subscribe('#'), publish('a/b/c'), publish('r1', { retain: true }), publish('r2', { retain: true }));
      const answers = await heard(client);
      expect(answers.filter(({ type }) => type === 'puback')).toHaveLength(3);
      expect(answers.filter(({ type }) => type === 'publish')).toMatchObject([
        { topicName: 'r1' },
        { topicName: 'r2' },
      ]);
      expect(started.broker.statistics.dropped).toEqual({ 'too-many-levels': 1, 'retained-full': 1 });
      const late = await connectRaw(started, 'late', version);
      late.write(subscribe('#'));
      expect((await heard(late)).filter(({ type }) => type === 'publish')).toMatchObject([{ topicName: 'r1' }]);
    });

    it('packetSize: closed without a word', async () => {
      const started = await startBroker({ limits: { packetSize: 1024 } });
      const client = await connectRaw(started, 'c', version);
      client.write(publish('t', { payload: 'x'.repeat(1024) }));
      expect((await client.closed).map(({ type }) => type)).toEqual(['connack']);
    });

    it('keepAlive: what the client was not told is not asked of it', async () => {
      const clock = new ManualClock();
      const started = await startBroker({ clock, limits: { keepAlive: 10 } });
      const client = await connectRaw(started, 'c', version, { keepAlive: 60 });
      clock.advance(80);
      expect(await heard(client)).toEqual([]);
      clock.advance(100);
      expect((await client.closed).map(({ type }) => type)).toEqual(['connack', 'pingresp']);
    });
  });
}
