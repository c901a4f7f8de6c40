import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { listen } from '../../src/transport/listen.ts';
import { bytesOf, Recorder, resetPeer, turns } from './recorder.ts';
import { Arrivals, CLIENT_TLS, certificate, GRACE_MS, SERVER_TLS } from './stage.ts';

const CLIENT_IDENTITY = { cert: certificate('client.crt'), key: certificate('client.key') };
const STRANGER = { cert: certificate('stranger.crt'), key: certificate('stranger.key') };
const failing = (code: string) => expect.objectContaining({ name: 'TransportError', code });
const none = (): void => {};

async function finish(...recorders: Recorder[]): Promise<void> {
  for (const { transport } of recorders) transport.destroy();
  await Promise.all(recorders.map((recorder) => recorder.untilClosed()));
}

const portOf = (url: string): number => Number(new URL(url).port);

describe('TLS', () => {
  it.each(['mqtts://localhost:0', 'wss://localhost:0/mqtt'])(
    'shows each side the certificate of the other: %s',
    async (url) => {
      const arrivals = await Arrivals.at(url, { tls: { ...SERVER_TLS, ca: certificate('ca.crt'), requestCert: true } });
      const client = Recorder.start(
        await connect(arrivals.listener.url, { tls: { ...CLIENT_TLS, ...CLIENT_IDENTITY } }),
      );
      const server = Recorder.start(await arrivals.next());
      expect(server.transport.peerCertificate()).toMatchObject({
        subject: 'O=Signalbox tests, OU=Devices, CN=device-1',
        commonName: 'device-1',
        issuer: 'O=Signalbox tests, CN=Test CA',
        subjectAltName: 'URI:urn:signalbox:device-1',
        serialNumber: '03EA',
      });
      expect(client.transport.peerCertificate()?.commonName).toBe('localhost');
      expect(client.transport.peerCertificate()?.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      await finish(client, server);
      await arrivals.listener.close();
    },
  );

  it('shows no certificate that is missing or not verified', async () => {
    const options = { ...SERVER_TLS, ca: certificate('ca.crt'), requestCert: true, rejectUnauthorized: false };
    const arrivals = await Arrivals.at('mqtts://localhost:0', { tls: options });
    for (const identity of [{}, STRANGER]) {
      const client = Recorder.start(await connect(arrivals.listener.url, { tls: { ...CLIENT_TLS, ...identity } }));
      const server = Recorder.start(await arrivals.next());
      expect(server.transport.peerCertificate()).toBeUndefined();
      await finish(client, server);
    }
    await arrivals.listener.close();
  });

  it('refuses clients without a certificate of the authority when one is asked for', async () => {
    const arrivals = await Arrivals.at('mqtts://localhost:0', {
      tls: { ...SERVER_TLS, ca: certificate('ca.crt'), requestCert: true },
    });
    for (const identity of [{}, STRANGER]) {
      // In TLS 1.3 a client is connected before the server has looked at its certificate.
      const client = Recorder.start(await connect(arrivals.listener.url, { tls: { ...CLIENT_TLS, ...identity } }));
      await client.untilClosed();
      expect(client.received).toBe(0);
    }
    await turns();
    expect([arrivals.listener.connections, arrivals.listener.failedHandshakes]).toEqual([0, 2]);
    await arrivals.listener.close();
  });

  it('refuses a server whose certificate is not trusted, or is for another name', async () => {
    const listener = await listen('mqtts://localhost:0', { tls: SERVER_TLS }, none);
    const wrongName = { ...CLIENT_TLS, servername: 'elsewhere.example' };
    await expect(connect(listener.url)).rejects.toEqual(failing('TLS_FAILED'));
    await expect(connect(listener.url, { tls: { ca: certificate('stranger-ca.crt') } })).rejects.toEqual(
      failing('TLS_FAILED'),
    );
    await expect(connect(listener.url, { tls: wrongName })).rejects.toEqual(failing('TLS_FAILED'));
    await listener.close();
  });

  it('checks an IP address against the certificate', async () => {
    const arrivals = await Arrivals.at('mqtts://127.0.0.1:0', { tls: SERVER_TLS });
    const client = Recorder.start(await connect(arrivals.listener.url, { tls: CLIENT_TLS }));
    await finish(client, Recorder.start(await arrivals.next()));
    await arrivals.listener.close();
  });

  it('obeys the versions it is given', async () => {
    const listener = await listen('mqtts://localhost:0', { tls: { ...SERVER_TLS, minVersion: 'TLSv1.3' } }, none);
    const old = connect(listener.url, { tls: { ...CLIENT_TLS, maxVersion: 'TLSv1.2' } });
    await expect(old).rejects.toEqual(failing('TLS_FAILED'));
    await listener.close();
  });

  it('agrees on mqtt by ALPN, does not demand it, and refuses other protocols', async () => {
    const arrivals = await Arrivals.at('mqtts://localhost:0', { tls: SERVER_TLS });
    const attempt = (ALPNProtocols?: string[]): Promise<string | false | null> =>
      new Promise((resolve, reject) => {
        const options = { ...CLIENT_TLS, servername: 'localhost', ...(ALPNProtocols && { ALPNProtocols }) };
        const socket = tls.connect(portOf(arrivals.listener.url), 'localhost', options);
        socket.on('error', reject);
        socket.on('secureConnect', () => {
          resolve(socket.alpnProtocol);
          socket.end();
        });
      });
    expect(await attempt(['h2', 'mqtt'])).toBe('mqtt');
    expect(await attempt()).toBe(false);
    await expect(attempt(['http/1.1'])).rejects.toThrow();
    await finish(Recorder.start(await arrivals.next()), Recorder.start(await arrivals.next()));
    await arrivals.listener.close();
  });

  it.each([
    ['mqtts', 'mqtt'],
    ['wss', 'http/1.1'],
  ])('offers another protocol by ALPN if it is told to: %s', async (scheme, usual) => {
    const server = tls.createServer({ ...SERVER_TLS, ALPNProtocols: ['x-amzn-mqtt-ca', 'mqtt', 'http/1.1'] });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const url = `${scheme}://localhost:${(server.address() as net.AddressInfo).port}`;
    const agreed = async (options: { readonly alpnProtocols?: string[] }): Promise<unknown> => {
      const accepted = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
      const attempt = connect(url, { tls: { ...CLIENT_TLS, ...options } }).catch(none);
      const [socket] = await accepted;
      socket.on('error', none).destroy();
      (await attempt)?.destroy();
      return socket.alpnProtocol;
    };
    expect(await agreed({})).toBe(usual);
    expect(await agreed({ alpnProtocols: ['x-amzn-mqtt-ca'] })).toBe('x-amzn-mqtt-ca');
    await new Promise((resolve) => server.close(resolve));
  });

  it('lets slow and broken handshakes hold up nobody, and ends them', async () => {
    const arrivals = await Arrivals.at('mqtts://localhost:0', { tls: SERVER_TLS, handshakeTimeoutMs: 1_000 });
    const { listener } = arrivals;
    const open = (): net.Socket => net.connect(portOf(listener.url), 'localhost').on('error', none).resume();
    const stuck = Array.from({ length: 20 }, open);
    const hello = Buffer.from('1603010200010001fc0303', 'hex');
    for (const [number, socket] of stuck.entries()) socket.write(hello.subarray(0, number % hello.length));
    const garbage = open();
    garbage.write('GET / HTTP/1.1\r\n\r\n');
    const client = Recorder.start(await connect(listener.url, { tls: CLIENT_TLS }));
    const server = Recorder.start(await arrivals.next());
    expect(stuck.filter(({ destroyed }) => destroyed)).toEqual([]);
    const closed = (socket: net.Socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve));
    await Promise.all([...stuck, garbage].map(closed));
    await turns();
    expect([listener.connections, listener.failedHandshakes]).toEqual([1, 21]);
    await finish(client, server);
    await listener.close();
  });

  it('closes with the error when the peer resets', async () => {
    const arrivals = await Arrivals.at('mqtts://localhost:0', { tls: SERVER_TLS, graceMs: GRACE_MS });
    const raw = net.connect(portOf(arrivals.listener.url), 'localhost');
    const client = tls.connect({ ...CLIENT_TLS, socket: raw, servername: 'localhost' }).on('error', none);
    const server = Recorder.start(await arrivals.next());
    const received = new Promise((resolve) => client.once('data', resolve));
    server.transport.write(bytesOf('ready'));
    await received;
    await resetPeer(raw, server);
    expect([server.closes, (server.error as NodeJS.ErrnoException).code]).toEqual([1, 'ECONNRESET']);
    await arrivals.listener.close();
  });

  it('survives peers that reset the moment the handshake is through', async () => {
    const arrivals = await Arrivals.at('mqtts://localhost:0', { tls: SERVER_TLS });
    const { listener } = arrivals;
    for (let count = 0; count < 5; count++) {
      const raw = net.connect(portOf(listener.url), 'localhost').on('error', none);
      const secure = tls.connect({ ...CLIENT_TLS, socket: raw, servername: 'localhost' }).on('error', none);
      await once(secure, 'secureConnect');
      await new Promise((resolve) => setImmediate(resolve)); // the last of it has left, and has not been read
      raw.resetAndDestroy();
    }
    const client = Recorder.start(await connect(listener.url, { tls: CLIENT_TLS }));
    const server = Recorder.start(await arrivals.next());
    await finish(client, server);
    await expect.poll(() => listener.connections).toBe(0);
    await listener.close();
  });

  it('tells what is wrong with its options', async () => {
    const attempt = (options: object) => listen('mqtts://localhost:0', { tls: options }, none);
    await expect(listen('mqtts://localhost:0', {}, none)).rejects.toEqual(failing('TLS_OPTIONS'));
    await expect(attempt({ cert: certificate('server.crt') })).rejects.toEqual(failing('TLS_OPTIONS'));
    await expect(attempt({ ...SERVER_TLS, key: 'no key' })).rejects.toEqual(failing('TLS_OPTIONS'));
    await expect(attempt({ ...SERVER_TLS, key: CLIENT_IDENTITY.key })).rejects.toThrow(/mqtts:\/\/localhost:0/);
  });
});
