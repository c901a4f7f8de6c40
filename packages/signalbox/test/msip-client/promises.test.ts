// publishAsync, pingAsync, ready and flush: each promise tells what became of it.
import { describe, expect, it } from 'vitest';
import { Flags, MsgKind } from '../../src/msip/header.ts';
import { Outcome } from '../client/support/outcome.ts';
import { Stage } from './support/stage.ts';

describe('publishAsync', () => {
  it('asks for an ACK, and resolves with it', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('publish');
    const outcome = new Outcome(client.publishAsync('t', 'x'));
    await stage.settle();
    expect(stage.link.lines.at(-1)).toMatch(/^publish id=1 kind=1 flags=1 t: x$/);
    expect(outcome.state).toBe('pending');
    stage.link.answerHeld();
    await stage.settle();
    expect(outcome.value).toEqual({ msgId: 1n, isAcknowledged: true });
  });

  it('sends kind, urgency and bytes as they are', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const bytes = Uint8Array.of(0xff, 0, 0xfe);
    await stage.when(client.publishAsync('t', bytes, { msgKind: MsgKind.Command, urgent: true }));
    const [frame] = stage.link.of('publish');
    expect([frame!.flags, frame!.msgKind]).toEqual([Flags.AckRequired | Flags.Urgent, MsgKind.Command]);
    expect([...frame!.payload.subarray(3)]).toEqual([0xff, 0, 0xfe]);
  });

  it('with acknowledge: false resolves when the network has it', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const result = await stage.when(client.publishAsync('t', 'x', { acknowledge: false }));
    expect(result.isAcknowledged).toBe(false);
    expect(stage.link.of('publish')[0]!.flags).toBe(Flags.None);
  });

  it('rejects with what the server said, and no event tells it once more', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.refuse('publish', 'not permitted');
    const outcome = new Outcome(client.publishAsync('t', 'x'));
    await stage.settle();
    expect(outcome.error).toMatchObject({ code: 'REFUSED', text: 'not permitted', name: 'MsipRefusedError' });
    expect(stage.errors).toEqual([]);
    expect(client.isConnected()).toBe(true);
  });

  it('rejects with CONNECTION_LOST when the connection fails before the ACK', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('publish');
    const outcome = new Outcome(client.publishAsync('t', 'x'));
    await stage.settle();
    stage.link.cut();
    await stage.settle();
    expect(outcome.code).toBe('CONNECTION_LOST');
  });

  it('with repeat is published again, in order and before what waits', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('publish');
    const first = new Outcome(client.publishAsync('t', 'first', { repeat: true }));
    const second = new Outcome(client.publishAsync('t', 'second', { repeat: true }));
    await stage.settle();
    stage.link.cut();
    await stage.settle();
    client.publish('t', 'third');
    stage.script.holds.clear();
    await stage.online(client);
    expect(stage.link.texts('publish')).toEqual(['tfirst', 'tsecond', 'tthird']);
    expect([first.state, second.state]).toEqual(['resolved', 'resolved']);
  });

  it('with repeat is given up when the server ends the connection on it three times', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.answer = (frame) => {
      stage.link.close();
      return ['error', { payload: `what is ${frame.msgId}` }];
    };
    const outcome = new Outcome(client.publishAsync('t', 'poison', { repeat: true }));
    for (let count = 0; count < 5; count++) {
      await stage.settle();
      if (!client.isConnected()) await stage.online(client);
    }
    expect(outcome.code).toBe('CONNECTION_LOST');
    expect(stage.links.length).toBe(4);
  });

  it('rejects with NOT_ACKNOWLEDGED when the server lives and does not answer', async () => {
    const stage = new Stage();
    const client = await stage.connect({ acknowledgeTimeoutMs: 5_000 });
    stage.script.holds.add('publish');
    const early = new Outcome(client.publishAsync('t', 'x'));
    await stage.clock.advance(2_000);
    const late = new Outcome(client.publishAsync('t', 'x'));
    await stage.clock.advance(3_000);
    expect([early.code, late.state]).toEqual(['NOT_ACKNOWLEDGED', 'pending']);
    await stage.clock.advance(2_000);
    expect(late.code).toBe('NOT_ACKNOWLEDGED');
    stage.link.answerHeld(); // too late: overlooked
    await stage.settle();
    expect(client.isConnected()).toBe(true);
  });

  it('rejects with TIMEOUT, on the line and in the queue; what was not sent is not sent any more', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('publish');
    const sent = new Outcome(client.publishAsync('t', 'sent', { timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect(sent.code).toBe('TIMEOUT');
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.settle();
    const waits = new Outcome(client.publishAsync('t', 'waits', { timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect(waits.code).toBe('TIMEOUT');
    await stage.online(client);
    expect(stage.link.texts('publish')).toEqual([]);
  });

  it('rejects with the reason of its signal', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('publish');
    const controller = new AbortController();
    const outcome = new Outcome(client.publishAsync('t', 'x', { signal: controller.signal }));
    await stage.settle();
    controller.abort(new Error('enough'));
    await stage.settle();
    expect(outcome.error?.message).toBe('enough');
    const early = new Outcome(client.publishAsync('t', 'y', { signal: controller.signal }));
    await stage.settle();
    expect(early.error?.message).toBe('enough');
    expect(stage.link.texts('publish')).toEqual(['tx']);
  });

  it('rejects what cannot be written, and nothing has changed', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const outcome = new Outcome(client.publishAsync('\ud800', 'x'));
    await stage.settle();
    expect(outcome.error).toMatchObject({ name: 'MsipUsageError', code: 'INVALID_STRING' });
    expect(() => client.publish('\ud800', 'x')).toThrow('topic');
    expect(client.statistics.queuedMessages).toBe(0);
    expect(stage.link.frames.length).toBe(1);
  });

  it.each([
    [{ kind: 2 }, "there is no option 'kind'; did you mean 'msgKind'?"],
    [{ compress: true }, "compress is true: it must be one of 'gzip', 'zstd'"],
    [{ urgent: 1 }, 'urgent is 1: it must be true or false'],
    [{ timeoutMs: -1 }, 'timeoutMs is -1: it must be a number from 0'],
  ])('rejects options that are none: %j', async (options, message) => {
    const stage = new Stage();
    const client = await stage.connect();
    const outcome = new Outcome(client.publishAsync('a', 'x', options as object));
    await stage.settle();
    expect(outcome.error).toMatchObject({ name: 'MsipUsageError', code: 'INVALID_ARGUMENT', message });
    expect(stage.link.frames.length).toBe(1);
  });

  it('rejects with NOT_CONNECTED before connect() and with CLOSED when the client is closed first', async () => {
    const stage = new Stage();
    const client = stage.make();
    const early = new Outcome(client.publishAsync('t', 'x'));
    await stage.settle();
    expect(early.code).toBe('NOT_CONNECTED');
    await stage.when(client.connect());
    stage.script.holds.add('publish');
    const open = new Outcome(client.publishAsync('t', 'x'));
    await stage.when(client.disconnect({ flush: false }));
    expect(open.code).toBe('CLOSED');
  });
});

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

describe('pingAsync', () => {
  it('resolves with the time PONG took', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.holds.add('ping');
    const outcome = new Outcome(client.pingAsync());
    await stage.clock.advance(40);
    stage.link.answerHeld();
    await stage.settle();
    expect(outcome.value).toBe(40);
  });

  it('rejects without a connection, when it is lost, when its time is over, and when nobody answers', async () => {
    const stage = new Stage();
    const client = await stage.connect({ acknowledgeTimeoutMs: 1_000 });
    stage.script.holds.add('ping');
    const timedOut = new Outcome(client.pingAsync({ timeoutMs: 100 }));
    const unanswered = new Outcome(client.pingAsync());
    await stage.clock.advance(1_000);
    const lost = new Outcome(client.pingAsync());
    stage.link.cut();
    await stage.settle();
    const early = new Outcome(client.pingAsync());
    await stage.settle();
    const codes = [timedOut, unanswered, lost, early].map(({ code }) => code);
    expect(codes).toEqual(['TIMEOUT', 'NOT_ACKNOWLEDGED', 'CONNECTION_LOST', 'NOT_CONNECTED']);
  });
});
