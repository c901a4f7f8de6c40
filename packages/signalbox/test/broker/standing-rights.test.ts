// What waits on behalf of a client, a will or a delayed message, is published only if the client may still do so then.
import { describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import type { BrokerHooks, ClientInfo } from '../../src/broker/hooks.ts';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { WillInput } from '../../src/mqtt/packets/connect.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startBroker } from '../support/test-broker.ts';

const WILL: WillInput = { topicName: 'will', payload: 'gone', qos: 1, properties: { willDelayInterval: 10 } };
const LASTING = { sessionExpiryInterval: 1000 };

/** A broker whose `authorize` does as `rights` says at the moment, and tells who was asked about. */
async function start(options: BrokerOptions = {}) {
  const clock = new ManualClock();
  const asked: ClientInfo[] = [];
  const rights = { answer: (_client: ClientInfo, _topic: string): boolean | Promise<boolean> => true };
  const hooks: BrokerHooks = {
    authenticate: (_, { username }) => (username === undefined ? true : { username, groups: ['devices'] }),
    authorize: (client, action, topic) => {
      if (action === 'subscribe') return true;
      asked.push(client);
      return rights.answer(client, topic);
    },
  };
  const started = await startBroker({ clock, hooks, ...options });
  const watcher = await started.connect('watcher', { connect: { properties: LASTING } });
  await watcher.subscribe('#', 1);
  const comer = (will?: WillInput) => {
    return started.connect('device', { connect: { username: 'alice', properties: LASTING, ...(will && { will }) } });
  };
  return { ...started, clock, asked, rights, watcher, comer };
}

async function settled(broker: Broker): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(broker.statistics.connected).toBeGreaterThanOrEqual(0);
}

it('a will is not published when its client may not any more, and is counted', async () => {
  const { broker, clock, rights, watcher, comer, asked } = await start();
  await (await comer(WILL)).destroy();
  rights.answer = () => false;
  clock.advance(11);
  expect(await watcher.messages()).toEqual([]);
  expect(broker.statistics.dropped).toEqual({ 'not-authorized': 1 });
  expect(asked).toMatchObject([{ clientId: 'device', username: 'alice', groups: ['devices'] }, asked[0]]);
});

it('a delayed message likewise, also when its client has gone for good', async () => {
  const { broker, clock, rights, watcher, comer } = await start();
  const client = await comer();
  for (const topic of ['a', 'b']) expect(await client.publish(`$delayed/60/${topic}`, topic, { qos: 1 })).toBe(0);
  await client.disconnect(0, { sessionExpiryInterval: 0 });
  rights.answer = ({ username, groups }, topic) => username === 'alice' && groups[0] === 'devices' && topic === 'b';
  clock.advance(61);
  expect(await watcher.messages()).toEqual(['b=b']);
  expect(broker.statistics.dropped).toEqual({ 'not-authorized': 1 });
});

it('a will that is to be delayed is asked about at each step, as the same client', async () => {
  const { clock, rights, watcher, comer, asked } = await start();
  await (await comer({ topicName: '$delayed/30/later', payload: 'x', qos: 1 })).disconnect(4, {
    sessionExpiryInterval: 0,
  });
  clock.advance(29);
  expect(asked).toHaveLength(2);
  rights.answer = (client) => client.groups[0] === 'devices';
  clock.advance(2);
  expect(await watcher.messages()).toEqual(['later=x']);
  expect(asked).toHaveLength(3);
});

it('an answer that comes later is waited for; a hook that fails has allowed nothing, and the error is reported', async () => {
  const { broker, clock, rights, watcher, comer } = await start();
  const errors: unknown[] = [];
  broker.on('error', ({ while: doing }) => errors.push(doing));
  const client = await comer(WILL);
  for (const topic of ['a', 'b', 'c']) await client.publish(`$delayed/5/${topic}`, topic, { qos: 1 });
  await client.destroy();
  const answers = new Map<string, (isAllowed: boolean) => void>();
  rights.answer = (_, topic) => {
    if (topic === 'b') throw new Error('no');
    if (topic === 'c') return Promise.reject(new Error('nor this'));
    return new Promise((resolve) => answers.set(topic, resolve));
  };
  clock.advance(11);
  expect(await watcher.messages()).toEqual([]);
  for (const answer of answers.values()) answer(true);
  expect((await watcher.messages()).sort()).toEqual(['a=a', 'will=gone']);
  expect(errors).toEqual(Array(2).fill('asking about a message that waited'));
  expect(broker.statistics.dropped).toEqual({ 'not-authorized': 2 });
});

it('the end of the broker waits for the answer: what is allowed is kept for who will come', async () => {
  const store = new MemoryStore();
  const { broker, clock, rights, watcher, comer } = await start({ store });
  await comer({ ...WILL, properties: {} });
  let answer = (_: boolean): void => {};
  rights.answer = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await watcher.disconnect();
  const closed = broker.close();
  await settled(broker);
  answer(true);
  await closed;
  const { connect } = await startBroker({ store, clock });
  const again = await connect('watcher', { connect: { cleanStart: false, properties: LASTING } });
  expect(await again.messages()).toEqual(['will=gone']);
});

it('after a restart the same client is asked about; of what an open broker kept, its user alone', async () => {
  const store = new MemoryStore();
  const clock = new ManualClock();
  const { authenticate } = { authenticate: () => ({ username: 'alice' }) };
  const open = await startBroker({ store, clock, hooks: { authenticate } });
  await open.connect('old', { connect: { username: 'alice', properties: LASTING, will: WILL } });
  await open.broker.close();
  const first = await start({ store, clock });
  const device = await first.comer(WILL);
  await device.publish('$delayed/60/a', 'a', { qos: 1 });
  await first.broker.close();
  const second = await start({ store, clock });
  clock.advance(61);
  await settled(second.broker);
  const seen = second.asked.map(({ clientId, username, groups }) => `${clientId} ${username} ${groups.join()}`);
  expect(seen.sort()).toEqual(['device alice devices', 'device alice devices', 'old alice ']);
});

it('who has authenticated anew is asked about as who it is since then', async () => {
  const method = {
    name: 'm',
    begin: () => ({
      next: (data?: Uint8Array) => {
        return { type: 'success', admission: { username: 'alice', groups: [Buffer.from(data!).toString()] } } as const;
      },
    }),
  };
  const asked: string[] = [];
  const authorize: BrokerHooks['authorize'] = ({ groups }) => {
    asked.push(groups.join());
    return true;
  };
  const { connect, broker } = await startBroker({ hooks: { authenticationMethods: [method], authorize } });
  const said = (data: string) => ({ authenticationMethod: 'm', authenticationData: Buffer.from(data) });
  const client = await connect('c', { connect: { will: { topicName: 'w', payload: '' }, properties: said('before') } });
  client.send({ type: 'auth', reasonCode: 0x19, properties: said('since') });
  await client.next('auth');
  await client.destroy();
  await settled(broker);
  expect(asked).toEqual(['before', 'since']);
});

/** A hook that answers when it is told to; how many questions came. */
function slowly(): { readonly questions: ((isAllowed: boolean) => void)[]; readonly answer: () => Promise<boolean> } {
  const questions: ((isAllowed: boolean) => void)[] = [];
  return { questions, answer: () => new Promise((resolve) => questions.push(resolve)) };
}

const ENDS_AT_ONCE = { sessionExpiryInterval: 0 };
const AT_ONCE: WillInput = { topicName: 'will', payload: 'gone', qos: 1 };

for (const [name, properties, will] of [
  ['of a session that ended with its connection', ENDS_AT_ONCE, AT_ONCE],
  ['of a session that lasts', LASTING, AT_ONCE],
  ['whose delay was over', LASTING, WILL],
] as const) {
  it(`a broker that falls while it asks about a will ${name} asks again, and publishes it once`, async () => {
    const store = new MemoryStore();
    const { clock, rights, connect } = await start({ store });
    const device = await connect('device', { connect: { username: 'alice', properties, will } });
    const { questions, answer } = slowly();
    rights.answer = answer;
    await device.destroy();
    clock.advance(11);
    expect(questions).toHaveLength(1);
    const second = await start({ store, clock }); // the first one does nothing any more
    clock.advance(1);
    expect(second.asked).toMatchObject([{ clientId: 'device', username: 'alice', groups: ['devices'] }]);
    expect(await second.watcher.messages()).toEqual(['will=gone']);
    const third = await start({ store, clock });
    clock.advance(1);
    expect(third.asked).toEqual([]);
    questions[0]!(false); // for the end of the test
  });
}

it('what the broker asks about is forgotten by the store with the answer, whatever it is', async () => {
  const store = new MemoryStore();
  const { rights, connect, broker } = await start({ store });
  const { questions, answer } = slowly();
  const devices = [];
  for (const clientId of ['yes', 'no']) devices.push(await connect(clientId, { connect: { will: AT_ONCE } }));
  rights.answer = answer;
  for (const device of devices) await device.destroy();
  expect([...store.open().delayed!]).toHaveLength(2);
  questions[0]!(true);
  questions[1]!(false);
  await settled(broker);
  expect([...store.open().delayed!]).toEqual([]);
  expect(broker.statistics.dropped).toEqual({ 'not-authorized': 1 });
});

describe('a crowd of wills', () => {
  const CROWD = 250;
  const AT_A_TIME = 100;

  async function crowd(store = new MemoryStore()) {
    const started = await start({ store, limits: { connectionsPerAddress: CROWD + 10 } });
    const devices = [];
    for (let i = 0; i < CROWD; i++) devices.push(await started.connect(`d${i}`, { connect: { will: AT_ONCE } }));
    const { questions, answer } = slowly();
    started.rights.answer = answer;
    for (const device of devices) await device.destroy();
    return { ...started, store, questions };
  }

  it('is asked about a hundred at a time, and each is published', async () => {
    const { broker, watcher, questions } = await crowd();
    expect(questions).toHaveLength(AT_A_TIME);
    for (let answered = 0; answered < CROWD; answered++) {
      if (questions[answered] === undefined) await settled(broker);
      questions[answered]!(true);
    }
    expect(await watcher.messages()).toEqual(Array(CROWD).fill('will=gone'));
    expect(broker.statistics.dropped).toEqual({});
  });

  it('does not hold up the end of the broker: who was not asked about is left to the next one', async () => {
    const { broker, clock, questions, store } = await crowd();
    const closed = broker.close();
    await settled(broker);
    expect(questions).toHaveLength(AT_A_TIME);
    for (const answer of questions) answer(true);
    await closed;
    expect(questions).toHaveLength(AT_A_TIME);
    const second = await start({ store, clock });
    clock.advance(1);
    expect(await second.watcher.messages()).toHaveLength(CROWD - AT_A_TIME);
  });
});
