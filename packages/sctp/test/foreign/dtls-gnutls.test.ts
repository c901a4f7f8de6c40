// Against GnuTLS's own client and server, both ways, with certificates of both and with shared keys.
import { afterAll, describe, expect, it } from 'vitest';
import { CertificateFiles, freeUdpPort } from '../support/certificate-files.ts';
import { issue } from '../support/certificates.ts';
import { AUTHORITY, clientCertificate, HOST, serverCertificate } from '../support/dtls-parties.ts';
import { dtlsClient, dtlsServer } from '../support/dtls-sides.ts';
import { isInstalled, isPossible, Program } from '../support/program.ts';

const files = new CertificateFiles();
const authority = files.write('authority', AUTHORITY).cert;
const key = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const psk = { identity: 'lamp-1', key };
/** The words before `done` are written before there is a socket. */
const LISTENING = /IPv4 .*\.\.\.done/;
const KEY_TYPES = ['ec', 'ec384', 'rsa', 'ed25519'] as const;
/** Neither GnuTLS nor OpenSSL has ECDHE-PSK with AES-GCM (RFC 8442): that is tested with two of ours only. */
const BY_PSK = ['--priority', 'NORMAL:-VERS-ALL:+VERS-DTLS1.2:-KX-ALL:+PSK'];

afterAll(() => files[Symbol.dispose]());

function serverProgram(port: number, ...args: readonly string[]): Program {
  return new Program('gnutls-serv', ['--udp', '--echo', '--port', String(port), ...args]);
}

function clientProgram(port: number, ...args: readonly string[]): Program {
  return new Program('gnutls-cli', ['--udp', '--port', String(port), ...args, '127.0.0.1']);
}

const missing = ['gnutls-serv', 'gnutls-cli'].filter((program) => !isInstalled(program));

describe.runIf(isPossible('DTLS against GnuTLS', missing))('our client and gnutls-serv', () => {
  it.each(KEY_TYPES)('certificates of both, keys of type %s; what is sent comes back', async (keyType) => {
    const own = files.write(`server-${keyType}`, serverCertificate(keyType));
    const args = ['--x509certfile', own.cert, '--x509keyfile', own.key, '--x509cafile', authority];
    const port = await freeUdpPort();
    await using server = serverProgram(port, ...args, '--require-client-cert', '--verify-client-cert');
    await server.shows(LISTENING);
    await using client = await dtlsClient(port, { ca: AUTHORITY.cert, ...clientCertificate(keyType).pem });
    await client.told.until(({ session, isClosed }) => session !== undefined || isClosed);
    expect([client.told.error, client.told.session?.isPeerTrusted]).toEqual([undefined, true]);
    client.link.send(Buffer.from('from us\n'));
    await client.told.until(({ text }) => text.includes('from us'));
  });

  it('a shared key', async () => {
    const port = await freeUdpPort();
    const passwords = files.text('passwords', `${psk.identity}:${key.toString('hex')}\n`);
    await using server = serverProgram(port, '--pskpasswd', passwords, ...BY_PSK);
    await server.shows(LISTENING);
    await using client = await dtlsClient(port, { psk });
    const { session } = await client.told.until((told) => told.session !== undefined);
    expect(session?.cipherSuite).toContain('TLS_PSK');
    client.link.send(Buffer.from('from us\n'));
    await client.told.until(({ text }) => text.includes('from us'));
  });
});

describe.runIf(missing.length === 0)('gnutls-cli and our server', () => {
  it.each(KEY_TYPES)('certificates of both, keys of type %s; data both ways', async (keyType) => {
    const own = files.write(`client-${keyType}`, clientCertificate(keyType));
    const tls = { ...serverCertificate(keyType).pem, ca: AUTHORITY.cert, requestCert: true };
    await using server = await dtlsServer(tls);
    const args = ['--x509cafile', authority, '--x509certfile', own.cert, '--x509keyfile', own.key];
    await using client = clientProgram(server.port, ...args, '--verify-hostname', HOST, '--sni-hostname', HOST);
    const { link, told } = await server.next();
    expect(told.session).toMatchObject({ isPeerTrusted: true, serverName: HOST });
    await client.shows(/Handshake was completed/);
    client.write('from gnutls\n');
    await told.until(({ text }) => text.includes('from gnutls'));
    link.send(Buffer.from('from us\n'));
    await client.shows(/from us/);
  });

  it('a shared key', async () => {
    await using server = await dtlsServer({ psk });
    const args = ['--pskusername', psk.identity, '--pskkey', key.toString('hex')];
    await using client = clientProgram(server.port, ...args, ...BY_PSK);
    const { told } = await server.next();
    expect(told.session?.cipherSuite).toContain('TLS_PSK');
    await client.shows(/Handshake was completed/);
  });

  it('a client that trusts somebody else ends it, and says why', async () => {
    await using server = await dtlsServer(serverCertificate().pem);
    const stranger = files.write('stranger', issue({ name: 'stranger', isAuthority: true }));
    await using client = clientProgram(server.port, '--x509cafile', stranger.cert, '--sni-hostname', HOST);
    await client.shows(/issuer is unknown|NOT trusted/i);
  });
});
