// The statements of docs/msip.md that bind a client and are not the matter of another file here.
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { FLAG, partsOf, TYPE } from '../support/msip-wire.ts';
import { Stage } from './support/stage.ts';

it('[MSIP-3.5-6] an EVENT that nobody wants is no error', async () => {
  for (const topic of ['never/heard/of', '', 'a+', '\ufeff']) {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.subscribeAsync('t', () => {}));
    stage.link.event(topic, 'x');
    await stage.settle();
    expect([client.isConnected(), stage.errors]).toEqual([true, []]);
  }
});

it('[MSIP-3.1-7] a client that sent an id keeps it, whatever the ACK holds', async () => {
  const stage = new Stage();
  const client = await stage.connect({ clientId: 'lamp-in-the-hall' });
  for (const payload of [Buffer.alloc(8, 7), Buffer.from('another'), Buffer.alloc(0)]) {
    stage.script.hello = ({ msgId }) => ['ack', { msgId, msgKind: 3, payload }];
    await stage.interrupt(client);
    expect(client.clientId).toBe('lamp-in-the-hall');
    expect(stage.link.texts('hello')).toEqual(['lamp-in-the-hall']);
  }
});

it('[MSIP-3.7-3] ERROR does not make a client end the connection, whatever it is about', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  for (const msgId of [0n, 1n, 77n, 2n ** 64n - 1n]) stage.link.send('error', { msgId, payload: 'oh' });
  await stage.settle();
  expect([client.isConnected(), stage.links.length]).toEqual([true, 1]);
  expect(stage.link.of('close')).toEqual([]);
});

it('[MSIP-3.4-6] [MSIP-3.6-3] an ACK of a PUBLISH that asked for none, and one of nothing, are no errors', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  const msgId = client.publish('t', 'x');
  await stage.settle();
  for (const id of [msgId, msgId, 12_345n]) stage.link.send('ack', { msgId: id });
  await stage.settle();
  expect([client.isConnected(), stage.errors]).toEqual([true, []]);
});

it('[MSIP-5-1] [MSIP-5-5] only the message is compressed, and COMPRESSED says so exactly then', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  const message = 'x'.repeat(1000);
  void client.publishAsync('a/long/topic/name', message, { compress: 'gzip' });
  void client.publishAsync('t', 'no', { compress: 'gzip' });
  void client.publishAsync('t', message);
  await stage.settle();
  const [compressed, ...plain] = stage.link.of('publish');
  const parts = partsOf(compressed!.payload)!;
  expect(parts.topic).toBe('a/long/topic/name');
  expect([compressed!.flags & FLAG.compressed, gunzipSync(parts.message).toString()]).toEqual([
    FLAG.compressed,
    message,
  ]);
  expect(plain.map(({ flags }) => flags & FLAG.compressed)).toEqual([0, 0]);
});

it('[MSIP-5-6] a message in gzip is inflated', async () => {
  const stage = new Stage();
  const client = await stage.connect();
  const got: string[] = [];
  await stage.when(client.subscribeAsync('t', ({ text }) => void got.push(text)));
  stage.link.event('t', gzipSync('hello'), { flags: FLAG.compressed });
  await stage.settle();
  expect(got).toEqual(['hello']);
});

it('[MSIP-3-1] [MSIP-3.1-8] nothing but what a client may send is ever sent, and one HELLO on each connection', async () => {
  const stage = new Stage();
  const client = await stage.connect({ acknowledged: true });
  await stage.when(client.subscribeAsync('t', () => {}));
  void client.publishAsync('t', 'x');
  client.ping();
  client.unsubscribe('t');
  stage.link.event('t', 'x', { flags: FLAG.ackRequired });
  await stage.settle();
  await stage.interrupt(client);
  await stage.when(client.disconnect());
  for (const link of stage.links) {
    expect(link.frames.map(({ frameType }) => frameType)).not.toContain(TYPE.event);
    expect(link.of('hello')).toHaveLength(1);
    expect(link.frames[0]!.frameType).toBe(TYPE.hello);
  }
});
