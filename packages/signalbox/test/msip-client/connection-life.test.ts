// The life of a client: attempts, refusals, connections that end, and what it makes of each.
import { describe, expect, it } from 'vitest';
import { Outcome } from '../client/support/outcome.ts';
import { FLAG, KIND, topicAndMessage, wire } from '../support/msip-wire.ts';
import { Stage } from './support/stage.ts';

describe('connect()', () => {
  it('rejects when the first attempt fails, and the attempts go on, as with the reference', async () => {
    const stage = new Stage();
    const client = stage.make();
    stage.script.dial = () => 'refuse';
    const outcome = new Outcome(client.connect());
    await stage.settle();
    expect([outcome.code, client.state]).toEqual(['CONNECTION_REFUSED', 'waiting']);
    expect(stage.errors).toEqual([]); // told by the promise
    stage.script.dial = () => 'accept';
    await stage.clock.advance(3_000);
    expect(client.isConnected()).toBe(true);
  });

  it('called again while it waits tries at once, and tells what becomes of that', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const again = new Outcome(client.connect());
    await stage.settle();
    expect([again.code, stage.dials.length]).toEqual(['CONNECTION_REFUSED', 2]);
    stage.script.dial = () => 'accept';
    await stage.when(Promise.all([client.connect(), client.connect()]));
    expect(stage.links.length).toBe(1);
    await stage.when(client.connect());
    expect(stage.links.length).toBe(1);
  });

  it('tells failed attempts after one that was awaited, too', async () => {
    const stage = new Stage();
    await stage.connect({ reconnectDelay: 10 });
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.clock.advance(10);
    expect(stage.errors.map(({ code }) => code)).toEqual(['CONNECTION_REFUSED']);
  });

  it('tells failed attempts nobody awaits by the event error', async () => {
    const stage = new Stage();
    await stage.offline({ reconnectDelay: 10 });
    await stage.clock.advance(100);
    expect(stage.errors.length).toBeGreaterThan(1);
    expect(stage.errors[0]!.code).toBe('CONNECTION_REFUSED');
  });

  it('rejects with what the server says to HELLO', async () => {
    const stage = new Stage();
    const client = stage.make({ username: 'ann', password: 'wrong' });
    stage.script.hello = ({ msgId }) => ['error', { msgId, payload: 'who are you' }];
    const outcome = new Outcome(client.connect());
    await stage.settle();
    expect(outcome.error).toMatchObject({ code: 'REFUSED', text: 'who are you' });
    expect(stage.link.texts('hello')).toEqual(['\0ann\0wrong']);
    expect(stage.link.transport.isClosed).toBe(true);
  });

  it('rejects with an error of ours when the network fails before the answer, whatever the system calls it', async () => {
    const stage = new Stage();
    stage.script.holds.add('hello');
    const outcome = new Outcome(stage.make().connect());
    await stage.settle();
    stage.link.cut();
    await stage.settle();
    expect(outcome.error).toMatchObject({ code: 'CONNECTION_LOST', cause: { message: 'the network failed' } });
  });

  it('has a limit for dialling and HELLO together with it, a signal, and a limit of its own', async () => {
    const stage = new Stage();
    stage.script.dial = () => 'hang';
    const slow = new Outcome(stage.make({ connectTimeoutMs: 1_000 }).connect());
    await stage.clock.advance(1_000);
    expect(slow.code).toBe('TIMEOUT');
    stage.script.dial = () => 'accept';
    stage.script.hello = () => undefined;
    const silent = new Outcome(stage.make({ connectTimeoutMs: 1_000 }).connect());
    await stage.clock.advance(1_000);
    expect(silent.code).toBe('HELLO_TIMEOUT');
    const controller = new AbortController();
    const client = stage.make();
    const aborted = new Outcome(client.connect({ signal: controller.signal }));
    await stage.settle();
    controller.abort(new Error('enough'));
    await stage.settle();
    expect([aborted.error?.message, client.state]).toEqual(['enough', 'closed']);
    const hasty = stage.make();
    const timedOut = new Outcome(hasty.connect({ timeoutMs: 10 }));
    await stage.clock.advance(10);
    expect([timedOut.code, hasty.state]).toEqual(['TIMEOUT', 'closed']);
  });

  it('does not try again what is wrong in the options', async () => {
    const stage = new Stage();
    const client = stage.make({ clientId: 'a\0b' });
    const outcome = new Outcome(client.connect());
    await stage.settle();
    expect([outcome.code, client.state]).toEqual(['INVALID_STRING', 'closed']);
    expect(() => stage.make({ url: 'http://example.org' })).toThrow('msip://');
    expect(() => stage.make({ url: 'msip://example.org', tls: {} })).toThrow('msips://');
    const atSign = await stage.connect({ url: 'unix:///a@b' });
    expect([stage.dials.at(-1)!.url, atSign.isConnected()]).toEqual(['unix:///a@b', true]);
    await stage.when(atSign.disconnect());
    expect(stage.clock.scheduled).toBe(0);
  });

  it('takes credentials from the URL, from the options, and fresh ones from beforeConnect', async () => {
    const stage = new Stage();
    const attempts: number[] = [];
    const client = await stage.connect({
      url: 'msips://ann:s%3Acret@example.org:9100',
      clientId: 'id',
      beforeConnect: ({ attempt }) => {
        attempts.push(attempt);
        return stage.links.length === 0
          ? undefined
          : { username: 'bob', password: 'fresh', url: 'ws://example.org/msip' };
      },
    });
    expect(stage.link.texts('hello')).toEqual(['id\0ann\0s:cret']);
    await stage.interrupt(client);
    expect(stage.link.texts('hello')).toEqual(['id\0bob\0fresh']);
    expect(stage.dials.map(({ url }) => url)).toEqual(['msips://example.org:9100', 'ws://example.org/msip']);
    expect(attempts).toEqual([1, 2]);
  });
});

describe('a connection', () => {
  it('is made again after it was lost: the Rust reference client only announces it', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    for (let count = 2; count < 6; count++) {
      stage.link.cut();
      await stage.clock.advance(60_000);
      expect([client.isConnected(), stage.links.length]).toEqual([true, count]);
    }
  });

  it('that is half open is found by a PING without an answer', async () => {
    const stage = new Stage();
    const client = await stage.connect({ pingInterval: 5_000, pongTimeoutMs: 2_000 });
    stage.link.transport.isHalfOpen = true;
    await stage.clock.advance(6_999);
    expect(client.isConnected()).toBe(true);
    await stage.clock.advance(1);
    expect(client.isConnected()).toBe(false);
    expect(stage.of('disconnect')[0]![0]).toMatchObject({ code: 'PONG_TIMEOUT' });
    await stage.clock.advance(3_000);
    expect([client.isConnected(), stage.links.length]).toEqual([true, 2]);
  });

  it.each([
    ['a wrong magic', wire('ack', { magic: 'MBUS' }), 'BAD_MAGIC'],
    ['a wrong version', wire('ack', { version: 2 }), 'BAD_VERSION'],
    ['a frame type that does not exist', wire(11), 'BAD_FRAME_TYPE'],
    ['a kind that does not exist', wire('ack', { msgKind: 6 }), 'BAD_MSG_KIND'],
    ['a payload beyond the limit', wire('ack', { payloadLength: 1_000_001 }), 'PAYLOAD_TOO_LARGE'],
    ['a topic beyond its payload', wire('event', { payload: Uint8Array.of(0, 5, 0x61) }), 'BAD_PAYLOAD'],
    ['a frame of the other side', wire('publish', { payload: topicAndMessage('t') }), 'UNEXPECTED_FRAME'],
  ])('[MSIP-7-2] that brings %s is ended with CLOSE, and made again', async (_, bytes, code) => {
    const stage = new Stage();
    const client = await stage.connect({ maximumPayloadLength: 1_000_000 });
    stage.link.raw(bytes);
    await stage.settle();
    expect(stage.link.lines.at(-1)).toMatch(/^close /);
    expect(stage.of('disconnect')[0]![0]).toMatchObject({ code });
    await stage.clock.advance(3_000);
    expect(client.isConnected()).toBe(true);
  });

  it('the server closes with CLOSE is made again', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.send('close');
    await stage.settle();
    expect(stage.of('disconnect')[0]![0]).toMatchObject({ code: 'CLOSED_BY_SERVER' });
    await stage.clock.advance(3_000);
    expect(client.isConnected()).toBe(true);
  });

  it('the server closes with ERROR and CLOSE, again and again, is given up: two clients do not take turns for ever', async () => {
    const stage = new Stage();
    const client = await stage.connect({ clientId: 'same', maxReconnectAttempts: 5 });
    const starts: number[] = [];
    for (let count = 0; count < 20 && client.state !== 'closed'; count++) {
      await stage.clock.advance(65_000); // longer than any wait
      if (!client.isConnected()) break;
      starts.push(stage.clock.now());
      stage.link.send('error', { payload: 'another client has your id' });
      stage.link.send('close');
      await stage.settle();
    }
    expect(client.state).toBe('closed');
    expect(await client.closed).toMatchObject({ code: 'GAVE_UP', cause: { code: 'CLOSED_BY_SERVER' } });
    expect(starts.length).toBe(6);
  });

  it('cut after every byte of the greeting leads to another', async () => {
    for (let count = 0; count <= 28; count++) {
      const stage = new Stage();
      const client = stage.make({ clientId: 'lamp' });
      const outcome = new Outcome(client.connect());
      stage.script.pieceSize = 1;
      const { hello } = stage.script;
      stage.script.hello = (frame) => {
        const [type, input] = hello(frame)!;
        stage.link.raw(wire(type, input).subarray(0, count));
        stage.link.close();
        stage.script.hello = hello;
        return undefined;
      };
      await stage.settle();
      expect(outcome.state).toBe(count === 28 ? 'resolved' : 'rejected');
      await stage.clock.advance(3_000);
      expect([client.isConnected(), stage.links.length]).toEqual([true, 2]);
      await stage.when(client.disconnect({ flush: false }));
    }
  });

  it('gives the same messages whatever the pieces they come in', async () => {
    for (const pieceSize of [1, 2, 3, 7, 23, 24, 25, 1_000]) {
      const stage = new Stage();
      stage.script.pieceSize = pieceSize;
      const client = await stage.connect();
      const got: string[] = [];
      client.on('event', ({ topic, text, msgId }) => got.push(`${topic} ${text} ${msgId}`));
      for (let index = 0; index < 5; index++)
        stage.link.event(`t${index}`, 'x'.repeat(index), { msgId: BigInt(index) });
      await stage.settle();
      expect(got).toEqual(['t0  0', 't1 x 1', 't2 xx 2', 't3 xxx 3', 't4 xxxx 4']);
    }
  });
});

describe('an identity', () => {
  it('that was assigned is said again, so that the session goes on', async () => {
    const stage = new Stage();
    stage.script.assigned = 0xffff_ffff_ffff_fffen;
    const client = await stage.connect();
    await stage.interrupt(client);
    expect(stage.link.texts('hello')).toEqual(['18446744073709551614']);
    expect([client.clientId, stage.links.length]).toEqual(['18446744073709551614', 2]);
    await stage.when(client.disconnect());
    await stage.when(client.connect());
    expect(stage.link.texts('hello')).toEqual(['']); // a new life
  });

  it('that was assigned is not said again to a server that cuts it: it could be that of another client', async () => {
    const stage = new Stage();
    stage.script.assigned = 1_234_567_890_123n;
    const client = await stage.connect();
    await stage.when(client.subscribeAsync('t'));
    stage.script.identity = (payload) => (payload.length === 0 ? Buffer.alloc(8, 1) : payload.subarray(0, 8));
    await stage.interrupt(client);
    expect(stage.links.map((link) => link.texts('hello')[0])).toEqual(['', '1234567890123', '']);
    expect(stage.links[1]!.of('subscribe')).toEqual([]);
    expect(stage.link.texts('subscribe')).toEqual(['t']);
    await stage.interrupt(client);
    expect([stage.links.length, stage.link.texts('hello')]).toEqual([4, ['']]);
  });

  it('HELLO has a msg_id that nobody else has', async () => {
    const ids = new Set<bigint>();
    for (let count = 0; count < 20; count++) {
      const stage = new Stage();
      await stage.connect();
      ids.add(stage.link.frames[0]!.msgId);
    }
    expect(ids.size).toBe(20);
  });
});

it('flags of HELLO and of its ACK decide whether the session is an acknowledged one', async () => {
  const stage = new Stage();
  const plain = await stage.connect();
  expect([stage.link.frames[0]!.flags, plain.isAcknowledged]).toEqual([FLAG.none, false]);
  const granted = await stage.connect({ clientId: 'a', acknowledged: true });
  expect([stage.link.frames[0]!.flags, granted.isAcknowledged]).toEqual([FLAG.ackRequired, true]);
  stage.script.hello = ({ msgId }) => ['ack', { msgId, msgKind: KIND.state }];
  const refused = await stage.connect({ clientId: 'a', acknowledged: true });
  expect(refused.isAcknowledged).toBe(false);
});
