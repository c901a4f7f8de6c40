// What the configuration says of listeners, as far as the library: files are read, looked at, and read again at a reload.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Broker } from 'signalbox/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateReloader, listenerPlans } from '../../src/listener-assembly.ts';
import { load, mistakes } from './load.ts';

const CERTIFICATES = new URL('../../../../packages/signalbox/test/support/certificates/', import.meta.url);

function folder(files: Readonly<Record<string, string>>) {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const put = (name: string, source: string) =>
    copyFileSync(fileURLToPath(new URL(source, CERTIFICATES)), join(path, name));
  for (const [name, source] of Object.entries(files)) put(name, source);
  return { path, put };
}

const PAIR = { 'a.crt': 'server.crt', 'a.key': 'server.key' };

describe('listeners of the configuration', () => {
  it('become what the library takes', () => {
    const { path } = folder({
      ...PAIR,
      'o.crt': 'other-server.crt',
      'o.key': 'other-server.key',
      'ca.crt': 'revoking-ca.crt',
      'r.crl': 'revokes-nobody.crl',
    });
    const configuration = load({
      file: `
listeners:
  - url: mqtts://127.0.0.1:0
    proxyProtocol: required
    proxyTrusted: [10.0.0.0/8]
    maximumConnections: 7
    tls:
      cert: ${path}/a.crt
      key: ${path}/a.key
      ca: ${path}/ca.crt
      crl: [${path}/r.crl]
      certificates: [{ names: [other.example], cert: ${path}/o.crt, key: ${path}/o.key }]
  - { url: 'ws://127.0.0.1:0/mqtt', allowedOrigins: ['https://*.app.example'] }
  - { url: 'unix:///tmp/x.sock', fileMode: '660' }
`,
    });
    const [secure, web, unix] = listenerPlans(configuration);
    expect(secure?.options).toMatchObject({
      proxyProtocol: 'required',
      proxyTrusted: ['10.0.0.0/8'],
      maximumConnections: 7,
      tls: { requestCert: true, certificates: [{ names: ['other.example'] }], crl: [expect.anything()] },
    });
    expect(web?.options).toEqual({ allowedOrigins: ['https://*.app.example'] });
    expect(unix?.options).toEqual({ fileMode: 0o660 });
  });

  it('keep pages of elsewhere out where everybody on this machine may connect unasked', () => {
    const originsOf = (...args: string[]) => {
      const file = "listeners:\n  - { url: 'ws://127.0.0.1:0/mqtt' }\n  - { url: 'mqtt://127.0.0.1:0' }\n";
      return listenerPlans(load({ file, args })).map(({ options }) => options.allowedOrigins);
    };
    const [pages, none] = originsOf();
    expect(pages).toContain('http://localhost:*');
    expect(pages).not.toContain('*');
    expect(none).toBeUndefined();
    // Whoever said who may connect has thought about it.
    expect(originsOf('--allow-anonymous')).toEqual([undefined, undefined]);
    expect(originsOf('--password-file', 'passwords')).toEqual([undefined, undefined]);
    const all = load({ file: "listeners:\n  - { url: 'ws://127.0.0.1:0/mqtt', allowedOrigins: ['*'] }\n" });
    expect(listenerPlans(all)[0]!.options.allowedOrigins).toEqual(['*']);
  });

  it('what does not go together, or is none, is said', () => {
    const file = (listener: string) => `listeners:\n  - ${listener}\n`;
    expect(mistakes({ file: file("{ url: 'mqtt://127.0.0.1', proxyTrusted: [10.0.0.1] }") })).toEqual([
      'mqtt://127.0.0.1: proxyTrusted needs proxyProtocol',
    ]);
    expect(
      mistakes({ file: file("{ url: 'mqtt://127.0.0.1', allowedOrigins: ['https://a'], fileMode: '600' }") }),
    ).toEqual([
      'mqtt://127.0.0.1: only WebSockets have allowedOrigins',
      'mqtt://127.0.0.1: only Unix sockets have a fileMode',
    ]);
    expect(mistakes({ file: file("{ url: 'unix:///x', fileMode: 0660 }") })).not.toEqual([]);
    expect(mistakes({ file: file("{ url: 'mqtt://127.0.0.1', proxyProtocol: maybe }") })).not.toEqual([]);
    expect(mistakes({ args: ['--tls-cert', 'a', '--tls-key', 'b', '--tls-crl', 'c'] })).toEqual(
      expect.arrayContaining([expect.stringContaining('tls.crl needs tls.ca')]),
    );
  });

  it('a certificate that does not work is found before anything listens', () => {
    const { path, put } = folder(PAIR);
    put('a.key', 'client.key');
    const args = ['--listen', 'mqtts://127.0.0.1:0', '--tls-cert', `${path}/a.crt`, '--tls-key', `${path}/a.key`];
    expect(() => listenerPlans(load({ args }))).toThrow(/mqtts:\/\/127\.0\.0\.1:0: the TLS options do not work/);
    const missing = [...args.slice(0, 3), `${path}/none.crt`, ...args.slice(4)];
    expect(() => listenerPlans(load({ args: missing }))).toThrow(/--tls-cert .*none\.crt: ENOENT/);
  });
});

it('the example of docs/guide/tls.md is a configuration', () => {
  const guide = readFileSync(new URL('../../../../docs/guide/tls.md', import.meta.url), 'utf8');
  const [, file = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
  expect(mistakes({ file })).toEqual([]);
  expect(load({ file }).listeners.map(({ url }) => new URL(url).protocol)).toEqual(['mqtts:', 'mqtt:', 'ws:', 'unix:']);
});

describe('a reload of certificates', () => {
  it('takes new files for new connections, and leaves everything when one is wrong', async () => {
    const { path, put } = folder(PAIR);
    const args = ['--listen', 'mqtts://127.0.0.1:0', '--tls-cert', `${path}/a.crt`, '--tls-key', `${path}/a.key`];
    const configuration = load({ args });
    const broker = new Broker({ systemTopicsIntervalMs: 0 });
    onTestFinished(() => broker.close());
    const [plan] = listenerPlans(configuration);
    const listener = await broker.listen(plan!.url, plan!.options);
    const reloader = certificateReloader(new Map([[plan!.url, listener]]));
    const serial = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const port = Number(new URL(listener.url).port);
        const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    const before = await serial();
    put('a.crt', 'renewed-server.crt');
    expect(() => reloader.prepare(configuration)).toThrow(/TLS options do not work/);
    expect(await serial()).toBe(before);
    put('a.key', 'renewed-server.key');
    const putIntoForce = await reloader.prepare(configuration);
    expect(await serial()).toBe(before);
    putIntoForce();
    expect(await serial()).toBe('07D1');
    writeFileSync(join(path, 'a.crt'), 'nothing');
    expect(() => reloader.prepare(configuration)).toThrow();
    expect(await serial()).toBe('07D1');
  });
});
