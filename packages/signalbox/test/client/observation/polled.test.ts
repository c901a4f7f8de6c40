// drive: 'polled': the client moves only while somebody waits for its next event.
import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/client.ts';
import type { ClientEvent } from '../../../src/client/observation/activity.ts';
import { Outcome } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

async function polled(options = {}) {
  const stage = new Stage();
  const client = await stage.connect({ drive: 'polled', ...options });
  const events = client.events();
  const poll = () => stage.when(events.next());
  return { stage, client, events, poll };
}

/** Polls until the event comes. */
async function pollUntil(poll: () => Promise<IteratorResult<ClientEvent>>, wanted: string): Promise<void> {
  for (;;) {
    const { value } = await poll();
    if (value?.kind === 'status' ? value.status.state === wanted : value?.kind === 'packet' && value.type === wanted)
      return;
  }
}

/** Polls until nothing more happens; the last poll waits. */
async function pollAll(stage: Stage, events: AsyncIterator<ClientEvent>): Promise<void> {
  for (;;) {
    const next = new Outcome(events.next());
    await stage.settle();
    if (next.state === 'pending') return;
  }
}

const written = (stage: Stage) => stage.links.map(({ transport }) => transport.bytesWritten);

async function standsStill(stage: Stage, client: Client): Promise<void> {
  const before = [written(stage), stage.dials.length, client.lastPackets().length];
  await stage.clock.advance(10_000_000);
  expect([written(stage), stage.dials.length, client.lastPackets().length]).toEqual(before);
}

describe('a polled client', () => {
  it('does not even dial before it is polled', async () => {
    const { stage, client } = await polled();
    await standsStill(stage, client);
    expect(stage.dials.length).toBe(0);
  });

  it('stands still after every single event of a connection, and goes on when it is polled again', async () => {
    const { stage, client, poll } = await polled();
    for (let count = 0; client.state !== 'connected' && count < 10; count++) {
      await poll();
      await stage.settle();
      const bytes = written(stage);
      await stage.clock.advance(1_000);
      expect(written(stage)).toEqual(bytes);
    }
    expect(client.isConnected).toBe(true);
  });

  it('writes and reads nothing in between: no message, no acknowledgement, no ping', async () => {
    const { stage, client, poll } = await polled();
    await pollUntil(poll, 'connected');
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    const subscribed = new Outcome(client.subscribe('b', () => {}));
    const qos0 = new Outcome(client.publish('a', 'y'));
    stage.link.post('b', '1', { qos: 1 });
    await standsStill(stage, client);
    expect([published.state, subscribed.state, qos0.state]).toEqual(['pending', 'pending', 'pending']);
    await pollUntil(poll, 'suback');
    await pollUntil(poll, 'puback').catch(() => {});
    await stage.settle();
    expect([published.state, subscribed.state]).toEqual(['resolved', 'resolved']);
  });

  it('does not write what a handler, or an acknowledgement by hand, leaves behind', async () => {
    const { stage, client, events, poll } = await polled();
    await pollUntil(poll, 'connected');
    const finish: (() => void)[] = [];
    const subscribed = new Outcome(client.subscribe('b', () => new Promise<void>((resolve) => finish.push(resolve))));
    await pollUntil(poll, 'suback');
    await stage.settle();
    expect(subscribed.state).toBe('resolved');
    stage.link.post('b', '1', { qos: 1 });
    await pollUntil(poll, 'publish');
    finish[0]!();
    await stage.settle();
    const before = written(stage);
    await stage.clock.advance(1_000_000);
    expect(written(stage)).toEqual(before);
    expect(stage.link.settledIdentifiers).toEqual([]);
    await pollAll(stage, events);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('is not cut because an acknowledgement is late while nobody polls', async () => {
    const { stage, client, events, poll } = await polled({ acknowledgeTimeoutMs: 1_000 });
    await pollUntil(poll, 'connected');
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await poll();
    await stage.clock.advance(100_000);
    expect(stage.link.transport.isClosed).toBe(false);
    await pollAll(stage, events);
    expect(published.state).toBe('resolved');
    expect(client.isConnected).toBe(true);
  });

  it('does not connect again before it is polled', async () => {
    const { stage, client, poll } = await polled();
    await pollUntil(poll, 'connected');
    stage.link.cut();
    await stage.clock.advance(1_000_000);
    expect(stage.dials.length).toBe(1);
    const next = pollUntil(poll, 'waiting');
    await stage.settle();
    await next;
    await stage.clock.advance(1_000_000);
    expect(stage.dials.length).toBe(1);
    await pollUntil(poll, 'connected');
    expect(stage.dials.length).toBe(2);
    expect(client.isConnected).toBe(true);
  });

  it('closes without being polled', async () => {
    const { stage, client, events, poll } = await polled();
    await pollUntil(poll, 'connected');
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    const closing = new Outcome(client.close());
    await stage.settle();
    expect([closing.state, published.state]).toEqual(['resolved', 'resolved']);
    const rest: ClientEvent[] = [];
    for await (const event of events) rest.push(event);
    expect(rest.at(-1)).toMatchObject({ kind: 'status', status: { state: 'closed' } });
    expect(stage.clock.scheduled).toBe(0);
  });
});
