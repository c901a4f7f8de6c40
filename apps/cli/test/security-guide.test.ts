// docs/guide/security.md as it stands: its commands are run, and its rules do what the text says of them.

import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AccessControl, Acl, PasswordUsers, scramMethod } from '../../../packages/signalbox/src/access/index.ts';
import { Broker } from '../../../packages/signalbox/src/broker/index.ts';
import { connect } from '../../../packages/signalbox/src/transport/connect.ts';
import { TestClient } from '../../../packages/signalbox/test/support/test-client.ts';
import { type Command, signalbox } from './command.ts';

const GUIDE = readFileSync(new URL('../../../docs/guide/security.md', import.meta.url), 'utf8');
const BIN = fileURLToPath(new URL('../bin/signalbox.js', import.meta.url));
const blocks = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code!);
const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
const CERTIFICATES = new URL('../../../packages/signalbox/test/support/certificates/', import.meta.url);

/** A folder with what the guide has made by then. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-guide-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const command of commands.filter((each) => each.startsWith('signalbox passwd'))) {
    const args = [...command.split(' ').slice(1), '--password-stdin', '--scram-iterations', '4096'];
    const { status } = spawnSync(process.execPath, [BIN, ...args], { cwd: path, input: 'secret\n' });
    expect(status, command).toBe(0);
  }
  writeFileSync(join(path, 'rules.acl'), blocks('acl')[0]!);
  for (const name of ['server.crt', 'server.key', 'ca.crt'])
    writeFileSync(join(path, name), readFileSync(new URL(name, CERTIFICATES)));
  return path;
}

/** Starts the broker as the guide does, with free ports on loopback and the files in the folder. */
function start(command: string, path: string): Command {
  const args = command
    .replace(/\b0\.0\.0\.0:\d+/, '127.0.0.1:0')
    .replaceAll("'", '') // as a shell reads them
    .split(' ')
    .slice(1)
    .map((word) => (/^(passwords|rules\.acl|server\.\w+|ca\.crt|issuer\.pem)$/.test(word) ? join(path, word) : word));
  return signalbox(...args, '--data', 'memory:');
}

async function client(
  url: string,
  options: { username?: string; password?: string; clientId?: string },
  tls?: object,
): Promise<TestClient> {
  const transport = await connect(url, tls === undefined ? {} : { tls });
  onTestFinished(() => transport.destroy());
  return TestClient.connect(transport, { connect: { clientId: '', ...options } });
}

describe('the guide to a secured broker', () => {
  const [withRules = '', withTls = '', withCertificates = '', withClientIds = '', withTokens = ''] = commands.filter(
    (each) => each.startsWith('signalbox broker'),
  );

  it('users and rules: who may come in, and what alice and the lamps may do', async () => {
    const broker = start(withRules, folder());
    const [url = ''] = await broker.urls();
    await broker.printed(/open to clients that authenticate themselves/);
    const alice = await client(url, { username: 'alice', password: 'secret' });
    const lamp = await client(url, { username: 'lamp-1', password: 'secret', clientId: 'lamp-1' });
    expect([alice, lamp].map(({ connack }) => connack.reasonCode)).toEqual([0, 0]);
    expect((await client(url, {})).connack.reasonCode).toBe(0x87);
    expect((await client(url, { username: 'alice', password: 'guess' })).connack.reasonCode).toBe(0x86);
    expect((await alice.subscribe('home/#')).reasonCodes).toEqual([0]);
    expect((await alice.subscribe('#')).reasonCodes).toEqual([0x87]);
    expect(await alice.publish('home/lamp-1/firmware', 'x', { qos: 1 })).toBe(0x87);
    expect(await lamp.publish('home/lamp-1/state', 'on', { qos: 1 })).toBe(0);
    expect(await lamp.publish('home/lamp-2/state', 'on', { qos: 1 })).toBe(0x87);
    expect((await lamp.subscribe('home/lamp-1/set')).reasonCodes).toEqual([0]);
    expect((await lamp.subscribe('home/+/set')).reasonCodes).toEqual([0x87]);
    expect((await lamp.subscribe('announcements/#')).reasonCodes).toEqual([0]);
    expect(await alice.messages()).toEqual(['home/lamp-1/state=on']);
  });

  it('SIGHUP reads users and rules again; with a mistake in them nothing changes', async () => {
    const path = folder();
    const broker = start(withRules, path);
    const [url = ''] = await broker.urls();
    const alice = await client(url, { username: 'alice', password: 'secret' });
    await alice.subscribe('home/#');
    writeFileSync(join(path, 'rules.acl'), 'nonsense\n');
    broker.kill('SIGHUP');
    await broker.printed(/not reloaded, everything stays as it was: .*rules\.acl:1: a line begins with/);
    expect((await alice.subscribe('home/+')).reasonCodes).toEqual([0]);
    writeFileSync(join(path, 'rules.acl'), 'user lamp-1\nallow both #\n');
    const args = ['passwd', join(path, 'passwords'), 'alice', '--delete'];
    expect(spawnSync(process.execPath, [BIN, ...args]).status).toBe(0);
    broker.kill('SIGHUP');
    expect((await alice.next('disconnect')).reasonCode).toBe(0x87);
    expect((await client(url, { username: 'alice', password: 'secret' })).connack.reasonCode).toBe(0x86);
    const lamp = await client(url, { username: 'lamp-1', password: 'secret' });
    expect((await lamp.subscribe('#')).reasonCodes).toEqual([0]);
  });

  it('TLS with a password file', async () => {
    const [url = ''] = await start(withTls, folder()).urls();
    const ca = readFileSync(new URL('ca.crt', CERTIFICATES));
    const alice = await client(url, { username: 'alice', password: 'secret' }, { ca, servername: 'localhost' });
    expect(alice.connack.reasonCode).toBe(0);
  });

  it('certificates of clients: who has one of the authority is the user it names, with or without a password', async () => {
    const path = folder();
    writeFileSync(join(path, 'rules.acl'), 'user device-1\nallow both devices/%u/#\n');
    const [ca, cert, key] = ['ca.crt', 'client.crt', 'client.key'].map((name) =>
      readFileSync(new URL(name, CERTIFICATES)),
    );
    const tls = { ca, servername: 'localhost' };
    const broker = start(`${withCertificates} --acl-file rules.acl`, path);
    const [url = ''] = await broker.urls();
    const device = await client(url, {}, { ...tls, cert, key });
    expect(device.connack.reasonCode).toBe(0);
    expect(await device.publish('devices/device-1/state', 'on', { qos: 1 })).toBe(0x10);
    expect(await device.publish('devices/device-2/state', 'on', { qos: 1 })).toBe(0x87);
    expect((await client(url, { username: 'alice' }, { ...tls, cert, key })).connack.reasonCode).toBe(0x86);
    await expect(client(url, {}, tls)).rejects.toThrow();
    const asking = start(`${withCertificates} --certificate-password required --password-file passwords`, path);
    const [strict = ''] = await asking.urls();
    expect((await client(strict, {}, { ...tls, cert, key })).connack.reasonCode).toBe(0x86);
  });

  it('client identifiers of each user', async () => {
    const [url = ''] = await start(withClientIds, folder()).urls();
    const alice = (clientId: string) => client(url, { username: 'alice', password: 'secret', clientId });
    expect((await alice('alice-1')).connack.reasonCode).toBe(0);
    expect((await alice('')).connack.reasonCode).toBe(0);
    expect((await alice('lamp-1-1')).connack.reasonCode).toBe(0x85);
  });

  it('tokens', async () => {
    const path = folder();
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(join(path, 'issuer.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    const [url = ''] = await start(withTokens, path).urls();
    const acl = { publish: ['home/lamp-1/state'], subscribe: ['home/lamp-1/set'] };
    const token = (audience: string) =>
      new SignJWT({ acl })
        .setProtectedHeader({ alg: 'ES256' })
        .setSubject('lamp-1')
        .setAudience(audience)
        .setExpirationTime('1h')
        .sign(privateKey);
    const lamp = await client(url, { password: await token('broker') });
    expect(lamp.connack.reasonCode).toBe(0);
    expect(await lamp.publish('home/lamp-1/state', 'on', { qos: 1 })).toBe(0x10);
    expect(await lamp.publish('home/lamp-2/state', 'on', { qos: 1 })).toBe(0x87);
    expect((await client(url, { password: await token('other') })).connack.reasonCode).toBe(0x86);
  });

  it('in your own program', async () => {
    const path = folder();
    const code = blocks('js')[0]!
      .replace(/^import .*$/gm, '')
      .replace("'passwords'", 'passwords')
      .replace("'rules.acl'", 'rules');
    const given = {
      AccessControl,
      Acl,
      PasswordUsers,
      scramMethod,
      Broker,
      passwords: join(path, 'passwords'),
      rules: join(path, 'rules.acl'),
    };
    const make = new Function(...Object.keys(given), `${code}\nreturn { broker, onHangup };`);
    const { broker, onHangup } = make(...Object.values(given)) as { broker: Broker; onHangup: () => Promise<void> };
    onTestFinished(() => broker.close());
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    const alice = await client(url, { username: 'alice', password: 'secret' });
    expect((await alice.subscribe('home/#')).reasonCodes).toEqual([0]);
    writeFileSync(join(path, 'rules.acl'), 'user bob\nallow both home/#\n');
    await onHangup();
    expect((await alice.next('disconnect')).reasonCode).toBe(0x87);
    writeFileSync(join(path, 'rules.acl'), 'nonsense\n');
    await expect(onHangup()).rejects.toThrow(/rules\.acl:1: a line begins with/);
  });

  it('rules for users do not start without somebody who proves who users are', async () => {
    const args = ['--listen', 'mqtt://127.0.0.1:0', '--data', 'memory:', '--acl-file', join(folder(), 'rules.acl')];
    const { code, stderr } = await signalbox('broker', ...args).ended;
    expect(code).toBe(1);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/rules\.acl:8: nothing proves who a user is, so that what is below would hold for/);
    expect(lines[1]).toMatch(/rules\.acl:14: nothing proves who a user is, so that %u would be what any client says$/);
  });

  it('a listener that everybody can reach does not start without one of these', async () => {
    const { code, stderr } = await signalbox('broker', '--listen', 'mqtt://0.0.0.0:0').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^signalbox: --listen mqtt:\/\/0\.0\.0\.0:0 would admit everybody from everywhere: .*\n$/);
  });
});
