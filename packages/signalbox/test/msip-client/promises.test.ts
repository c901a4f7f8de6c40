// publishAsync and pingAsync: each promise tells what became of it.
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
