// dtls-sctp:// against OpenSSL with usrsctp inside, both ways, with certificates of both.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Carrier } from 'signalbox/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dtlsSctp } from '../../src/index.ts';
import { CertificateFiles, freeUdpPort } from '../support/certificate-files.ts';
import { AUTHORITY, clientCertificate, HOST, serverCertificate } from '../support/dtls-parties.ts';
import { isInstalled, isPossible, Program } from '../support/program.ts';

const SOURCE = fileURLToPath(new URL('dtls-sctp-peer.c', import.meta.url));
const LIBRARIES = ['-lusrsctp', '-lssl', '-lcrypto', '-lpthread'];
const SCTP_PORT = '5000';

const missing = [
  ...['cc'].filter((program) => !isInstalled(program)),
  ...['usrsctp.h', 'openssl/ssl.h'].filter((header) => !existsSync(`/usr/include/${header}`)),
];

const connectOptions = { connectTimeoutMs: 10_000, signal: undefined, tls: undefined };
const listenOptions = {
  maximumConnections: 10,
  maximumHandshakes: 10,
  handshakeTimeoutMs: 10_000,
  tls: undefined,
  isOpening: () => true,
};

/** Everything that comes goes back; resolves when the carrier is closed. */
function echoing(carrier: Carrier): Promise<Error | undefined> {
  return new Promise((resolve) => {
    carrier.start({
      onBytes: (bytes) => carrier.write(bytes.slice()),
      onDrain() {},
      onEnd: () => carrier.end(),
      onClose: resolve,
    });
  });
}

describe.runIf(isPossible('DTLS-SCTP against OpenSSL with usrsctp', missing))('OpenSSL and usrsctp', () => {
  const files = new CertificateFiles();
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-peer-'));
  const peer = join(folder, 'dtls-sctp-peer');
  const authority = files.text('authority.crt', AUTHORITY.cert);

  beforeAll(() => {
    const { status, stderr } = spawnSync('cc', ['-O1', '-o', peer, SOURCE, ...LIBRARIES], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
  afterAll(() => {
    files[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  it('our client and their server: messages of many sizes come back as they were', async () => {
    const own = files.write('server', serverCertificate());
    const port = await freeUdpPort();
    await using server = new Program(peer, ['server', String(port), SCTP_PORT, own.cert, own.key, authority]);
    await server.shows(/listening/);
    const tls = { ca: AUTHORITY.cert, ...clientCertificate().pem, servername: HOST };
    const carrier = await dtlsSctp({ tls }).connect(`dtls-sctp://127.0.0.1:${port}`, connectOptions);
    expect(carrier.peerCertificate()?.commonName).toBe('server ec');
    const sizes = Array.from({ length: 200 }, (_, index) => [1, 2, 100, 1164, 1165, 5000, 100_000][index % 7]!);
    const messages = sizes.map((size, index) => new Uint8Array(size).map((_, at) => index * 31 + at * 7));
    const came: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      carrier.start({
        onBytes(bytes) {
          came.push(Buffer.from(bytes));
          if (came.length === messages.length) resolve();
        },
        onDrain() {},
        onEnd() {},
        onClose: (error) => reject(error ?? new Error('closed before everything came')),
      });
      for (const message of messages) carrier.write(message);
    });
    expect(came.every((bytes, index) => bytes.equals(messages[index]!))).toBe(true);
    carrier.end();
    await server.shows(/ended/);
    expect(await server.ended()).toBe(0);
  });

  it('their client and our server: the same', async () => {
    const own = files.write('client', clientCertificate());
    const tls = { ca: AUTHORITY.cert, ...serverCertificate().pem, requestCert: true };
    let closed: Promise<Error | undefined> | undefined;
    let name: string | undefined;
    const listener = await dtlsSctp({ tls }).listen('dtls-sctp://127.0.0.1:0', listenOptions, (carrier) => {
      name = carrier.peerCertificate()?.commonName;
      closed = echoing(carrier);
    });
    const port = /\d+$/.exec(listener.url)![0];
    await using client = new Program(peer, ['client', port, SCTP_PORT, own.cert, own.key, authority]);
    await client.shows(/250 messages came back as they were/);
    await client.shows(/ended/);
    expect(await client.ended()).toBe(0);
    expect(name).toBe('alice ec');
    expect(await closed).toBe(undefined);
    await listener.close();
  });
});
