// Against OpenSSL's own client and server, both ways: every key type, mutual certificates, shared keys, and refusals.
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
const KEY_TYPES = ['ec', 'ec384', 'rsa', 'ed25519'] as const;

afterAll(() => files[Symbol.dispose]());

function serverProgram(port: number, ...args: readonly string[]): Program {
  return new Program('openssl', ['s_server', '-dtls1_2', '-accept', `127.0.0.1:${port}`, ...args]);
}

function clientProgram(port: number, ...args: readonly string[]): Program {
  return new Program('openssl', [
    's_client',
    '-dtls1_2',
    '-connect',
    `127.0.0.1:${port}`,
    '-servername',
    HOST,
    ...args,
  ]);
}

const missing = ['openssl'].filter((program) => !isInstalled(program));

describe.runIf(isPossible('DTLS against OpenSSL', missing))('our client and openssl s_server', () => {
  it.each(KEY_TYPES)('certificates of both, keys of type %s; data both ways; a good-bye', async (keyType) => {
    // OpenSSL 3.0 has Ed25519 for servers in TLS only (ssl_set_masks): with DTLS the client alone has such a key.
    const serverKey = keyType === 'ed25519' ? 'ec' : keyType;
    const own = files.write(`server-${keyType}`, serverCertificate(serverKey));
    const port = await freeUdpPort();
    const args = ['-cert', own.cert, '-key', own.key, '-CAfile', authority, '-Verify', '1', '-verify_return_error'];
    await using server = serverProgram(port, ...args, '-listen');
    await server.shows(/ACCEPT/);
    await using client = await dtlsClient(port, { ca: AUTHORITY.cert, ...clientCertificate(keyType).pem });
    const { session } = await client.told.until(({ session, isClosed }) => session !== undefined || isClosed);
    expect([client.told.error, session?.isPeerTrusted]).toEqual([undefined, true]);
    client.link.send(Buffer.from('from us\n'));
    await server.shows(/from us/);
    server.write('from openssl\n');
    await client.told.until(({ text }) => text.includes('from openssl'));
    client.link.close();
    expect(await client.told.until(({ isClosed }) => isClosed)).toMatchObject({ error: undefined });
    await server.shows(/DONE/);
  });

  it('without a cookie asked for', async () => {
    const own = files.write('server', serverCertificate());
    const port = await freeUdpPort();
    await using server = serverProgram(port, '-cert', own.cert, '-key', own.key);
    await server.shows(/ACCEPT/);
    await using client = await dtlsClient(port, { ca: AUTHORITY.cert });
    await client.told.until(({ session }) => session !== undefined);
  });

  it.each(['PSK-AES128-GCM-SHA256', 'PSK-AES256-GCM-SHA384'])('a shared key and %s', async (cipher) => {
    const port = await freeUdpPort();
    const args = ['-nocert', '-psk', key.toString('hex'), '-psk_identity', psk.identity, '-cipher', cipher];
    await using server = serverProgram(port, ...args, '-psk_hint', 'any');
    await server.shows(/ACCEPT/);
    await using client = await dtlsClient(port, { psk });
    const { session } = await client.told.until((told) => told.session !== undefined);
    expect(session?.cipherSuite).toBe(`TLS_${cipher.replaceAll('-', '_').replace(/AES(\d+)/, 'WITH_AES_$1')}`);
  });

  it('refuses a server of a stranger, another host, and one without forward secrecy', async () => {
    const stranger = issue({ name: 'stranger', isAuthority: true });
    const wrong = [
      { own: issue({ name: 'foreign', issuer: stranger, hosts: [HOST] }), args: [], code: 'UNKNOWN_CA' },
      { own: issue({ name: 'elsewhere', issuer: AUTHORITY, hosts: ['other.example'] }), args: [], code: 'WRONG_HOST' },
      { own: serverCertificate('rsa'), args: ['-cipher', 'AES128-GCM-SHA256'], code: 'PEER_ALERT' },
    ];
    for (const { own, args, code } of wrong) {
      const paths = files.write('wrong', own);
      const port = await freeUdpPort();
      await using server = serverProgram(port, '-cert', paths.cert, '-key', paths.key, ...args);
      await server.shows(/ACCEPT/);
      await using client = await dtlsClient(port, { ca: AUTHORITY.cert });
      const { error } = await client.told.until(({ isClosed }) => isClosed);
      expect(error?.code).toBe(code);
    }
  });
});

describe.runIf(missing.length === 0)('openssl s_client and our server', () => {
  it.each(KEY_TYPES)('certificates of both, keys of type %s; data both ways; a good-bye', async (keyType) => {
    const own = files.write(`client-${keyType}`, clientCertificate(keyType));
    await using server = await dtlsServer({
      ...serverCertificate(keyType).pem,
      ca: AUTHORITY.cert,
      requestCert: true,
    });
    const args = ['-CAfile', authority, '-verify_return_error', '-cert', own.cert, '-key', own.key];
    await using client = clientProgram(server.port, ...args, '-verify_hostname', HOST);
    const { link, told } = await server.next();
    expect(told.session).toMatchObject({ isPeerTrusted: true, serverName: HOST });
    expect(told.session?.peerChain.length).toBeGreaterThan(0);
    await client.shows(/Verify return code: 0 \(ok\)/);
    await client.shows(/Extended master secret: yes/);
    link.send(Buffer.from('from us\n'));
    await client.shows(/from us/);
    client.write('from openssl\n');
    await told.until(({ text }) => text.includes('from openssl'));
    client.write('Q\n');
    expect(await told.until(({ isClosed }) => isClosed)).toMatchObject({ error: undefined });
  });

  it.each(['X25519', 'P-256', 'P-384'])('the group %s', async (group) => {
    // An elliptic certificate would have to be of the same group.
    await using server = await dtlsServer(serverCertificate('rsa').pem);
    await using client = clientProgram(server.port, '-CAfile', authority, '-groups', group);
    await client.shows(/Verify return code: 0 \(ok\)/);
    await server.next();
  });

  it.each(['PSK-AES128-GCM-SHA256', 'PSK-AES256-GCM-SHA384'])('a shared key and %s', async (cipher) => {
    await using server = await dtlsServer({ psk });
    const args = ['-psk', key.toString('hex'), '-psk_identity', psk.identity, '-cipher', cipher];
    await using client = clientProgram(server.port, ...args);
    const { told } = await server.next();
    expect(told.session?.pskIdentity).toEqual(new Uint8Array(Buffer.from(psk.identity)));
    await client.shows(new RegExp(`Cipher is ${cipher}`));
  });

  it('tells what is wrong by the alert: no certificate, no such key, no suite, no version', async () => {
    await using server = await dtlsServer({ ...serverCertificate().pem, ca: AUTHORITY.cert, requestCert: true, psk });
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /handshake failure/],
      [
        ['-psk', 'aa'.repeat(16), '-psk_identity', 'nobody', '-cipher', 'PSK-AES128-GCM-SHA256'],
        /unknown psk identity/,
      ],
      [['-cipher', 'ECDHE-ECDSA-AES128-SHA'], /handshake failure/],
    ];
    for (const [args, alert] of wrong) {
      await using client = clientProgram(server.port, ...args);
      await client.shows(alert);
    }
  });

  it('renegotiation is refused; OpenSSL gives up then', async () => {
    await using server = await dtlsServer(serverCertificate().pem);
    await using client = clientProgram(server.port, '-CAfile', authority);
    const { told } = await server.next();
    await client.shows(/Verify return code/);
    client.write('R\n');
    await client.shows(/no renegotiation/);
    expect(await told.until(({ isClosed }) => isClosed)).toMatchObject({ error: { code: 'PEER_ALERT' } });
  });
});
