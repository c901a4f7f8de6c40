// The options and methods of the reference clients, each by its name, with its default.
import { describe, expect, it } from 'vitest';
import { Flags, MsgKind } from '../../src/msip/header.ts';
import { MsipClient } from '../../src/msip-client/index.ts';
import { FLAG, KIND } from '../support/msip-wire.ts';
import { Stage } from './support/stage.ts';

describe('an option of the reference clients', () => {
  it('clientId is empty by default: the server assigns one, as decimal text [MSIP-3.1-5]', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    expect(stage.link.texts('hello')).toEqual(['']);
    expect(client.clientId).toBe('77');
  });

  it('clientId is kept whatever the ACK holds', async () => {
    const stage = new Stage();
    stage.script.identity = () => Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const client = await stage.connect({ clientId: 'lamp in the hall' });
    expect(stage.link.texts('hello')).toEqual(['lamp in the hall']);
    expect(client.clientId).toBe('lamp in the hall');
  });

  it('host and port are 127.0.0.1 and 9000 by default', async () => {
    const stage = new Stage();
    await stage.connect();
    await stage.connect({ host: 'example.org' });
    await stage.connect({ port: 9100 });
    await stage.connect({ host: '::1', tls: {} });
    expect(stage.dials.map(({ url }) => url)).toEqual([
      'msip://127.0.0.1:9000',
      'msip://example.org:9000',
      'msip://127.0.0.1:9100',
      'msips://[::1]:9001',
    ]);
    expect(stage.dials[0]!.options.subprotocol).toBe('msip');
  });

  it('autoReconnect is true by default', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.link.cut();
    await stage.clock.advance(3_000);
    expect(client.isConnected()).toBe(true);
    expect(stage.links.length).toBe(2);
  });

  it('autoReconnect false: the end of the connection is the end', async () => {
    const stage = new Stage();
    const client = await stage.connect({ autoReconnect: false });
    stage.link.cut();
    await stage.clock.advance(100_000);
    expect([client.state, stage.links.length]).toEqual(['closed', 1]);
    expect((await client.closed)?.message).toBe('the connection failed: the network failed');
  });

  it('reconnectDelay is 3,000 ms by default, of which a random half to all is waited', async () => {
    const stage = new Stage();
    await stage.connect();
    stage.link.cut();
    await stage.clock.advance(1_499);
    expect(stage.links.length).toBe(1);
    await stage.clock.advance(1_501);
    expect(stage.links.length).toBe(2);
  });

  it('reconnectDelay is the base: each further wait is twice as long, up to a minute', async () => {
    const stage = new Stage();
    await stage.connect({ reconnectDelay: 8_000, maxReconnectAttempts: 0 });
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.clock.advance(500_000);
    const delays = stage.of('reconnecting').map(([, delayMs]) => delayMs as number);
    for (const [index, full] of [8_000, 16_000, 32_000, 60_000, 60_000].entries()) {
      expect(delays[index]).toBeGreaterThanOrEqual(full / 2);
      expect(delays[index]).toBeLessThanOrEqual(full);
    }
  });

  it('maxReconnectAttempts is 10 by default: then the client gives up and says so', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.clock.advance(3_600_000);
    expect(stage.dials.length).toBe(11);
    expect(stage.of('reconnecting').map(([attempt]) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await client.closed).toMatchObject({ code: 'GAVE_UP', cause: { code: 'CONNECTION_REFUSED' } });
    expect(stage.errors.at(-1)).toMatchObject({ code: 'GAVE_UP' });
    expect(stage.clock.scheduled).toBe(0);
  });

  it('maxReconnectAttempts 0 is without end', async () => {
    const stage = new Stage();
    const client = await stage.connect({ maxReconnectAttempts: 0 });
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.clock.advance(3_600_000);
    expect(stage.dials.length).toBeGreaterThan(60);
    expect(client.state).toBe('waiting');
  });

  it('pingInterval is 0 by default: there are no pings', async () => {
    const stage = new Stage();
    await stage.connect();
    await stage.clock.advance(3_600_000);
    expect(stage.link.of('ping')).toEqual([]);
  });

  it('pingInterval sends PING as often', async () => {
    const stage = new Stage();
    await stage.connect({ pingInterval: 1_000 });
    await stage.clock.advance(3_500);
    expect(stage.link.of('ping').length).toBe(3);
    expect(stage.of('pong').length).toBe(3);
  });
});

describe('a method of the reference clients', () => {
  it('subscribe answers the msg_id, and asks for an ACK by default', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const msgId = client.subscribe('a/b');
    const other = client.subscribe('c', false);
    await stage.settle();
    expect(typeof msgId).toBe('bigint');
    expect(stage.link.lines.slice(1)).toEqual([
      `subscribe id=${msgId} kind=1 flags=1 a/b`,
      `subscribe id=${other} kind=1 flags=0 c`,
    ]);
    expect(stage.of('ack')).toContainEqual([msgId]);
  });

  it('unsubscribe answers the msg_id, and asks for an ACK by default', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    client.subscribe('a');
    const msgId = client.unsubscribe('a');
    const other = client.unsubscribe('b', false);
    await stage.settle();
    expect(stage.link.lines.slice(2)).toEqual([
      `unsubscribe id=${msgId} kind=1 flags=1 a`,
      `unsubscribe id=${other} kind=1 flags=0 b`,
    ]);
  });

  it('publish answers the msg_id; its flags are NONE by default', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const ids = [
      client.publish('t', 'hi'),
      client.publish('t', 5, Flags.AckRequired),
      client.publish('t', '', Flags.Urgent),
    ];
    await stage.settle();
    expect(stage.link.lines.slice(1)).toEqual([
      `publish id=${ids[0]} kind=1 flags=0 t: hi`,
      `publish id=${ids[1]} kind=1 flags=1 t: 5`,
      `publish id=${ids[2]} kind=1 flags=4 t: `,
    ]);
    expect(stage.of('ack')).toContainEqual([ids[1]]);
  });

  it('publish with COMPRESSED compresses, which the reference only claims', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    client.publish('t', 'x'.repeat(1_000), Flags.Compressed);
    client.publish('t', 'short', Flags.Compressed);
    await stage.settle();
    const [long, short] = stage.link.of('publish');
    expect(long!.flags).toBe(FLAG.compressed);
    expect([...long!.payload.subarray(3, 5)]).toEqual([0x1f, 0x8b]);
    expect(short!.flags).toBe(FLAG.none); // it would have become larger
  });

  it('ping answers the msg_id', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const msgId = client.ping();
    await stage.settle();
    expect(stage.link.lines.at(-1)).toBe(`ping id=${msgId} kind=1 flags=0`);
    expect(stage.of('pong')).toEqual([[msgId]]);
  });

  it('sendRawFrame sends bytes as they are, or a frame by its parts', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    client.sendRawFrame(Buffer.from('4d53495001000008000100000000000000000000000000ff', 'hex'));
    const msgId = client.sendRawFrame({ type: 'publish', topic: 't', message: 'x', msgKind: MsgKind.Log });
    await stage.settle();
    expect(stage.link.lines.slice(1)).toEqual([
      'ping id=255 kind=1 flags=0',
      `publish id=${msgId} kind=4 flags=0 t: x`,
    ]);
  });

  it('isConnected tells whether HELLO was accepted and the connection stands', async () => {
    const stage = new Stage();
    const client = stage.make();
    expect(client.isConnected()).toBe(false);
    stage.script.hello = () => undefined;
    void client.connect().catch(() => {});
    await stage.settle();
    expect(client.isConnected()).toBe(false);
    stage.link.send('ack', { msgKind: KIND.state, msgId: stage.link.frames[0]!.msgId });
    await stage.settle();
    expect(client.isConnected()).toBe(true);
    void client.disconnect();
    expect(client.isConnected()).toBe(false);
  });

  it('connect resolves when HELLO is accepted; disconnect sends CLOSE and ends', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.disconnect());
    expect(stage.link.lines.at(-1)).toMatch(/^close /);
    expect(client.state).toBe('closed');
    expect(stage.clock.scheduled).toBe(0);
    await stage.when(client.connect());
    expect([client.isConnected(), stage.links.length]).toEqual([true, 2]);
  });

  it('what needs a connection throws NOT_CONNECTED before connect()', () => {
    const client = new Stage().make();
    const calls = [
      () => client.subscribe('t'),
      () => client.unsubscribe('t'),
      () => client.publish('t', ''),
      () => client.ping(),
      () => client.sendRawFrame({ type: 'ping' }),
    ];
    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
  });
});

it('a client can be made without options', () => {
  expect(new MsipClient().state).toBe('idle');
});
