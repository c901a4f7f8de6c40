// Who may ask at the admin address, and what is refused before anything is looked at.
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAdminServer } from '../../src/admin/admin-server.ts';
import { ADMIN_ERRORS, type AdminErrorCode } from '../../src/admin/answer.ts';
import { startBroker } from '../support/test-broker.ts';
import { startAdmin } from './admin.ts';

function code(answer: { json: () => unknown }): AdminErrorCode {
  return (answer.json() as { error: { code: AdminErrorCode } }).error.code;
}

describe('the admin address', () => {
  it('is on the loopback interface, with a port of its own', async () => {
    const { admin, ask } = await startAdmin();
    expect(admin.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    const { status, headers, text } = await ask('/healthz');
    expect([status, text]).toEqual([200, '{"status":"ok"}\n']);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it('does not let half a request hold a connection', { timeout: 20_000 }, async () => {
    const { admin } = await startAdmin();
    const socket = connect(Number(new URL(admin.url).port), '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\n');
    socket.resume();
    await once(socket, 'close'); // by the server: Node on its own would look for it after half a minute
  });

  it('needs a token where others can reach it', async () => {
    const { broker } = await startBroker();
    await expect(createAdminServer(broker, { url: 'http://0.0.0.0:0' })).rejects.toThrow(/needs a token/);
    await expect(createAdminServer(broker, { token: '' })).rejects.toThrow(/empty/);
    const server = await createAdminServer(broker, { url: 'http://0.0.0.0:0', token: 't' });
    expect(() => server.setToken(undefined)).toThrow(/needs a token/);
    await server.close();
  });

  for (const url of [
    'https://127.0.0.1:0',
    '127.0.0.1:1',
    'http://127.0.0.1:0/x',
    'http://u@127.0.0.1:0',
    'mqtt://h',
  ]) {
    it(`${url} is none`, async () => {
      const { broker } = await startBroker();
      await expect(createAdminServer(broker, { url })).rejects.toThrow(RangeError);
    });
  }

  it('says when the port is taken', async () => {
    const { broker, admin } = await startAdmin();
    await expect(createAdminServer(broker, { url: admin.url })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('with a token answers nobody else, but for the probes', async () => {
    const { ask, admin } = await startAdmin({}, { token: 'secret' });
    for (const path of ['/healthz', '/readyz']) expect((await ask(path)).status).not.toBe(401);
    for (const path of ['/metrics', '/api/v1/clients', '/api/v1/trace?clientId=a']) {
      for (const authorization of [undefined, 'Bearer wrong', 'Bearer', 'Basic secret', 'secret']) {
        const answer = await ask(path, authorization === undefined ? {} : { headers: { authorization } });
        expect([answer.status, code(answer)]).toEqual([401, 'UNAUTHORIZED']);
        expect(answer.headers['www-authenticate']).toBe('Bearer');
      }
    }
    expect((await ask('/metrics', { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    admin.setToken('other');
    expect((await ask('/metrics', { headers: { authorization: 'Bearer secret' } })).status).toBe(401);
    expect((await ask('/metrics', { headers: { authorization: 'bearer other' } })).status).toBe(200);
  });

  it('without a token answers no name but localhost: a web page must not reach it', async () => {
    const { ask } = await startAdmin();
    for (const host of ['evil.example', 'evil.example:80', 'localhost.evil.example']) {
      const answer = await ask('/api/v1/clients', { headers: { host } });
      expect([answer.status, code(answer)]).toEqual([421, 'WRONG_HOST']);
    }
    for (const host of ['localhost', 'localhost:9883', '127.0.0.1', '[::1]:9883']) {
      expect((await ask('/api/v1/clients', { headers: { host } })).status).toBe(200);
    }
  });

  const refused: readonly [path: string, method: string, code: AdminErrorCode][] = [
    ['/', 'GET', 'NOT_FOUND'],
    ['/api/v2/clients', 'GET', 'NOT_FOUND'],
    ['/api/v1/clients/a/b', 'GET', 'NOT_FOUND'],
    ['/api/v1/clients', 'POST', 'METHOD_NOT_ALLOWED'],
    ['/metrics', 'DELETE', 'METHOD_NOT_ALLOWED'],
    ['/api/v1/clients?limit=0', 'GET', 'BAD_REQUEST'],
    ['/api/v1/clients?limit=1001', 'GET', 'BAD_REQUEST'],
    ['/api/v1/clients?limit=-1', 'GET', 'BAD_REQUEST'],
    ['/api/v1/clients?connected=maybe', 'GET', 'BAD_REQUEST'],
    ['/api/v1/clients?limt=5', 'GET', 'BAD_REQUEST'],
    ['/api/v1/clients/%zz', 'GET', 'BAD_REQUEST'],
    ['/api/v1/clients/nobody', 'GET', 'NOT_FOUND'],
    ['/api/v1/clients/nobody', 'DELETE', 'NOT_FOUND'],
    ['/api/v1/clients/nobody?reasonCode=1', 'DELETE', 'BAD_REQUEST'],
    ['/api/v1/clients/nobody/subscriptions', 'GET', 'NOT_FOUND'],
    ['/api/v1/retained?filter=a%2F%23%2Fb', 'GET', 'BAD_REQUEST'],
    ['/api/v1/retained?filter=%24share%2Fg%2Fa', 'GET', 'BAD_REQUEST'],
    ['/api/v1/trace', 'GET', 'BAD_REQUEST'],
    ['/api/v1/trace?topicFilter=%23x', 'GET', 'BAD_REQUEST'],
    ['/api/v1/trace?clientId=a&limit=0', 'GET', 'BAD_REQUEST'],
  ];
  for (const [path, method, expected] of refused) {
    it(`${method} ${path}: ${expected}`, async () => {
      const answer = await (await startAdmin()).ask(path, { method });
      expect([answer.status, code(answer)]).toEqual([ADMIN_ERRORS[expected], expected]);
    });
  }

  it('takes no body, and HEAD gets none', async () => {
    const { ask } = await startAdmin();
    const answer = await ask('/api/v1/clients', { method: 'POST', body: 'x'.repeat(100) });
    expect([answer.status, code(answer)]).toEqual([413, 'BODY_NOT_ALLOWED']);
    expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('a header without end is cut off', async () => {
    const { ask } = await startAdmin();
    expect((await ask('/healthz', { headers: { x: 'x'.repeat(20_000) } })).status).toBe(431);
  });
});
