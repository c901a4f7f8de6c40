// What happens to subscriptions when a connection is followed by another.
import { describe, expect, it } from 'vitest';
import { explainError } from '../../../src/client/index.ts';
import { Outcome } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

const filters = (count: number) => Array.from({ length: count }, (_, index) => `f/${index}`);

async function subscribed(stage: Stage, count: number, options = {}) {
  const client = await stage.connect();
  for (const filter of filters(count)) void client.subscribe(filter, () => {}, options);
  await stage.settle();
  return client;
}

describe('a subscription', () => {
  it('is not asked for again while the server has the session', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 3);
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([]);
  });

  it('is asked for again, a hundred filters in a packet, when the session is gone', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 250);
    stage.sessions.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(stage.link.topicFilters.flat()).toEqual(filters(250));
  });

  it('is asked for in smaller packets where the server takes no larger ones', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 100);
    stage.sessions.clear();
    stage.script.announce({ maximumPacketSize: 200 });
    await stage.interrupt(client);
    expect(stage.link.topicFilters.flat()).toEqual(filters(100));
    expect(stage.link.topicFilters.length).toBeLessThan(14);
  });

  it('with User Properties is asked for in a packet of its own', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 2, { userProperties: [['k', 'v']] });
    stage.sessions.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([['f/0'], ['f/1']]);
  });

  it('that is refused now is told through onProblem, and is not asked for with the others', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 2);
    const doomed = await stage.when(client.subscribe(['no', 'yes'], () => {}));
    stage.script.grant = (filter) => (filter === 'no' ? 0x87 : 1);
    stage.sessions.clear();
    await stage.interrupt(client);
    expect(doomed.reasonCodes).toEqual([0x87, 1]);
    expect(await Promise.all(stage.problems.map(explainError))).toEqual([expect.stringContaining("'no'")]);
    stage.sessions.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([['f/0', 'f/1', 'yes']]);
  });

  it('with User Properties that was refused as a whole does no harm later', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 1, { userProperties: [['k', 'v']] });
    stage.script.grant = () => 0x87;
    for (let count = 0; count < 2; count++) {
      stage.sessions.clear();
      await stage.interrupt(client);
    }
    expect(client.isConnected).toBe(true);
    expect(stage.link.topicFilters).toEqual([]);
  });

  it('that the next server cannot have is told, the others are there', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const both = await stage.when(client.subscribe(['a/#', 'b'], () => {}));
    await stage.when(client.subscribe('c', () => {}));
    stage.sessions.clear();
    stage.script.announce({ wildcardSubscriptionAvailable: false });
    await stage.interrupt(client);
    expect(stage.link.topicFilters.flat().sort()).toEqual(['b', 'c']);
    expect(both.reasonCodes[0]).toBeGreaterThanOrEqual(0x80);
    expect(both.reasonCodes[1]).toBe(2);
    expect(stage.problems.length).toBe(1);
  });

  it('is asked for again when the answer to the repetition was lost, though the server has a session by then', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 2);
    stage.sessions.clear();
    stage.script.holds.add('suback');
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([['f/0', 'f/1']]);
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([['f/0', 'f/1']]);
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([]);
  });

  it('survives a server that accepts and closes in one breath', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 2);
    stage.sessions.clear();
    stage.script.connack = (_, link) => {
      queueMicrotask(() => link.disconnect(0x89));
      return {};
    };
    stage.link.cut();
    await stage.settle();
    await stage.online(client);
    stage.script.welcome();
    await stage.clock.advance(240_000);
    expect(client.isConnected).toBe(true);
    expect(stage.link.topicFilters).toEqual([['f/0', 'f/1']]);
    stage.link.post('f/0', 'x', { qos: 1 });
    await stage.settle();
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('that was not answered is asked for once more, and once only', async () => {
    const stage = new Stage();
    stage.script.holds.add('suback');
    const client = await stage.connect();
    const pending = new Outcome(client.subscribe('a', () => {}));
    await stage.settle();
    stage.sessions.clear();
    stage.script.holds.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([['a']]);
    expect(pending.state).toBe('resolved');
  });

  it('that was given up is not asked for again', async () => {
    const stage = new Stage();
    const client = await subscribed(stage, 2);
    await stage.when(client.unsubscribe('f/0'));
    stage.sessions.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([['f/1']]);
  });
});

describe('messages no subscription wants', () => {
  const resumed = { clientId: 'me', cleanStart: false } as const;

  async function withSession(options = {}) {
    const stage = new Stage();
    const before = await stage.connect(resumed);
    await stage.when(before.subscribe('#', () => {}));
    await stage.when(before.close());
    const client = await stage.connect({ ...resumed, ...options });
    return { stage, client };
  }

  it('of a session that goes on wait for their subscription', async () => {
    const { stage, client } = await withSession();
    for (const [index, qos] of [0, 1, 2].entries()) stage.link.post('a', String(index), { qos: qos as 0 });
    await stage.settle();
    expect(stage.link.settledIdentifiers).toEqual([]);
    const texts: string[] = [];
    await stage.when(client.subscribe('a', (message) => void texts.push(message.text)));
    expect(texts).toEqual(['0', '1', '2']);
    expect(stage.link.settledIdentifiers.length).toBe(2);
  });

  it('do not hold up the acknowledgements of others for ever: half of Receive Maximum later they are let go', async () => {
    const { stage, client } = await withSession({ properties: { receiveMaximum: 10 } });
    const texts: string[] = [];
    await stage.when(client.subscribe('wanted', (message) => void texts.push(message.text)));
    stage.link.post('unwanted', 'x', { qos: 1 });
    for (let index = 0; index < 9; index++) stage.link.post('wanted', String(index), { qos: 1 });
    await stage.settle();
    expect(texts.length).toBe(9);
    expect(stage.link.settledIdentifiers.length).toBe(0);
    await stage.clock.advance(5_000);
    expect(stage.link.settledIdentifiers.length).toBe(10);
    expect(client.statistics.droppedUnclaimed).toBe(1);
    stage.link.post('unwanted', 'x', { qos: 1 });
    for (let index = 0; index < 5; index++) stage.link.post('wanted', String(index), { qos: 1 });
    await stage.settle();
    expect(stage.link.settledIdentifiers.length).toBe(16);
  });

  it('wait for a program that has not had its turn yet, however many come at once', async () => {
    const { stage, client } = await withSession({ properties: { receiveMaximum: 10 } });
    for (let index = 0; index < 10; index++) stage.link.post('a', String(index), { qos: 1 });
    await stage.settle();
    await stage.clock.advance(4_999);
    const texts: string[] = [];
    await stage.when(client.subscribe('a', (message) => void texts.push(message.text)));
    expect(texts.length).toBe(10);
    expect(stage.link.settledIdentifiers.length).toBe(10);
    expect(client.statistics.droppedUnclaimed).toBe(0);
    await stage.clock.advance(10_000);
    expect(stage.link.settledIdentifiers.length).toBe(10);
  });

  it('do not block a subscription to something else for longer than that', async () => {
    const { stage, client } = await withSession({ properties: { receiveMaximum: 10 } });
    for (let index = 0; index < 10; index++) stage.link.post('a', String(index), { qos: 1 });
    await stage.settle();
    await stage.when(client.subscribe('b', () => {}));
    expect(stage.link.settledIdentifiers.length).toBe(0);
    await stage.clock.advance(5_000);
    expect(stage.link.settledIdentifiers.length).toBe(10);
    expect(client.statistics.droppedUnclaimed).toBe(10);
  });

  it('keep no timer when the client is closed', async () => {
    const { stage, client } = await withSession();
    stage.link.post('a', 'x', { qos: 1 });
    await stage.settle();
    await stage.when(client.close());
    expect(stage.clock.scheduled).toBe(0);
  });

  it('are let go, and counted, when there are too many of them', async () => {
    const { stage, client } = await withSession({ unclaimed: 2 });
    for (let index = 0; index < 5; index++) stage.link.post('a', String(index));
    await stage.settle();
    expect(client.statistics.droppedUnclaimed).toBe(3);
  });

  it('are acknowledged at once by a client whose session nobody had before', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.post('a', 'x', { qos: 1 });
    stage.link.post('a', 'x', { qos: 2 });
    await stage.settle();
    expect(stage.link.settledIdentifiers.length).toBe(2);
    expect(client.statistics.droppedUnclaimed).toBe(2);
  });
});
