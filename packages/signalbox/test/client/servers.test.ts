// Several servers, where servers send us, and what a URL may say.
import { describe, expect, it } from 'vitest';
import { Stage } from './support/stage.ts';

const urls = (stage: Stage) => stage.dials.map(({ url }) => url);

describe('several servers', () => {
  it('are tried in turn, at once, until one lets us in', async () => {
    const stage = new Stage();
    stage.script.dial = (url) => (url === 'mqtt://c' ? 'accept' : 'refuse');
    const client = await stage.connect({ url: 'mqtt://a', servers: ['mqtt://b', 'mqtt://c'] });
    expect(urls(stage)).toEqual(['mqtt://a', 'mqtt://b', 'mqtt://c']);
    expect(client.isConnected).toBe(true);
  });

  it('are all tried before connect() rejects, also when one of them does not want us', async () => {
    const stage = new Stage();
    stage.script.refuse(0x87);
    const begun = stage.begin({ url: 'mqtt://a', servers: ['mqtt://b'] });
    await stage.settle();
    expect(urls(stage)).toEqual(['mqtt://a', 'mqtt://b']);
    expect(begun.error).toMatchObject({ code: 'REFUSED' });
  });

  it('are tried again from the first, after a wait, when none is there any more', async () => {
    const stage = new Stage();
    await stage.connect({ url: 'mqtt://a', servers: ['mqtt://b'] });
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.settle();
    expect(urls(stage)).toEqual(['mqtt://a', 'mqtt://b']);
    await stage.clock.advance(10_000);
    expect(urls(stage).slice(2, 4)).toEqual(['mqtt://a', 'mqtt://b']);
  });

  it('have credentials of their own in their URLs', async () => {
    const stage = new Stage();
    stage.script.refuse(0x88);
    stage.begin({ url: 'mqtt://u:1@a', servers: ['mqtt://v:2@b'] });
    await stage.settle();
    expect(stage.links.map(({ connect }) => connect.username)).toEqual(['u', 'v']);
  });
});

describe('a Server Reference', () => {
  it.each([0x9c, 0x9d])('of CONNACK 0x%s is followed at once', async (reasonCode) => {
    const stage = new Stage();
    stage.script.connack = (_, { url }) =>
      url === 'mqtt://b:1234' ? {} : { reasonCode, properties: { serverReference: 'b:1234' } };
    const client = await stage.connect({ url: 'mqtt://a' });
    expect(urls(stage)).toEqual(['mqtt://a', 'mqtt://b:1234']);
    expect(client.isConnected).toBe(true);
    expect(stage.clock.now()).toBe(0);
  });

  it('of DISCONNECT is followed at once', async () => {
    const stage = new Stage();
    const client = await stage.connect({ url: 'mqtt://a' });
    stage.link.disconnect(0x9c, { serverReference: 'mqtt://b' });
    await stage.settle();
    expect(urls(stage)).toEqual(['mqtt://a', 'mqtt://b']);
    expect(client.isConnected).toBe(true);
  });

  it('is not followed more than five times in a row', async () => {
    const stage = new Stage();
    let count = 0;
    stage.script.connack = () => ({ reasonCode: 0x9c, properties: { serverReference: `mqtt://s${++count}` } });
    const begun = stage.begin({ url: 'mqtt://a' });
    await stage.settle();
    expect(urls(stage).length).toBe(6);
    expect(begun.error).toMatchObject({ code: 'REFUSED', reasonCode: 0x9c });
  });

  it('is followed again after a wait: the row is broken', async () => {
    const stage = new Stage();
    let isUp = false;
    stage.script.connack = (_, { url }) =>
      url === 'mqtt://a' ? { reasonCode: 0x9c, properties: { serverReference: 'mqtt://b' } } : {};
    stage.script.dial = (url) => (url === 'mqtt://b' && !isUp ? 'refuse' : 'accept');
    const begun = stage.begin({ url: 'mqtt://a', retryFirst: true });
    await stage.clock.advance(1_200_000);
    isUp = true;
    await stage.clock.advance(240_000);
    expect(begun.value.isConnected).toBe(true);
  });

  it('never leads from TLS to a connection in the clear', async () => {
    const stage = new Stage();
    stage.script.refuse(0x9c, { serverReference: 'mqtt://b' });
    const begun = stage.begin({ url: 'mqtts://a' });
    await stage.settle();
    expect(urls(stage)).toEqual(['mqtts://a']);
    expect(begun.error).toMatchObject({ reasonCode: 0x9c });
  });

  it('never leads into the clear from the TLS that beforeConnect chose', async () => {
    const stage = new Stage();
    stage.script.refuse(0x9c, { serverReference: 'mqtt://b' });
    let calls = 0;
    stage.begin({ url: 'mqtt://a', beforeConnect: () => (calls++ === 0 ? { url: 'mqtts://safe' } : undefined) });
    await stage.settle();
    expect(urls(stage)).not.toContain('mqtt://b');
  });

  it('is not followed when that is turned off', async () => {
    const stage = new Stage();
    stage.script.refuse(0x9d, { serverReference: 'b' });
    const begun = stage.begin({ followServerReference: false });
    await stage.settle();
    expect(stage.dials.length).toBe(1);
    expect(begun.error).toMatchObject({ serverReference: 'b' });
  });
});

describe('a URL', () => {
  it('may hold user name and password, which are not dialled and not shown', async () => {
    const stage = new Stage();
    const client = await stage.connect({ url: 'mqtt://us%40er:pa%3Ass@host:1884' });
    expect(urls(stage)).toEqual(['mqtt://host:1884']);
    expect(stage.link.connect.username).toBe('us@er');
    expect(new TextDecoder().decode(stage.link.connect.password)).toBe('pa:ss');
    const { value } = await client.status().next();
    expect(value.url).toBe('mqtt://host:1884');
  });

  it('gives way to options that say otherwise', async () => {
    const stage = new Stage();
    await stage.connect({ url: 'mqtt://u:p@host?keepAlive=7', username: 'other', keepAlive: 9 });
    expect(stage.link.connect).toMatchObject({ username: 'other', keepAlive: 9 });
  });

  it('may hold options', async () => {
    const stage = new Stage();
    await stage.connect({ url: 'tcp://host?clientId=me&keepAlive=7&cleanStart=false&sessionExpiryInterval=99' });
    expect(urls(stage)).toEqual(['mqtt://host']);
    expect(stage.link.connect).toMatchObject({
      clientId: 'me',
      keepAlive: 7,
      cleanStart: false,
      properties: { sessionExpiryInterval: 99 },
    });
  });

  it('leaves what is behind ? to the server with WebSocket', async () => {
    const stage = new Stage();
    await stage.connect({ url: 'ws://host/mqtt?token=1' });
    expect(urls(stage)).toEqual(['ws://host/mqtt?token=1']);
  });

  it.each(['msip://host', 'mqtt://host?colour=red', 'mqtt://host?keepAlive=soon', 'mqtt://%zz@host'])(
    'that cannot be meant is refused at once: %s',
    async (url) => {
      const stage = new Stage();
      const begun = stage.begin({ url });
      await stage.settle();
      expect(begun.code).toBe('INVALID_ARGUMENT');
      expect(stage.dials.length).toBe(0);
    },
  );
});
