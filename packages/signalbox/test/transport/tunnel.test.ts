// Connections through proxies: the common suite of transports, who may pass, and which side is at fault.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectOptions, connect } from '../../src/transport/connect.ts';
import { Recorder, turns } from './recorder.ts';
import { CLIENT_TLS, GRACE_MS, listenerStage } from './stage.ts';
import { transportSuite } from './suite.ts';
import type { TestProxy } from './test-proxies.ts';
import { arrivalsAt, failing, KINDS, type Kind, makeProxy, proxyFor, through } from './tunnel-stage.ts';

const URLS = {
  tcp: 'mqtt://127.0.0.1:0',
  tls: 'mqtts://localhost:0',
  ws: 'ws://127.0.0.1:0/mqtt',
  wss: 'wss://localhost:0/mqtt',
} as const;

/** Every protocol, every kind of proxy, and what is most different; each suite takes seconds. */
const SUITES: Readonly<Record<Kind, readonly (keyof typeof URLS)[]>> = {
  http: ['tcp', 'wss'],
  https: ['tcp', 'tls'],
  socks5: ['tcp', 'ws'],
};

describe.each(KINDS)('through a proxy: %s', (kind) => {
  let proxy: TestProxy;
  beforeAll(async () => {
    proxy = await makeProxy(kind);
  });
  afterAll(() => proxy.close());
  for (const protocol of SUITES[kind]) {
    const stage = () => listenerStage(URLS[protocol], {}, (target, options) => through(proxy, kind, target, options));
    transportSuite(`${protocol} through ${kind}`, stage, { protocol, graceMs: GRACE_MS, streamSize: 5_000_000 });
  }
});

describe.each(KINDS)('a proxy: %s', (kind) => {
  it('gets the name of the target to resolve, and the transport is that of the target', async () => {
    const proxy = await proxyFor(kind);
    const arrivals = await arrivalsAt('mqtts://localhost:0');
    const { port } = new URL(arrivals.listener.url);
    const client = await through(proxy, kind, arrivals.listener.url);
    expect(proxy.targets).toEqual([`localhost:${port}`]);
    expect([client.protocol, client.remoteAddress]).toEqual(['tls', `localhost:${port}`]);
    expect(client.peerCertificate()?.commonName).toBe('localhost');
    client.destroy();
  });

  it('leaves a plain connection its static buffer, unless the way to the proxy is TLS', async () => {
    const proxy = await proxyFor(kind);
    const arrivals = await arrivalsAt('mqtt://127.0.0.1:0');
    const client = Recorder.start(await through(proxy, kind, arrivals.listener.url));
    const server = await arrivals.next();
    const memories = new Set<ArrayBufferLike>();
    client.take = (bytes) => void memories.add(bytes.buffer);
    for (let round = 1; round <= 3; round++) {
      server.write(Buffer.alloc(1_000));
      await client.untilReceived(round * 1_000);
    }
    const isStatic = kind !== 'https' && process.platform !== 'win32';
    expect([...memories].map(({ byteLength }) => byteLength === 131_072)).toEqual(
      isStatic ? [true] : [false, false, false],
    );
    client.transport.destroy();
    server.destroy();
  });

  it('is no peer that shows a certificate', async () => {
    const proxy = await proxyFor(kind);
    const arrivals = await arrivalsAt('mqtt://127.0.0.1:0');
    const client = await through(proxy, kind, arrivals.listener.url);
    expect(client.peerCertificate()).toBeUndefined();
    client.destroy();
  });

  it('reaches IPv6 addresses', async () => {
    const proxy = await proxyFor(kind);
    const arrivals = await arrivalsAt('mqtt://[::1]:0');
    const client = Recorder.start(await through(proxy, kind, arrivals.listener.url));
    const server = Recorder.start(await arrivals.next());
    client.transport.write(Buffer.from('hello'));
    await server.untilReceived(5);
    client.transport.destroy();
    await server.untilClosed();
  });

  it('lets in who has the right credentials, whatever characters they have', async () => {
    const proxy = await proxyFor(kind, { credentials: 'me@home:p%40:s/ö€' });
    const arrivals = await arrivalsAt('mqtt://127.0.0.1:0');
    const host = kind === 'https' ? 'localhost' : '127.0.0.1';
    const credentials = `me%40home:${encodeURIComponent('p%40:s/ö€')}`;
    const options = { proxy: `${kind}://${credentials}@${host}:${proxy.port}`, proxyTls: CLIENT_TLS };
    const client = await connect(arrivals.listener.url, options);
    expect(client.protocol).toBe('tcp');
    client.destroy();
  });

  it('keeps others out, and no message has the credentials', async () => {
    const proxy = await proxyFor(kind, { credentials: 'user:right' });
    const host = kind === 'https' ? 'localhost' : '127.0.0.1';
    for (const credentials of ['user:hidden@', 'hidden:right@', 'hidden@', '']) {
      const options = { proxy: `${kind}://${credentials}${host}:${proxy.port}`, proxyTls: CLIENT_TLS };
      const error = await connect('mqtt://127.0.0.1:1', options).catch((reason) => reason);
      expect(error).toEqual(failing('PROXY_AUTHENTICATION_FAILED'));
      expect(error.message).toContain(`mqtt://127.0.0.1:1 through the proxy ${kind}://${host}:${proxy.port}`);
      expect(`${error.message} ${error.stack} ${error.cause}`).not.toMatch(/hidden|aGlkZGVu|right/);
    }
    await turns();
    expect(proxy.open.size).toBe(0);
  });

  it('that is not there, does not want, or does not find the target: the code says which', async () => {
    const gone = await makeProxy(kind);
    await gone.close();
    const targetPort = gone.port;
    await expect(through(gone, kind, 'mqtt://127.0.0.1:1883')).rejects.toEqual(failing('PROXY_UNREACHABLE'));
    const forbidding = await proxyFor(kind, { forbids: true });
    await expect(through(forbidding, kind, 'mqtt://127.0.0.1:1883')).rejects.toEqual(failing('PROXY_REFUSED'));
    const proxy = await proxyFor(kind);
    for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss'])
      await expect(through(proxy, kind, `${scheme}://127.0.0.1:${targetPort}`)).rejects.toEqual(
        failing('PROXY_TARGET_UNREACHABLE'),
      );
    await turns();
    expect([proxy.open.size, forbidding.open.size]).toEqual([0, 0]);
  });

  it('does not hide what is wrong with the target', async () => {
    const proxy = await proxyFor(kind);
    const tls = await arrivalsAt('mqtts://localhost:0');
    await expect(through(proxy, kind, tls.listener.url, { tls: {} })).rejects.toEqual(failing('TLS_FAILED'));
    const wrongName = { ...CLIENT_TLS, servername: 'elsewhere.example' };
    await expect(through(proxy, kind, tls.listener.url, { tls: wrongName })).rejects.toEqual(failing('TLS_FAILED'));
    await expect(through(proxy, kind, tls.listener.url, { tls: { cert: 'none' } })).rejects.toEqual(
      failing('TLS_OPTIONS'),
    );
    const webSocket = await arrivalsAt('ws://127.0.0.1:0/mqtt');
    await expect(through(proxy, kind, `${webSocket.listener.url}/else`)).rejects.toEqual(failing('WEBSOCKET_FAILED'));
    await turns();
    expect(proxy.open.size).toBe(0);
  });
});

describe('a proxy over TLS', () => {
  it('is verified by options of its own, and its certificate is not that of the target', async () => {
    const proxy = await proxyFor('https');
    const attempt = (options: ConnectOptions) => through(proxy, 'https', 'mqtts://localhost:1', options);
    await expect(attempt({ proxyTls: {} })).rejects.toEqual(failing('PROXY_UNREACHABLE'));
    await expect(attempt({ proxyTls: { ...CLIENT_TLS, servername: 'else.example' } })).rejects.toEqual(
      failing('PROXY_UNREACHABLE'),
    );
    await expect(attempt({ proxyTls: { key: 'no key' } })).rejects.toEqual(failing('TLS_OPTIONS'));
    const plain = await proxyFor('http');
    await expect(through(plain, 'https', 'mqtts://localhost:1')).rejects.toEqual(failing('PROXY_UNREACHABLE'));
  });
});

describe('the option proxy', () => {
  it.each([
    ['', 'must be a URL'],
    ['proxy.example:3128', 'must be a URL'],
    ['socks4://proxy.example', 'must be a URL'],
    ['http://', 'must be a URL'],
    ['http://proxy.example/path', 'something behind the address'],
    ['socks5://proxy.example?query', 'something behind the address'],
    ['http://proxy.example:0', 'port 0'],
    ['http://secret%:secret@proxy.example', '% in its user name'],
    ['http://secret%3a:secret@proxy.example', 'colon'],
    [`socks5://secret:${'s'.repeat(256)}@proxy.example`, '1 to 255 bytes'],
    ['socks5://:secret@proxy.example', '1 to 255 bytes'],
  ])('%s: is told apart', async (proxy, problem) => {
    const error = await connect('mqtt://127.0.0.1:1883', { proxy }).catch((reason) => reason);
    expect(error).toEqual(failing('BAD_OPTIONS'));
    expect(error.message).toContain(problem);
    expect(`${error.message} ${error.cause}`).not.toContain('secret');
  });

  it('is not for Unix sockets', async () => {
    const attempt = connect('unix:///tmp/none.sock', { proxy: 'http://127.0.0.1:1' });
    await expect(attempt).rejects.toEqual(failing('BAD_OPTIONS'));
  });

  it('cannot reach names that SOCKS has no room for', async () => {
    const url = `mqtt://${'a'.repeat(256)}`;
    await expect(connect(url, { proxy: 'socks5://127.0.0.1:1' })).rejects.toEqual(failing('BAD_URL'));
  });
});
