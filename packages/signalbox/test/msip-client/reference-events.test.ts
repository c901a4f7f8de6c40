// The events of the reference clients, each by its name, with what it brings.
import { describe, expect, it } from 'vitest';
import { Flags, FrameType, MsgKind } from '../../src/msip/header.ts';
import { MsipMessage } from '../../src/msip-client/message.ts';
import { FLAG, KIND } from '../support/msip-wire.ts';
import { Stage } from './support/stage.ts';

describe('an event of the reference clients', () => {
  it('connect, disconnect and reconnecting(attempt) tell of the connection', async () => {
    const stage = new Stage();
    await stage.connect();
    stage.link.cut();
    await stage.clock.advance(3_000);
    expect(stage.told.map(([name]) => name)).toEqual(['connect', 'disconnect', 'reconnecting', 'connect']);
    expect(stage.of('reconnecting')[0]![0]).toBe(1);
    expect(stage.of('disconnect')[0]![0]).toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('message has topic and text', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const got: unknown[] = [];
    client.on('message', (...args) => got.push(args));
    client.subscribe('a/b');
    stage.link.event('a/b', 'grüß dich');
    await stage.settle();
    expect(got).toEqual([['a/b', 'grüß dich', expect.any(MsipMessage)]]);
  });

  it('event has header, topic and message', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const got: MsipMessage[] = [];
    client.on('event', (message) => got.push(message));
    stage.link.event('t', 'hi', { msgId: 9n, msgKind: KIND.metric, flags: FLAG.urgent });
    await stage.settle();
    const [one] = got;
    expect([one!.topic, one!.message, one!.isUrgent]).toEqual(['t', 'hi', true]);
    const payloadLength = 5;
    const header = { version: 1, flags: Flags.Urgent, frameType: FrameType.Event, msgKind: MsgKind.Metric };
    expect(one!.header).toEqual({ ...header, payloadLength, msgId: 9n });
  });

  it('frame has header and payload of everything that comes, the payload a Buffer in Node', async () => {
    const stage = new Stage();
    const client = stage.make({ clientId: 'lamp' });
    const got: [number, string][] = [];
    client.on('frame', ({ frameType }, payload) => got.push([frameType, payload.toString()]));
    await stage.when(client.connect());
    client.ping();
    await stage.settle();
    expect(got).toEqual([
      [FrameType.Ack, 'lamp'],
      [FrameType.Pong, ''],
    ]);
  });

  it('error has the ERROR of a server, and ends nothing', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.refuse('publish', 'not permitted');
    const msgId = client.publish('t', 'x');
    stage.link.send('error', { payload: 'something else' });
    await stage.settle();
    expect(stage.errors).toMatchObject([
      { code: 'SERVER_ERROR', message: 'the server says: something else' },
      { code: 'REFUSED', msgId, text: 'not permitted' },
    ]);
    expect(client.isConnected()).toBe(true);
  });

  it('once, off and removeAllListeners do what they say', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const got: string[] = [];
    const first = () => got.push('first');
    client.once('pong', () => got.push('once'));
    client.on('pong', first).on('pong', () => got.push('second'));
    client.ping();
    await stage.settle();
    client.off('pong', first);
    client.ping();
    await stage.settle();
    client.removeAllListeners('pong');
    client.ping();
    await stage.settle();
    expect(got).toEqual(['once', 'first', 'second', 'second']);
    expect(client.listenerCount('pong')).toBe(0);
  });

  it('a listener that throws keeps no other from being called, and is told by error', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    let count = 0;
    client.on('pong', () => {
      throw new Error('mine');
    });
    client.on('pong', () => count++);
    client.ping();
    await stage.settle();
    expect(count).toBe(1);
    expect(stage.errors).toMatchObject([{ message: 'mine' }]);
  });
});
