// Who presents nothing: what a listener says of them, and what is said of a listener that admits everybody.
import { describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import type { PeerCertificate } from '../../src/transport/transport.ts';
import { transportFrom } from '../support/address.ts';
import { startBroker } from '../support/test-broker.ts';
import { TestClient, type TestClientOptions } from '../support/test-client.ts';

async function codes(settings: object, options: TestClientOptions = {}, peer = {}) {
  const asked: string[] = [];
  const { broker } = await startBroker({
    hooks: {
      authenticate: ({ clientId }) => {
        asked.push(clientId);
        return ReasonCode.BadUserNameOrPassword;
      },
    },
  });
  const { connack } = await TestClient.connect(transportFrom(broker, peer, settings), options);
  return { reasonCode: connack.reasonCode, asked: asked.length };
}

describe('allowAnonymous', () => {
  it('true admits who presents nothing, unasked', async () => {
    expect(await codes({ allowAnonymous: true })).toEqual({ reasonCode: 0, asked: 0 });
  });

  it('false refuses who presents nothing with 0x87, unasked; it is no failed authentication', async () => {
    expect(await codes({ allowAnonymous: false })).toEqual({ reasonCode: ReasonCode.NotAuthorized, asked: 0 });
  });

  it('absent leaves it to the hook', async () => {
    expect(await codes({})).toEqual({ reasonCode: ReasonCode.BadUserNameOrPassword, asked: 1 });
  });

  it('says nothing of who presents a user name, a password or a certificate', async () => {
    const certificate = { commonName: 'd' } as PeerCertificate;
    const presented = [
      await codes({ allowAnonymous: true }, { connect: { username: 'u' } }),
      await codes({ allowAnonymous: true }, { connect: { password: 'p' } }),
      await codes({ allowAnonymous: true }, {}, { protocol: 'tls', certificate }),
    ];
    for (const each of presented) expect(each).toEqual({ reasonCode: ReasonCode.BadUserNameOrPassword, asked: 1 });
  });

  it('false holds also where there are no hooks', async () => {
    const { broker } = await startBroker();
    const { connack } = await TestClient.connect(transportFrom(broker, {}, { allowAnonymous: false }));
    expect(connack.reasonCode).toBe(ReasonCode.NotAuthorized);
    const named = transportFrom(broker, {}, { allowAnonymous: false });
    const options = { connect: { username: 'anybody', password: 'x' } };
    expect((await TestClient.connect(named, options)).connack.reasonCode).toBe(ReasonCode.NotAuthorized);
  });
});

describe('a listener that admits everybody from everywhere', () => {
  async function warnings(url: string, options = {}, listening = {}) {
    const broker = new Broker({ systemTopicsIntervalMs: 0, ...options });
    const heard: string[] = [];
    broker.on('warning', ({ code }) => heard.push(code));
    await broker.listen(url, listening);
    await broker.close();
    return heard;
  }

  it('is warned of', async () => {
    expect(await warnings('mqtt://0.0.0.0:0')).toEqual(['OPEN_TO_ALL']);
    expect(await warnings('ws://0.0.0.0:0/mqtt')).toEqual(['OPEN_TO_ALL']);
  });

  it('is not, when somebody is asked, when it is meant, and on loopback', async () => {
    expect(await warnings('mqtt://0.0.0.0:0', { hooks: { authenticate: () => true } })).toEqual([]);
    expect(await warnings('mqtt://0.0.0.0:0', {}, { allowAnonymous: true })).toEqual([]);
    expect(await warnings('mqtt://127.0.0.1:0')).toEqual([]);
    expect(await warnings('mqtt://localhost:0')).toEqual([]);
  });
});
