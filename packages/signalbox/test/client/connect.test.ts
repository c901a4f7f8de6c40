// connect(): when it resolves and rejects, and what CONNECT says.
import { describe, expect, it } from 'vitest';
import { ClientError } from '../../src/client/client-errors.ts';
import type { Dial } from '../../src/client/client-options.ts';
import { lossOf } from '../../src/client/connection-loss.ts';
import { Stage } from './support/stage.ts';

const ONE_HOUR = 3_600_000;

describe('connect', () => {
  it('resolves when the server has accepted, and not before', async () => {
    const stage = new Stage();
    stage.script.connack = () => undefined;
    const begun = stage.begin();
    await stage.settle();
    expect(begun.state).toBe('pending');
    stage.link.send({ type: 'connack' });
    await stage.settle();
    expect(begun.value.state).toBe('connected');
    expect(begun.value.connack?.reasonCode).toBe(0);
  });

  it('returns at once with awaitConnection: false, and connects later', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    expect(client.isConnected).toBe(false);
    await stage.online(client);
    expect(client.state).toBe('connected');
  });

  it('rejects when nobody listens, and tries no more', async () => {
    const stage = new Stage();
    stage.script.dial = () => 'refuse';
    const begun = stage.begin();
    await stage.clock.advance(ONE_HOUR);
    expect(begun.code).toBe('CONNECTION_REFUSED');
    expect(stage.dials.length).toBe(1);
    expect(stage.clock.scheduled).toBe(0);
  });

  it('rejects with the reason code and the words of a server that refuses', async () => {
    const stage = new Stage();
    stage.script.refuse(0x87, { reasonString: 'not you' });
    const begun = stage.begin();
    await stage.settle();
    expect(begun.error).toMatchObject({ code: 'REFUSED', reasonCode: 0x87, reasonString: 'not you' });
    expect(begun.error?.message).toContain('not you');
  });

  it('rejects when the server takes the connection and says nothing', async () => {
    const stage = new Stage();
    stage.script.connack = () => undefined;
    const begun = stage.begin({ connectTimeoutMs: 7_000 });
    await stage.clock.advance(6_999);
    expect(begun.state).toBe('pending');
    await stage.clock.advance(1);
    expect(begun.error).toMatchObject({ code: 'MAXIMUM_CONNECT_TIME' });
    expect(stage.clock.scheduled).toBe(0);
  });

  it('rejects with an error of ours when the network fails before CONNACK, whatever the system calls it', async () => {
    const stage = new Stage();
    stage.script.connack = () => undefined;
    const begun = stage.begin();
    await stage.settle();
    stage.link.cut();
    await stage.settle();
    expect(begun.error).toBeInstanceOf(ClientError);
    expect(begun.error).toMatchObject({ code: 'CONNECTION_LOST', cause: { message: 'the network failed' } });
  });

  it('tells an alert of TLS in the words of OpenSSL, without its codes', () => {
    const alert = Object.assign(new Error('80CC:error:0A00045C:SSL routines:…'), { reason: 'certificate required' });
    expect(lossOf(alert).message).toMatch(/certificate required$/);
  });

  it('keeps trying the first connection with retryFirst', async () => {
    const stage = new Stage();
    stage.script.dial = () => 'refuse';
    const begun = stage.begin({ retryFirst: true });
    await stage.clock.advance(60_000);
    expect(begun.state).toBe('pending');
    stage.script.dial = () => 'accept';
    await stage.clock.advance(120_000);
    expect(begun.value.isConnected).toBe(true);
  });

  it('rejects with the reason of a signal that is aborted before and meanwhile', async () => {
    const stage = new Stage();
    const before = stage.begin({ signal: AbortSignal.abort(new Error('too late')) });
    stage.script.dial = () => 'hang';
    const controller = new AbortController();
    const meanwhile = stage.begin({ signal: controller.signal });
    await stage.settle();
    controller.abort(new Error('enough'));
    await stage.settle();
    expect(before.error?.message).toBe('too late');
    expect(meanwhile.error?.message).toBe('enough');
    expect(stage.clock.scheduled).toBe(0);
  });

  it('rejects without a URL, and for options that contradict each other', async () => {
    const stage = new Stage();
    const without = stage.begin({ url: undefined });
    const contradiction = stage.begin({ maximumInFlight: 0 });
    await stage.settle();
    expect(without.code).toBe('INVALID_ARGUMENT');
    expect(contradiction.code).toBe('INVALID_ARGUMENT');
  });

  it('says in CONNECT that a short failure of the network costs no session', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    expect(stage.link.connect).toMatchObject({
      protocolVersion: 5,
      cleanStart: true,
      keepAlive: 60,
      properties: { sessionExpiryInterval: 300, receiveMaximum: 1_000 },
    });
    expect(client.clientId).toMatch(/^signalbox[a-zA-Z0-9]{14}$/);
    await stage.interrupt(client);
    expect(stage.link.connect).toMatchObject({ cleanStart: false, clientId: client.clientId });
  });

  it('sends the will and further properties as given', async () => {
    const stage = new Stage();
    const will = { topicName: 'w', payload: 'gone', qos: 1 as const, properties: { willDelayInterval: 5 } };
    await stage.connect({ will, properties: { receiveMaximum: 3, topicAliasMaximum: 9 }, sessionExpiryInterval: 7 });
    const { connect } = stage.link;
    expect(connect.will).toMatchObject({ topicName: 'w', qos: 1, properties: { willDelayInterval: 5 } });
    expect(connect.properties).toMatchObject({ receiveMaximum: 3, topicAliasMaximum: 9, sessionExpiryInterval: 7 });
  });

  it('uses the Client Identifier the server assigned, for later connections too', async () => {
    const stage = new Stage();
    stage.script.announce({ assignedClientIdentifier: 'yours' });
    const client = await stage.connect({ clientId: '' });
    expect(client.clientId).toBe('yours');
    stage.script.welcome();
    await stage.interrupt(client);
    expect(stage.link.connect.clientId).toBe('yours');
  });

  it('leaves a client of the same program alone', async () => {
    const stage = new Stage();
    const other = new Stage();
    const one = await stage.connect();
    const two = await other.connect();
    await stage.when(one.subscribe('#', () => {}));
    stage.link.cut();
    await stage.clock.advance(100_000);
    expect(two.isConnected).toBe(true);
    expect(other.link.packets.map(({ type }) => type)).toEqual(['connect']);
    expect(one.clientId).not.toBe(two.clientId);
  });
});

describe('the version of the protocol', () => {
  it('falls back to 3.1.1 where the server does not know 5, and stays there', async () => {
    const stage = new Stage();
    stage.script.onlyVersion = 4;
    const client = await stage.connect({ will: { topicName: 'w', payload: '', properties: { willDelayInterval: 5 } } });
    expect(client.isConnected).toBe(true);
    expect(stage.dials.length).toBe(2);
    expect(stage.link.connect.protocolVersion).toBe(4);
    await stage.interrupt(client);
    expect(stage.dials.length).toBe(3);
    expect(client.isConnected).toBe(true);
  });

  it('does not fall back when 5 is asked for', async () => {
    const stage = new Stage();
    stage.script.onlyVersion = 4;
    const begun = stage.begin({ protocolVersion: 5 });
    await stage.settle();
    expect(begun.error).toMatchObject({ code: 'REFUSED' });
    expect(stage.dials.length).toBe(1);
  });

  it('has no kept session in 3.1.1 unless it is asked for', async () => {
    const stage = new Stage();
    const client = await stage.connect({ protocolVersion: 4 });
    await stage.interrupt(client);
    expect(stage.link.connect.cleanStart).toBe(true);
    const kept = await stage.connect({ protocolVersion: 4, cleanStart: false });
    expect(stage.link.connect.cleanStart).toBe(false);
    expect(kept.isConnected).toBe(true);
  });
});

describe('a dialling of its own', () => {
  it('that never answers is given up, and what it brings later is closed', async () => {
    const stage = new Stage();
    let bring: () => void = () => {};
    const dial: Dial = (url, options) =>
      new Promise((resolve) => {
        bring = () => void stage.dial(url, options).then(resolve);
      });
    const begun = stage.begin({ dial, connectTimeoutMs: 500 });
    await stage.clock.advance(500);
    expect(begun.code).toBe('TIMEOUT');
    bring();
    await stage.settle();
    expect(stage.link.transport.isClosed).toBe(true);
    expect(stage.clock.scheduled).toBe(0);
  });

  it('that throws at once fails the attempt', async () => {
    const stage = new Stage();
    const dial: Dial = () => {
      throw new Error('no');
    };
    const begun = stage.begin({ dial });
    await stage.settle();
    expect(begun.error?.message).toBe('no');
  });
});
