// A web service that decides: what it is asked, what its answers become, and what happens when there is none.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HttpAccessOptions, httpAuthenticator, httpAuthorizer } from '../../src/access/http-access.ts';
import { clientInfo, credentials } from '../support/clients.ts';

const certificate = (name: string) => readFileSync(new URL(`../support/certificates/${name}`, import.meta.url));

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

type Responder = (question: Record<string, unknown>, request: IncomingMessage) => Answer | Promise<Answer>;

async function service(respond: Responder, tls?: object) {
  const questions: Record<string, unknown>[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const question = JSON.parse(text) as Record<string, unknown>;
    questions.push(question);
    const { status = 200, body, headers = {} } = await respond(question, request);
    response
      .writeHead(status, headers)
      .end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/mqtt`, questions };
}

function authenticator(options: HttpAccessOptions) {
  const failures: string[] = [];
  const asked = httpAuthenticator({ onFailure: ({ message }) => failures.push(message), ...options });
  onTestFinished(() => asked.close!());
  const ask = (username?: string, password?: string | Uint8Array) =>
    asked.authenticate(clientInfo(), credentials(username, password));
  return { ask, failures };
}

describe('the authenticator', () => {
  it('asks with JSON about client and credentials, with the headers of the operator', async () => {
    let authorization: string | undefined;
    const { url, questions } = await service((_question, request) => {
      authorization = request.headers.authorization;
      return { status: 204 };
    });
    const { ask } = authenticator({ url, headers: { authorization: 'Bearer x' } });
    expect(await ask('alice', 'secret')).toBe(true);
    expect(await ask('bob', Uint8Array.of(0xff))).toBe(true);
    expect(authorization).toBe('Bearer x');
    expect(questions[0]).toEqual({
      clientId: 'client',
      username: 'alice',
      password: 'secret',
      protocolVersion: 5,
      listener: 'mqtt://127.0.0.1:1883',
      address: '192.0.2.1',
    });
    expect(questions[1]).toMatchObject({ username: 'bob', passwordBase64: '/w==' });
  });

  it.each<[Answer, unknown]>([
    [{ status: 204 }, true],
    [{ status: 401 }, 0x86],
    [{ status: 403 }, 0x87],
    [{ body: { result: 'allow' } }, true],
    [{ body: { result: 'deny' } }, 0x86],
    [{ body: { result: 'ignore' } }, undefined],
    [
      { body: { result: 'allow', username: 'x', groups: ['g'], expiresAt: 2, acl: { publish: ['a'] } } },
      { username: 'x', groups: ['g'], expiresAt: 2_000, acl: { publish: ['a'], subscribe: [] } },
    ],
    [{ status: 500 }, 0x88],
    [{ status: 302, headers: { location: 'http://elsewhere' } }, 0x88],
    [{ body: 'yes' }, 0x88],
    [{ body: { result: 'perhaps' } }, 0x88],
    [{ body: { result: 'allow', groups: 'g' } }, 0x88],
    [{ body: { result: 'allow', acl: { publish: 'a' } } }, 0x88],
    [{ body: { result: 'allow', username: 7 } }, 0x88],
    [{ body: `{"result":"allow","x":"${'x'.repeat(100_000)}"}` }, 0x88],
  ])('%j becomes %j', async (answer, expected) => {
    const { url } = await service(() => answer);
    const { ask, failures } = authenticator({ url });
    expect(await ask('u', 'p')).toEqual(expected);
    expect(failures).toHaveLength(expected === 0x88 ? 1 : 0);
  });

  it('refuses with 0x88 when the service is away or too slow', async () => {
    const { url } = await service(() => new Promise(() => {}));
    expect(await authenticator({ url, timeoutMs: 30 }).ask('u', 'p')).toBe(0x88);
    expect(await authenticator({ url: 'http://127.0.0.1:1/' }).ask('u', 'p')).toBe(0x88);
  });

  it('asks so many at once, lets so many wait, and refuses the rest', async () => {
    let open = 0;
    let most = 0;
    const { url, questions } = await service(async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return { status: 204 };
    });
    const { ask } = authenticator({ url, concurrency: 2, queue: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(`user-${i}`, 'p')));
    expect(answers.filter((answer) => answer === true)).toHaveLength(5);
    expect(answers.filter((answer) => answer === 0x88)).toHaveLength(7);
    expect(questions).toHaveLength(5);
    expect(most).toBeLessThanOrEqual(2);
    expect(await ask('later', 'p')).toBe(true);
  });

  it('keeps an answer as long as its max-age says, in a bounded number, and never one about another password', async () => {
    let now = 0;
    const headers = { 'cache-control': 'private, max-age=10' };
    const { url, questions } = await service(({ password }) => ({ status: password === 'p' ? 204 : 401, headers }));
    const { ask } = authenticator({ url, now: () => now, cacheSize: 3 });
    for (let i = 0; i < 4; i++) expect(await ask('u', 'p')).toBe(true);
    expect(questions).toHaveLength(1);
    expect(await ask('u', 'other')).toBe(0x86);
    now = 10_001;
    expect(await ask('u', 'p')).toBe(true);
    expect(questions).toHaveLength(3);
    for (let i = 0; i < 3; i++) await ask(`u${i}`, 'p');
    await ask('u', 'p');
    expect(questions).toHaveLength(7);
  });

  it.each(['no-store, max-age=10', 'max-age=0', 'public', 'max-age=x'])('keeps nothing with %s', async (value) => {
    const { url, questions } = await service(() => ({ status: 204, headers: { 'cache-control': value } }));
    const { ask } = authenticator({ url });
    await ask('u', 'p');
    await ask('u', 'p');
    expect(questions).toHaveLength(2);
  });

  it('speaks TLS with the authority it is given, and with no other', async () => {
    const { url } = await service(() => ({ status: 204 }), {
      cert: certificate('server.crt'),
      key: certificate('server.key'),
    });
    expect(await authenticator({ url, tls: { ca: certificate('ca.crt') } }).ask('u', 'p')).toBe(true);
    expect(await authenticator({ url }).ask('u', 'p')).toBe(0x88);
  });

  it('takes no URL of another kind', () => {
    expect(() => httpAuthenticator({ url: 'ftp://x' })).toThrow('no http:// or https:// URL');
  });
});

describe('the authorizer', () => {
  it('asks about action and topic; what has no answer is not allowed', async () => {
    const { url, questions } = await service(({ topic }) => {
      if (topic === 'broken') return { status: 500 };
      return { body: { result: topic === 'a' ? 'allow' : topic === 'b' ? 'deny' : 'ignore' } };
    });
    const asked = httpAuthorizer({ url });
    onTestFinished(() => asked.close!());
    const ask = (topic: string) => asked.authorize(clientInfo({ username: 'u', groups: ['g'] }), 'publish', topic);
    expect([await ask('a'), await ask('b'), await ask('c'), await ask('broken')]).toEqual([
      true,
      false,
      undefined,
      false,
    ]);
    expect(questions[0]).toMatchObject({
      clientId: 'client',
      username: 'u',
      groups: ['g'],
      action: 'publish',
      topic: 'a',
    });
  });
});
