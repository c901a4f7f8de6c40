// What waits to be sent by an MSIP client: its order, its limits, and who waits for room.
import { describe, expect, it } from 'vitest';
import { Flags } from '../../src/msip/header.ts';
import { Outcome } from '../client/support/outcome.ts';
import { Stage } from './support/stage.ts';

describe('the outgoing queue', () => {
  it('keeps what is published without a connection, and sends it in order; urgent messages first', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const bytes = Buffer.from('one');
    client.publish('t', bytes);
    bytes.fill(0); // its owner may change it at once
    client.publish('t', 'two');
    client.publish('t', 'urgent one', Flags.Urgent);
    const last = new Outcome(client.publishAsync('t', 'urgent two', { urgent: true }));
    expect(client.statistics).toMatchObject({ queuedMessages: 4 });
    await stage.online(client);
    expect(stage.link.texts('publish')).toEqual(['turgent one', 'turgent two', 'tone', 'ttwo']);
    expect(last.state).toBe('resolved');
    expect(client.statistics).toMatchObject({ queuedMessages: 0, queuedBytes: 0, inFlight: 0 });
  });

  it('rejects what it has no room for, by count and by bytes', async () => {
    const stage = new Stage();
    const client = await stage.offline({ queue: { messages: 2, bytes: 1_000 } });
    client.publish('t', '1');
    const tooLarge = new Outcome(client.publishAsync('t', 'x'.repeat(1_000)));
    client.publish('t', '2');
    expect(() => client.publish('t', '3')).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
    await stage.settle();
    expect(tooLarge.code).toBe('QUEUE_FULL');
    expect(client.statistics.droppedOutgoing).toBe(2);
  });

  it('drops the oldest, or the newest, when it is told to; each says so', async () => {
    for (const policy of ['drop-oldest', 'drop-newest'] as const) {
      const stage = new Stage();
      const client = await stage.offline({ queue: { messages: 2, policy } });
      const outcomes = ['1', '2', '3'].map((text) => new Outcome(client.publishAsync('t', text)));
      await stage.settle();
      const index = policy === 'drop-oldest' ? 0 : 2;
      expect(outcomes[index]!.code).toBe('DROPPED');
      await stage.online(client);
      expect(stage.link.texts('publish')).toEqual(policy === 'drop-oldest' ? ['t2', 't3'] : ['t1', 't2']);
    }
  });

  it('has a window: as many messages as maximumInFlight are on their way', async () => {
    const stage = new Stage();
    const client = await stage.connect({ maximumInFlight: 2 });
    stage.script.holds.add('publish');
    for (let index = 0; index < 4; index++) void client.publishAsync('t', String(index));
    await stage.settle();
    expect(stage.link.of('publish').length).toBe(2);
    stage.link.answerHeld(1);
    await stage.settle();
    expect(stage.link.texts('publish')).toEqual(['t0', 't1', 't2']);
  });

  it('waits for a network that takes no more, and ready() says when there is room', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.ready());
    stage.link.transport.isFull = true;
    client.publish('t', '1');
    await stage.settle();
    client.publish('t', '2');
    const ready = new Outcome(client.ready());
    const hasty = new Outcome(client.ready({ timeoutMs: 10 }));
    await stage.clock.advance(10);
    expect(hasty.code).toBe('TIMEOUT');
    expect([ready.state, client.statistics.queuedMessages]).toEqual(['pending', 1]);
    stage.link.transport.drain();
    await stage.settle();
    expect([ready.state, stage.link.texts('publish')]).toEqual(['resolved', ['t1', 't2']]);
  });

  it('is emptied by flush(), and by disconnect() as far as its time allows', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('publish');
    const published = new Outcome(client.publishAsync('t', 'x'));
    const flushed = new Outcome(client.flush());
    const hasty = new Outcome(client.flush({ timeoutMs: 10 }));
    await stage.clock.advance(10);
    expect([flushed.state, hasty.code]).toEqual(['pending', 'TIMEOUT']);
    const closed = new Outcome(client.disconnect());
    await stage.settle();
    expect([client.state, closed.state]).toEqual(['closing', 'pending']);
    stage.link.answerHeld();
    await stage.settle();
    expect([published.state, flushed.state, closed.state]).toEqual(['resolved', 'resolved', 'resolved']);

    const other = await stage.connect();
    const late = new Outcome(other.publishAsync('t', 'x'));
    const end = new Outcome(other.disconnect({ timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect([late.code, end.state]).toEqual(['CLOSED', 'resolved']);
  });
});
