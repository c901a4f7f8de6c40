// Clients that log in with a certificate, over TLS as it is: with the name in it, and only with one that is trusted.
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AccessControl, type AccessControlOptions } from '../../src/access/access-control.ts';
import { Broker } from '../../src/broker/broker.ts';
import type { ClientInfo } from '../../src/broker/hooks.ts';
import { connect } from '../../src/transport/connect.ts';
import { TestClient, type TestClientOptions } from '../support/test-client.ts';

const read = (name: string) => readFileSync(new URL(`../support/certificates/${name}`, import.meta.url));

async function start(options: AccessControlOptions, tls: object) {
  const broker = new Broker({ systemTopicsIntervalMs: 0, hooks: new AccessControl(options).hooks });
  onTestFinished(() => broker.close());
  const seen: ClientInfo[] = [];
  broker.on('connected', ({ client }) => seen.push(client));
  const { url } = await broker.listen('mqtts://127.0.0.1:0', {
    tls: { cert: read('server.crt'), key: read('server.key'), ca: read('ca.crt'), requestCert: true, ...tls },
  });
  const login = async (name: string | undefined, clientOptions: TestClientOptions = {}) => {
    const own = name === undefined ? {} : { cert: read(`${name}.crt`), key: read(`${name}.key`) };
    const transport = await connect(url, { tls: { ca: read('ca.crt'), servername: 'localhost', ...own } });
    onTestFinished(() => transport.destroy());
    return TestClient.connect(transport, clientOptions);
  };
  return { login, seen };
}

describe('a certificate as user', () => {
  it('is the name in it, which no other user name may contradict', async () => {
    const { login, seen } = await start({ certificateUser: { from: 'common-name' } }, { rejectUnauthorized: true });
    expect((await login('client')).connack.reasonCode).toBe(0);
    expect(seen[0]!.certificate?.commonName).toBeDefined();
    expect(seen[0]!.username).toBe(seen[0]!.certificate?.commonName);
    const admin = await login('client', { connect: { username: 'admin', password: 'x' } });
    expect(admin.connack.reasonCode).toBe(0x86);
  });

  it('that is not trusted is none, and without one there is no user', async () => {
    const { login } = await start({ certificateUser: { from: 'common-name' } }, { rejectUnauthorized: false });
    expect((await login('stranger')).connack.reasonCode).toBe(0x87);
    expect((await login(undefined)).connack.reasonCode).toBe(0x87);
  });
});
