// How pub, sub and rr reach a server, and who they are there.
import { createPrivateKey } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { deriveScramKeys, scramMethod } from 'signalbox/access';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLIENT, pathOf, TLS } from './certificates.ts';
import { signalbox, signalboxWith } from './command.ts';
import { folder, start } from './messaging-support.ts';

/** An HTTP proxy that knows CONNECT alone, and the addresses it was asked for. */
async function startProxy(): Promise<{ readonly url: string; readonly targets: readonly string[] }> {
  const targets: string[] = [];
  const server = createHttpServer();
  server.on('connect', (request, client) => {
    const { hostname, port } = new URL(`http://${request.url}`);
    if (hostname !== '127.0.0.1') {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    targets.push(request.url!);
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    for (const socket of [client, target]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets };
}

describe('the server', () => {
  it('is a URL with a topic, host and port, or a variable', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    for (const args of [
      ['-L', `${url}/a`, '-r'],
      ['-h', '127.0.0.1', '-p', port, '-t', 'b', '-r'],
    ]) {
      expect(await signalbox('pub', '-m', 'x', ...args).ended).toEqual({ code: 0, stdout: '', stderr: '' });
    }
    const sub = signalboxWith({ env: { SIGNALBOX_URL: url } }, 'sub', '#', '-C', '2', '-v', '-T', '$SYS/#');
    expect((await sub.ended).stdout.split('\n').sort()).toEqual(['', 'a x', 'b x']);
  });

  it('is a Unix socket', async () => {
    const file = join(folder(), 'a b.sock');
    await start({}, `unix://${file.replace(' ', '%20')}`);
    expect(await signalbox('pub', '--unix', file, '-t', 'a', '-m', 'x', '-q', '1').ended).toMatchObject({ code: 0 });
  });

  it('is reached over WebSocket, with headers', async () => {
    const { url } = await start({}, 'ws://127.0.0.1:0/mqtt');
    const { port } = new URL(url);
    const args = ['pub', '-t', 'a', '-m', 'x', '-q', '1', '--header', 'X-Test: yes'];
    expect((await signalbox(...args, '-L', url).ended).code).toBe(0);
    expect((await signalbox(...args, '--protocol', 'ws', '-p', port).ended).code).toBe(0);
    const other = await signalbox(...args, '--protocol', 'ws', '-p', port, '--path', '/other').ended;
    expect(other.stderr).toMatch(/^signalbox: cannot connect to ws:[^\n]*404[^\n]*\n$/);
    expect(other.code).toBe(2);
  });

  it.each(['mqtts://127.0.0.1:0', 'wss://127.0.0.1:0/mqtt'])('is verified over TLS: %s', async (address) => {
    const { url } = await start({}, address, TLS);
    const args = ['pub', '-L', url, '-t', 'a', '-m', 'x', '-q', '1'];
    expect(await signalbox(...args, ...CLIENT).ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await signalbox(...args, ...CLIENT, '--tls-version', 'tlsv1.3').ended).code).toBe(0);
    const authorities = folder();
    copyFileSync(pathOf('ca.crt'), join(authorities, 'ours.crt'));
    expect((await signalbox(...args, '--capath', authorities, ...CLIENT.slice(2)).ended).code).toBe(0);
    const ciphers = [
      '--tls-version',
      'tlsv1.2',
      '--ciphers',
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    ];
    expect((await signalbox(...args, ...CLIENT, ...ciphers).ended).code).toBe(0);
    const stranger = await signalbox(...args).ended;
    expect(stranger.stderr).toMatch(/^signalbox: [^\n]*certificate[^\n]*\n$/i);
    expect(stranger.code).toBe(2);
    const elsewhere = await signalbox(...args, ...CLIENT, '--servername', 'other.example').ended;
    expect(elsewhere.code).toBe(2);
    expect((await signalbox(...args, ...CLIENT.slice(2), '--insecure').ended).code).toBe(0);
  });

  it('is reached through a proxy, which sees nothing of TLS', async () => {
    const plain = await start();
    const secure = await start({}, 'mqtts://127.0.0.1:0', TLS);
    const proxy = await startProxy();
    const args = ['pub', '-t', 'a', '-m', 'x', '-q', '1', '--proxy', proxy.url];
    expect(await signalbox(...args, '-L', plain.url).ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await signalbox(...args, '-L', secure.url, ...CLIENT).ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(proxy.targets).toEqual([plain, secure].map(({ url }) => new URL(url).host));
    const nowhere = await signalbox(...args, '-h', 'nowhere.invalid').ended;
    expect(nowhere.stderr).toMatch(
      /^signalbox: cannot connect to mqtt:\/\/nowhere\.invalid through the proxy [^\n]+\n$/,
    );
    expect(nowhere.code).toBe(2);
  });

  it('takes a private key with a password', async () => {
    const { url } = await start({}, 'mqtts://127.0.0.1:0', TLS);
    const where = folder();
    const [key, password] = [join(where, 'key'), join(where, 'password')];
    const plain = createPrivateKey(readFileSync(pathOf('client.key')));
    writeFileSync(key, plain.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }));
    writeFileSync(password, 'secret\n');
    const args = ['pub', '-L', url, '-t', 'a', '-m', 'x', '-q', '1', ...CLIENT.slice(0, 4), '--key', key];
    expect(await signalbox(...args, '--key-password-file', password).ended).toMatchObject({ code: 0, stderr: '' });
    const without = await signalbox(...args).ended;
    expect(without.stderr).toMatch(/^signalbox: [^\n]+\n$/);
    expect(without.code).toBe(1);
  });

  it('gets TLS when an option of it is there', async () => {
    const { url } = await start({}, 'mqtts://127.0.0.1:0', TLS);
    const where = ['-h', '127.0.0.1', '-p', new URL(url).port];
    expect((await signalbox('pub', ...where, ...CLIENT, '-t', 'a', '-m', 'x', '-q', '1').ended).code).toBe(0);
  });
});

describe('who we are', () => {
  const hooks = {
    authenticate: (
      _: unknown,
      { username, password }: { username: string | undefined; password: Uint8Array | undefined },
    ) => username === 'me' && Buffer.from(password ?? '').toString() === 'secret',
  };

  it('is a name and a password: of the URL, an option, a file or a variable', async () => {
    const { url } = await start({ hooks });
    const file = join(folder(), 'password');
    writeFileSync(file, 'secret\n');
    const args = ['-t', 'a', '-m', 'x', '-q', '1'];
    const pub = (...more: string[]) => signalbox('pub', '-L', url, ...args, ...more).ended;
    expect(await pub('-u', 'me', '-P', 'secret')).toMatchObject({ code: 0 });
    expect(await pub('-u', 'me', '--password-file', file)).toMatchObject({ code: 0 });
    expect(await signalbox('pub', '-L', url.replace('//', '//me:secret@'), ...args).ended).toMatchObject({ code: 0 });
    const env = { SIGNALBOX_USERNAME: 'me', SIGNALBOX_PASSWORD: 'secret', SIGNALBOX_URL: url };
    expect(await signalboxWith({ env }, 'pub', ...args).ended).toMatchObject({ code: 0 });
    const wrong = await pub('-u', 'me', '-P', 'wrong');
    expect(wrong.stderr).toMatch(/^signalbox: the connection was refused: NotAuthorized[^\n]*\n$/);
    expect(wrong.code).toBe(3);
  });

  it('is proved by SCRAM, and the password stays here', async () => {
    const keys = deriveScramKeys('secret', { iterations: 4_096 });
    const keysOf = (username: string) => ({ keys, exists: username === 'me' });
    const { url } = await start({
      hooks: { authenticationMethods: [scramMethod({ keysOf })], authenticate: () => false },
    });
    const args = ['pub', '-L', url, '-t', 'a', '-m', 'x', '-q', '1', '-u', 'me', '--scram', '-d'];
    const { code, stderr } = await signalbox(...args, '-P', 'secret').ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/→ AUTH/);
    expect(stderr).not.toContain('secret');
    expect((await signalbox(...args, '-P', 'wrong').ended).code).toBe(3);
  });

  it('never appears with -d', async () => {
    const { url } = await start({ hooks });
    const { code, stderr } = await signalbox(
      ...['pub', '-L', url, '-u', 'me', '-P', 'secret', '-t', 'a', '-m', 'x', '-d'],
    ).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/→ CONNECT .*username="me"/);
    expect(stderr).not.toContain('secret');
  });

  it('is a session that is there again, until -U ends the subscription', async () => {
    const setting = await start();
    const mine = ['-i', 'worker', '-c', '-q', '1'];
    expect((await (await setting.sub('-t', 'a', '-E', ...mine)).ended).code).toBe(0);
    for (const text of ['one', 'two', 'three']) await setting.pub('-t', 'a', '-m', text, '-q', '1');
    expect((await (await setting.sub('-t', 'a', '-C', '2', ...mine)).ended).stdout).toBe('one\ntwo\n');
    const ended = await signalbox('sub', '-L', setting.url, '-U', 'a', '-d', ...mine).ended;
    expect(ended.stderr).toMatch(/← UNSUBACK .*reasonCodes=\[0\]/);
    await setting.pub('-t', 'a', '-m', 'four', '-q', '1');
    const rest = await setting.sub('-t', 'b', '-C', '1', ...mine);
    await setting.pub('-t', 'b', '-m', 'five', '-q', '1');
    expect((await rest.ended).stdout).toBe('five\n');
  });

  it('is a session of which nothing is lost, however much waited in it', async () => {
    const setting = await start();
    const mine = ['-t', 'a', '-i', 'worker', '-c', '-q', '1'];
    await (await setting.sub('-E', ...mine)).ended;
    const numbers = Array.from({ length: 3_000 }, (_, i) => `${i}\n`).join('');
    expect((await setting.pubOf(numbers, '-t', 'a', '-l', '-q', '1')).code).toBe(0);
    const { code, stdout } = await signalbox('sub', '-L', setting.url, ...mine, '-C', '3000').ended;
    expect(code).toBe(0);
    expect(stdout).toBe(numbers);
  });

  it('has a will, with properties', async () => {
    const setting = await start();
    const heirs = await setting.sub('-t', 'wills', '-C', '1', '-F', '%p %q %C');
    const mortal = await setting.sub(
      ...['-t', 'x', '-i', 'mortal', '--will-topic', 'wills', '--will-payload', 'gone', '--will-qos', '1'],
      ...['-D', 'will', 'content-type', 'text/plain'],
    );
    mortal.kill('SIGKILL');
    expect((await heirs.ended).stdout).toBe('gone 0 text/plain\n');
  });

  it('takes leave with properties', async () => {
    const setting = await start();
    const { stderr } = await setting.pub(
      ...['-t', 'a', '-m', 'x', '-d', '-D', 'disconnect', 'user-property', 'why', 'done', '-x', '60'],
    );
    expect(stderr).toMatch(/→ CONNECT .*"sessionExpiryInterval":60/);
    expect(stderr).toMatch(/→ DISCONNECT properties=\{"userProperties":\[\["why","done"\]\]\}/);
  });
});
