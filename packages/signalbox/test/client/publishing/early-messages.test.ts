// Messages of a page, where the publisher is loaded by the first of them: nothing is lost, nothing hangs, and the order is that of
// the calls.
import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/client.ts';
import type { ClientOptions } from '../../../src/client/client-options.ts';
import { connectWith } from '../../../src/client/connect.ts';
import { Deferred } from '../../../src/client/deferred.ts';
import * as keeping from '../../../src/client/keeping.ts';
import * as observation from '../../../src/client/observation/observation.ts';
import { OPERATION_CHECKS } from '../../../src/client/operation-check.ts';
import * as publishing from '../../../src/client/publishing/publishing.ts';
import * as unclaimed from '../../../src/client/receiving/unclaimed.ts';
import type { Rooms } from '../../../src/client/rooms.ts';
import * as references from '../../../src/client/server-reference.ts';
import * as aliases from '../../../src/mqtt/connection-aliases.ts';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

/** A page whose files come when a test lets them. */
class Page extends Stage {
  readonly asked: string[] = [];
  #files: Deferred<void>[] = [];
  readonly rooms: Rooms = {
    areAtHand: false,
    publishing: () => this.#file('publishing', publishing),
    keeping: () => this.#file('keeping', keeping),
    references: () => this.#file('references', references),
    aliases: () => this.#file('aliases', aliases),
    unclaimed: () => this.#file('unclaimed', unclaimed),
    observation: () => this.#file('observation', observation),
  };

  override begin(options: ClientOptions = {}): Outcome<Client> {
    return new Outcome(
      connectWith(
        { dial: this.dial, rooms: this.rooms, check: () => {}, checks: OPERATION_CHECKS },
        this.options(options),
      ),
    );
  }

  async load(error?: Error): Promise<void> {
    for (const file of this.#files.splice(0)) {
      if (error === undefined) file.resolve();
      else file.reject(error);
    }
    await this.settle();
  }

  async #file<M>(name: string, module: M): Promise<M> {
    this.asked.push(name);
    const file = new Deferred<void>();
    this.#files.push(file);
    await file.promise;
    return module;
  }
}

const states = (outcomes: readonly Outcome<unknown>[]) => outcomes.map(({ state, code }) => code ?? state);

describe('a page that publishes', () => {
  it('loads nothing when it only subscribes', async () => {
    const page = new Page();
    const client = await page.connect();
    await page.when(client.subscribe('a', () => {}));
    await page.when(client.ready());
    await page.when(client.flush());
    await page.interrupt(client);
    expect(client.statistics).toMatchObject({ queuedMessages: 0, queuedBytes: 0, inFlight: 0, droppedOutgoing: 0 });
    await page.when(client.close());
    expect(page.asked).toEqual([]);
  });

  it('loads the publisher with its first message, and what comes meanwhile keeps its order and its bytes', async () => {
    const page = new Page();
    const client = await page.connect();
    const bytes = new Uint8Array([65]);
    const correlationData = new Uint8Array([1]);
    const all = outcomesOf([
      client.publish('a', bytes, { qos: 2, properties: { correlationData } }),
      client.publish('a', 'B'),
      client.publish('a', 'C', { qos: 1 }),
    ]);
    bytes[0] = 90;
    correlationData[0] = 90;
    expect(client.statistics).toMatchObject({ queuedMessages: 3, queuedBytes: 3 });
    const flushed = new Outcome(client.flush());
    const ready = new Outcome(client.ready());
    await page.settle();
    expect([page.asked, page.link.messages, flushed.state, ready.state]).toEqual([
      ['publishing'],
      [],
      'pending',
      'pending',
    ]);
    await page.load();
    expect(page.link.messages).toEqual(['A', 'B', 'C']);
    expect(page.link.of('publish')[0]!.properties.correlationData).toEqual(new Uint8Array([1]));
    expect(states([...all, flushed, ready])).toEqual(all.map(() => 'resolved').concat('resolved', 'resolved'));
    await page.when(client.publish('a', 'D', { qos: 1 }));
    expect(page.asked).toEqual(['publishing']);
  });

  it('who waits for room has it when messages that took it have been given up', async () => {
    const page = new Page();
    const client = await page.offline();
    const large = 'x'.repeat(64 * 1024 * 1024);
    const published = new Outcome(client.publish('a', large, { timeoutMs: 1_000 }));
    const ready = new Outcome(client.ready());
    await page.settle();
    expect(ready.state).toBe('pending');
    await page.clock.advance(1_000);
    expect([published.code, ready.state, client.statistics.queuedBytes]).toEqual(['TIMEOUT', 'resolved', 0]);
  });

  it('without a connection waits for one, and loads it then', async () => {
    const page = new Page();
    const client = await page.offline();
    const published = new Outcome(client.publish('a', 'x', { qos: 1, properties: { messageExpiryInterval: 60 } }));
    await page.when(client.ready());
    await page.clock.advance(10_000);
    expect(page.asked).toEqual([]);
    await page.online(client);
    await page.load();
    expect(published.state).toBe('resolved');
    expect(page.link.of('publish')[0]!.properties.messageExpiryInterval).toBe(50); // it has waited since it was published
  });

  it('is told when it cannot be loaded, and tries again with the next', async () => {
    const page = new Page();
    const client = await page.connect();
    const failed = new Outcome(client.publish('a', '1'));
    await page.load(new TypeError('no such file'));
    expect([failed.code, failed.error?.cause]).toEqual(['LOAD_FAILED', new TypeError('no such file')]);
    const published = new Outcome(client.publish('a', '2'));
    await page.settle();
    await page.load();
    expect([published.state, page.link.messages]).toEqual(['resolved', ['2']]);
  });

  it('does not wait for ever for a server that does not answer', async () => {
    const page = new Page();
    const client = await page.connect({ connectTimeoutMs: 3_000 });
    const failed = new Outcome(client.publish('a', '1'));
    await page.clock.advance(3_001);
    expect(failed.code).toBe('TIMEOUT');
  });

  it('can lose patience, before and after the publisher is there', async () => {
    const page = new Page();
    const client = await page.connect();
    page.script.holds.add('puback');
    const abort = new AbortController();
    const all = outcomesOf([
      client.publish('a', '1', { timeoutMs: 100 }),
      client.publish('a', '2', { timeoutMs: 1_000, qos: 1 }),
      client.publish('a', '3', { signal: abort.signal }),
      client.publish('a', '4', { signal: AbortSignal.abort(new Error('before')) }),
    ]);
    await page.clock.advance(200);
    abort.abort(new Error('enough'));
    await page.load();
    expect(states(all)).toEqual(['TIMEOUT', 'pending', 'rejected', 'rejected']);
    expect(page.link.messages).toEqual(['2']);
    await page.clock.advance(1_000);
    expect(states(all)).toEqual(['TIMEOUT', 'TIMEOUT', 'rejected', 'rejected']);
  });

  it('is told what cannot be sent when the publisher is there', async () => {
    const page = new Page();
    const client = await page.connect();
    const all = outcomesOf([client.publish('a/+', '1'), client.publish('a', '2')]);
    await page.settle();
    await page.load();
    expect(states(all)).toEqual(['INVALID_TOPIC_NAME', 'resolved']);
  });

  it('has a limit', async () => {
    const page = new Page();
    const client = await page.offline();
    const large = new Uint8Array(64 * 1024 * 1024);
    const all = outcomesOf([client.publish('a', large, { timeoutMs: 1_000 }), client.publish('a', '2')]);
    const ready = new Outcome(client.ready());
    await page.settle();
    expect([...states(all), ready.state]).toEqual(['pending', 'QUEUE_FULL', 'pending']);
    await page.clock.advance(1_000);
    const further = new Outcome(client.publish('a', '3'));
    await page.settle();
    expect([...states(all), further.state]).toEqual(['TIMEOUT', 'QUEUE_FULL', 'pending']);
  });

  it('sends what it published before it closes', async () => {
    const page = new Page();
    const client = await page.connect();
    const published = new Outcome(client.publish('a', '1', { qos: 1 }));
    const closed = new Outcome(client.close());
    await page.settle();
    expect(closed.state).toBe('pending');
    await page.load();
    expect([published.state, closed.state, page.link.messages]).toEqual(['resolved', 'resolved', ['1']]);
  });

  it('and closed without that is told, whatever is being loaded', async () => {
    const page = new Page();
    const client = await page.connect();
    const published = new Outcome(client.publish('a', '1', { qos: 1 }));
    await page.settle();
    await page.when(client.close({ flush: false }));
    expect(published.code).toBe('CLOSED');
    await page.load();
    expect(page.clock.scheduled).toBe(0);
  });

  it('with a queue of its own has the publisher before the first connection', async () => {
    const page = new Page();
    page.begin({ queue: {} });
    await page.settle();
    expect([page.asked, page.dials.length]).toEqual([['publishing'], 0]);
    await page.load();
    expect(page.dials.length).toBe(1);
  });
});

describe('a page that observes', () => {
  it('has interceptors before the first connection', async () => {
    const page = new Page();
    const types: string[] = [];
    page.begin({ interceptors: { outgoing: ({ type }) => void types.push(type) } });
    await page.settle();
    expect([page.asked, page.dials.length]).toEqual([['observation'], 0]);
    await page.load();
    expect([page.asked, page.dials.length]).toEqual([['observation', 'aliases'], 0]); // CONNECT may be made to announce some
    await page.load();
    expect(types).toEqual(['connect']);
  });

  it('follows events from when what it takes is loaded', async () => {
    const page = new Page();
    const client = await page.connect();
    expect(client.lastPackets()).toEqual([]);
    const events = client.events();
    const next = new Outcome(events.next());
    await page.load();
    await page.when(client.subscribe('a', () => {}));
    expect(next.value.value).toMatchObject({ kind: 'packet', type: 'subscribe' });
    expect(client.lastPackets().map(({ type }) => type)).toEqual(['subscribe', 'suback']);
    await page.when(client.close());
  });

  it('is told by the loop when it cannot be loaded', async () => {
    const page = new Page();
    const client = await page.connect();
    const events = client.events();
    await page.load(new Error('no such file'));
    expect(new Outcome(events.next()).state).toBe('pending');
    await expect(page.when(client.events().next())).rejects.toThrow('pending');
    const next = new Outcome(events.next());
    await page.settle();
    expect(next.state).toBe('resolved'); // a generator that threw is done
  });
});

describe('a page whose server says to go elsewhere', () => {
  it.each([
    [undefined, 'mqtt://b'],
    [new Error('no such file'), 'mqtt://server'],
  ])('follows when it can load how', async (failure, next) => {
    const page = new Page();
    page.script.connack = () => ({ reasonCode: 0x9c, properties: { serverReference: 'b' } });
    page.begin({ retryFirst: true });
    await page.settle();
    expect([page.asked, page.dials.length]).toEqual([['references'], 1]);
    await page.load(failure);
    page.script.welcome();
    await page.clock.advance(10_000);
    expect(page.dials[1]?.url).toBe(next);
  });
});

describe('a page that cannot load what its options ask for', () => {
  it('gets no client, and closed meanwhile it ends at once', async () => {
    const page = new Page();
    const refused = page.begin({ queue: {} });
    await page.settle();
    await page.load(new Error('no such file'));
    expect([refused.code, page.dials.length]).toEqual(['LOAD_FAILED', 0]);
    const patient = new Page();
    const patiently = patient.begin({ queue: {}, retryFirst: true });
    await patient.settle();
    await patient.load(new Error('no such file'));
    await patient.clock.advance(2_000);
    await patient.load();
    expect([patiently.value.isConnected, patient.asked]).toEqual([true, ['publishing', 'publishing']]);
    const other = new Page();
    const client = await other.connect({ queue: {}, awaitConnection: false });
    await other.when(client.close());
    expect([client.state, await client.closed, other.dials.length]).toEqual(['closed', undefined, 0]);
  });
});
