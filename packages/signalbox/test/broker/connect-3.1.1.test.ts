// CONNECT and CONNACK before MQTT 5.0 at the broker. §3.1, §3.2 of 3.1.1
import { describe, expect, it } from 'vitest';
import { ConnectReturnCode, ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { protocolVersion: 4, connect: { cleanStart: false } } as const;

describe('a CONNECT of 3.1.1 is accepted', () => {
  it('[MQTT-3.1.4-4@3.1.1] [MQTT-3.2.2-1@3.1.1] [MQTT-3.2.2-3@3.1.1] with return code 0', async () => {
    const { connect } = await startBroker();
    for (const cleanStart of [true, false]) {
      const { connack } = await connect('client', { protocolVersion: 4, connect: { cleanStart } });
      expect(connack).toEqual({ type: 'connack', reasonCode: 0, sessionPresent: false, properties: {} });
    }
  });

  it('[MQTT-3.2.2-2@3.1.1] [MQTT-3.1.2-4@3.1.1] [MQTT-3.1.3-2@3.1.1] and tells of the session kept for the name', async () => {
    const { connect } = await startBroker();
    await (await connect('client', LASTING)).disconnect();
    expect((await connect('client', LASTING)).connack.sessionPresent).toBe(true);
    expect((await connect('other', LASTING)).connack.sessionPresent).toBe(false);
  });

  it('[MQTT-3.1.2-6@3.1.1] [MQTT-3.1.4-3@3.1.1] a clean session drops the old one and is not kept', async () => {
    const { connect } = await startBroker();
    const first = await connect('client', LASTING);
    await first.subscribe('a', 1);
    await first.disconnect();
    const clean = await connect('client', { protocolVersion: 4 });
    expect(clean.connack.sessionPresent).toBe(false);
    await clean.subscribe('b', 1);
    await clean.disconnect();
    await (await connect('publisher')).publish('b', '', { qos: 1 });
    const last = await connect('client', LASTING);
    expect(last.connack.sessionPresent).toBe(false);
    expect(await last.messages()).toEqual([]);
  });

  it('[MQTT-3.1.3-5@3.1.1] takes client identifiers of 1 to 23 letters and digits', async () => {
    const { connect } = await startBroker();
    for (const name of ['0', 'abcdefghijklmnopqrstuvw', 'XYZ0123456789']) {
      expect((await connect(name, { protocolVersion: 4 })).connack.reasonCode).toBe(0);
    }
  });

  it('[MQTT-3.1.3-6@3.1.1] an empty client identifier gets one of its own', async () => {
    const { broker, connect } = await startBroker();
    const names: string[] = [];
    broker.on('connected', ({ client }) => names.push(client.clientId));
    const one = await connect('', { protocolVersion: 4 });
    const other = await connect('', { protocolVersion: 4 });
    expect([one.connack.reasonCode, other.connack.reasonCode]).toEqual([0, 0]);
    expect(new Set(names).size).toBe(2);
    expect(names).not.toContain('');
    expect(await one.messages()).toEqual([]); // the second did not take over the first
  });
});

describe('a CONNECT of 3.1.1 is refused', () => {
  it('[MQTT-3.1.2-2@3.1.1] [MQTT-3.2.2-5@3.1.1] an unsupported level with 0x01, then closed', async () => {
    const { transport } = await startBroker();
    for (const level of ['02', '03']) {
      const client = new RawClient(transport(), 4);
      client.write(`10 0d 0004 4d515454 ${level} 02 0000 0001 61`);
      expect(await client.closed).toMatchObject([
        { type: 'connack', reasonCode: ConnectReturnCode.UnacceptableProtocolVersion, sessionPresent: false },
      ]);
    }
  });

  it('[MQTT-3.1.2-3@3.1.1] [MQTT-3.1.4-1@3.1.1] [MQTT-3.2.2-6@3.1.1] a malformed one is closed without CONNACK', async () => {
    const { transport } = await startBroker();
    for (const bytes of ['10 0d 0004 4d515454 04 03 0000 0001 61', '10 0e 0004 4d515454 04 02 0000 0001 61 00']) {
      const client = new RawClient(transport(), 4);
      client.write(bytes);
      expect(await client.closed).toEqual([]);
    }
  });

  it('[MQTT-3.1.3-8@3.1.1] an empty client identifier for a session that is to stay, with 0x02', async () => {
    const { transport } = await startBroker();
    const client = new RawClient(transport(), 4);
    client.write('10 0c 0004 4d515454 04 00 0000 0000');
    expect(await client.closed).toMatchObject([{ type: 'connack', reasonCode: ConnectReturnCode.IdentifierRejected }]);
  });

  it('[MQTT-3.1.3-9@3.1.1] [MQTT-3.2.2-4@3.1.1] with the return code nearest to what the hook says', async () => {
    const codes = [
      [ReasonCode.ClientIdentifierNotValid, ConnectReturnCode.IdentifierRejected],
      [ReasonCode.BadUserNameOrPassword, ConnectReturnCode.BadUserNameOrPassword],
      [ReasonCode.NotAuthorized, ConnectReturnCode.NotAuthorized],
      [ReasonCode.Banned, ConnectReturnCode.NotAuthorized],
      [ReasonCode.ServerBusy, ConnectReturnCode.ServerUnavailable],
    ] as const;
    let answer: boolean | number = true;
    const { connect } = await startBroker({ hooks: { authenticate: () => answer } });
    await (await connect('client', LASTING)).disconnect();
    for (const [reasonCode, returnCode] of codes) {
      answer = reasonCode;
      const client = await connect('client', LASTING);
      expect(client.connack).toMatchObject({ reasonCode: returnCode, sessionPresent: false });
      await client.closed;
    }
  });

  it('[MQTT-3.1.4-5@3.1.1] nothing that follows is processed', async () => {
    const { connect, transport } = await startBroker({ hooks: { authenticate: ({ clientId }) => clientId !== 'bad' } });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const client = new RawClient(transport(), 4);
    client.write(
      { type: 'connect', protocolVersion: 4, clientId: 'bad' },
      { type: 'publish', topicName: 'a', payload: 'x' },
      { type: 'pingreq' },
    );
    expect(await client.closed).toMatchObject([{ type: 'connack', reasonCode: ConnectReturnCode.NotAuthorized }]);
    expect(await watcher.messages()).toEqual([]);
  });

  it('[MQTT-3.1.0-1@3.1.1] [MQTT-3.1.0-2@3.1.1] [MQTT-4.8.0-1@3.1.1] CONNECT comes first and once', async () => {
    const { transport } = await startBroker();
    const late = new RawClient(transport(), 4);
    late.write({ type: 'pingreq' }, { type: 'connect', protocolVersion: 4, clientId: 'late' });
    expect(await late.closed).toEqual([]);
    const twice = new RawClient(transport(), 4);
    const connect = { type: 'connect', protocolVersion: 4, clientId: 'twice' } as const;
    twice.write(connect, connect);
    expect(await twice.closed).toMatchObject([{ type: 'connack', reasonCode: 0 }]);
  });

  it('[MQTT-4.8.0-2@3.1.1] a hook that fails ends the connection with 0x03', async () => {
    const { broker, connect } = await startBroker({ hooks: { authenticate: () => Promise.reject(new Error('no')) } });
    broker.on('error', () => {});
    const client = await connect('client', { protocolVersion: 4 });
    expect(client.connack.reasonCode).toBe(ConnectReturnCode.ServerUnavailable);
    await client.closed;
  });
});
