// Several certificates by server name, revoked ones of clients, and new ones while connections are open.

import tls from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { listen } from '../../src/transport/listen.ts';
import type { TlsServerOptions } from '../../src/transport/tls-contexts.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { bytesOf, Recorder } from './recorder.ts';
import { Arrivals, certificate, SERVER_TLS } from './stage.ts';

const BOTH_CAS = [certificate('ca.crt'), certificate('revoking-ca.crt')];
const RENEWED = { cert: certificate('renewed-server.crt'), key: certificate('renewed-server.key') };
const OTHER = { cert: certificate('other-server.crt'), key: certificate('other-server.key') };
const DEVICE = { cert: certificate('device-2.crt'), key: certificate('device-2.key') };
const FOR_CLIENTS = { ...SERVER_TLS, ca: certificate('revoking-ca.crt'), requestCert: true };
const NOBODY = certificate('revokes-nobody.crl');
const REVOKED = certificate('revokes-device-2.crl');
const SCHEMES = ['mqtts://localhost:0', 'wss://localhost:0/mqtt'];

async function arrivalsWith(url: string, options: TlsServerOptions): Promise<Arrivals> {
  const arrivals = await Arrivals.at(url, { tls: options });
  onTestFinished(() => arrivals.listener.close());
  return arrivals;
}

/** Serial number of the certificate which a client gets that asks for this name. */
function serialFor(arrivals: Arrivals, servername?: string): Promise<string> {
  const port = Number(new URL(arrivals.listener.url).port);
  return new Promise((resolve, reject) => {
    const name = servername === undefined ? {} : { servername };
    const socket = tls.connect({ host: 'localhost', port, rejectUnauthorized: false, ...name }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** The protocol agreed on with a client that offers these. */
function alpnAt(arrivals: Arrivals, ALPNProtocols: string[]): Promise<string | false | null> {
  const port = Number(new URL(arrivals.listener.url).port);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: 'localhost', port, rejectUnauthorized: false, ALPNProtocols }, () => {
      resolve(socket.alpnProtocol);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Whether a client comes through, TLS 1.3 included, where it learns late that it does not. */
async function isServed(arrivals: Arrivals, identity: object): Promise<boolean> {
  const client = await connect(arrivals.listener.url, { tls: { ca: BOTH_CAS, ...identity } }).catch(() => undefined);
  if (client === undefined) return false;
  const recorder = Recorder.start(client);
  const failed = recorder.untilClosed().then(() => undefined);
  const server: Transport | undefined = await Promise.race([arrivals.next(), failed]);
  client.destroy();
  if (server !== undefined) Recorder.start(server).transport.destroy();
  return server !== undefined;
}

describe('certificates by server name', () => {
  it.each(SCHEMES)('each name has its own, every other name the default: %s', async (url) => {
    const arrivals = await arrivalsWith(url, {
      ...SERVER_TLS,
      certificates: [{ names: ['other.example', '*.wild.example'], ...OTHER }],
    });
    const standard = await serialFor(arrivals);
    expect(await serialFor(arrivals, 'localhost')).toBe(standard);
    expect(standard).not.toBe('07D2');
    for (const name of ['other.example', 'OTHER.example', 'a.wild.example']) {
      expect(await serialFor(arrivals, name), name).toBe('07D2');
    }
    for (const name of ['wild.example', 'a.b.wild.example', 'another.example']) {
      expect(await serialFor(arrivals, name), name).toBe(standard);
    }
  });

  it('what is wrong with one of them is said with its name', async () => {
    const attempt = (certificates: TlsServerOptions['certificates']) =>
      listen('mqtts://localhost:0', { tls: { ...SERVER_TLS, certificates: certificates! } }, () => {});
    const failing = (text: RegExp) =>
      expect.objectContaining({ code: 'TLS_OPTIONS', message: expect.stringMatching(text) });
    await expect(attempt([{ names: ['a.example'], cert: OTHER.cert, key: RENEWED.key }])).rejects.toEqual(
      failing(/a\.example/),
    );
    await expect(attempt([{ names: ['a.*.example'], ...OTHER }])).rejects.toEqual(failing(/a\.\*\.example/));
    await expect(attempt([{ names: ['a', 'A'], ...OTHER }])).rejects.toEqual(failing(/two certificates/));
  });
});

describe('revoked certificates of clients', () => {
  it.each(SCHEMES)('are refused, also under another server name: %s', async (url) => {
    const certificates = [{ names: ['other.example'], ...OTHER }];
    for (const [crl, expected] of [
      [NOBODY, true],
      [REVOKED, false],
      [Buffer.concat([NOBODY, REVOKED]), false],
    ] as const) {
      const arrivals = await arrivalsWith(url, { ...FOR_CLIENTS, certificates, crl });
      expect(await isServed(arrivals, DEVICE)).toBe(expected);
      expect(await isServed(arrivals, { ...DEVICE, servername: 'other.example' })).toBe(expected);
      expect(arrivals.listener.failedHandshakes).toBe(expected ? 0 : 2);
    }
  });

  it('a list that is none, is said', async () => {
    const options = { ...FOR_CLIENTS, crl: 'no list' };
    const expected = expect.objectContaining({ code: 'TLS_OPTIONS' });
    await expect(listen('mqtts://localhost:0', { tls: options }, () => {})).rejects.toEqual(expected);
  });
});

describe('new certificates', () => {
  it.each(SCHEMES)('are for new connections; open ones stay, and ALPN holds: %s', async (url) => {
    const alpn = url.startsWith('wss') ? 'http/1.1' : 'mqtt';
    const arrivals = await arrivalsWith(url, SERVER_TLS);
    const client = Recorder.start(await connect(arrivals.listener.url, { tls: { ca: BOTH_CAS } }));
    const server = Recorder.start(await arrivals.next());
    const before = await serialFor(arrivals, 'localhost');
    arrivals.listener.updateTls({ ...RENEWED, certificates: [{ names: ['other.example'], ...OTHER }] });
    expect(await serialFor(arrivals, 'localhost')).toBe('07D1');
    expect(before).not.toBe('07D1');
    expect(await serialFor(arrivals, 'other.example')).toBe('07D2');
    expect(await alpnAt(arrivals, ['h2', alpn])).toBe(alpn);
    await expect(alpnAt(arrivals, ['h2'])).rejects.toThrow();
    client.transport.write(bytesOf('still here'));
    await server.untilReceived('still here'.length);
    expect([server.closes, client.closes]).toEqual([0, 0]);
    for (const { transport } of [client, server]) transport.destroy();
  });

  it.each(SCHEMES)('that do not work change nothing, and say why: %s', async (url) => {
    const certificates = [{ names: ['other.example'], ...OTHER }];
    const arrivals = await arrivalsWith(url, { ...SERVER_TLS, certificates });
    const { listener } = arrivals;
    const before = await serialFor(arrivals);
    const failing = (text: RegExp) =>
      expect.objectContaining({ code: 'TLS_OPTIONS', message: expect.stringMatching(text) });
    for (const wrong of [
      {},
      { cert: RENEWED.cert },
      { ...RENEWED, key: OTHER.key },
      { ...RENEWED, cert: 'no certificate' },
      { ...RENEWED, ca: 'no certificate' },
      { ...RENEWED, crl: 'no list' },
      { ...RENEWED, certificates: [{ names: ['other.example'], cert: 'none', key: OTHER.key }] },
    ]) {
      let error: unknown;
      try {
        listener.updateTls(wrong);
      } catch (thrown) {
        error = thrown;
      }
      expect(error, JSON.stringify(Object.keys(wrong))).toEqual(failing(/keeps its certificates/));
    }
    expect([await serialFor(arrivals), await serialFor(arrivals, 'other.example')]).toEqual([before, '07D2']);
  });

  it('a new list of revoked certificates holds from then on, also for who wants to resume a session', async () => {
    const arrivals = await arrivalsWith('mqtts://localhost:0', { ...FOR_CLIENTS, crl: NOBODY });
    const { listener } = arrivals;
    const port = Number(new URL(listener.url).port);
    interface Attempt {
      readonly isServed: boolean;
      readonly isReused: boolean;
      readonly session: Buffer | undefined;
    }
    const resume = (session: Buffer | undefined): Promise<Attempt> =>
      new Promise((resolve) => {
        let latest = session;
        // In TLS 1.2 the session is there with the handshake; the tickets of both versions are made with the same keys.
        const options = { host: 'localhost', port, ca: BOTH_CAS, ...DEVICE, maxVersion: 'TLSv1.2' } as const;
        const socket = tls.connect({ ...options, ...(session && { session }) }).resume();
        const settle = (isServed: boolean) => {
          resolve({ isServed, isReused: socket.isSessionReused(), session: latest });
          socket.destroy();
        };
        socket.on('session', (given) => {
          latest = given;
        });
        socket.on('error', () => settle(false));
        socket.on('close', () => settle(false));
        void arrivals.next().then((server) => {
          Recorder.start(server);
          server.write(bytesOf('welcome'));
        });
        socket.once('data', () => settle(true));
      });
    const first = await resume(undefined);
    expect([first.isServed, first.session instanceof Buffer]).toEqual([true, true]);
    const again = await resume(first.session);
    expect([again.isServed, again.isReused]).toEqual([true, true]);
    listener.updateTls({ ...FOR_CLIENTS, crl: REVOKED });
    expect((await resume(again.session)).isServed).toBe(false);
    expect(listener.failedHandshakes).toBe(1);
  });

  it('there are none where there is no TLS', async () => {
    const listener = await listen('mqtt://127.0.0.1:0', {}, () => {});
    onTestFinished(() => listener.close());
    expect(() => listener.updateTls(SERVER_TLS)).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }));
  });
});
