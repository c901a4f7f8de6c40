// `signalbox broker` as operators meet it: the file, reloading it, the log, the admin address, and the end in order.
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../packages/signalbox/src/transport/connect.ts';
import { TestClient } from '../../../packages/signalbox/test/support/test-client.ts';
import { type Command, signalbox } from './command.ts';

const LISTEN = ['--listen', 'mqtt://127.0.0.1:0'];

const CERTIFICATES = new URL('../../../packages/signalbox/test/support/certificates/', import.meta.url);

function fingerprintIn(file: string): string {
  return new X509Certificate(readFileSync(new URL(file, CERTIFICATES))).fingerprint256;
}

/** Of the certificate that the server shows. */
function fingerprintOf(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

async function client(url: string, clientId: string, options: object = {}): Promise<TestClient> {
  const transport = await connect(url);
  onTestFinished(() => transport.destroy());
  return TestClient.connect(transport, { connect: { clientId, ...options } });
}

class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'signalbox-'));

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true }));
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.path, name), text);
    return join(this.path, name);
  }
}

async function adminOf(broker: Command): Promise<string> {
  return (await broker.printed(/admin API on (http:\/\/\S+)/))[1]!;
}

describe('the configuration', () => {
  it('--test-config prints what is in force and ends with 0, or what is wrong with 1', async () => {
    const folder = new Folder();
    const file = folder.write('broker.yaml', 'listeners:\n  - url: mqtt://127.0.0.1:1883\nlog: { level: debug }\n');
    const good = await signalbox('broker', '--config', file, '--limit', 'sessions=7', '--test-config').ended;
    expect([good.code, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(/^ {2}sessions: 7 # --limit sessions$/m);
    expect(good.stdout).toMatch(/^ {2}level: debug # .*broker\.yaml:3: log\.level$/m);
    folder.write('broker.yaml', 'listeners:\n  - url: mqtt://127.0.0.1:1883\nlog: { levl: debug }\nsysInterval: x\n');
    const bad = await signalbox('broker', '--config', file, '--test-config').ended;
    expect([bad.code, bad.stdout]).toEqual([1, '']);
    const lines = bad.stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/broker\.yaml:3: log\.levl is not known here; did you mean level\?$/);
    expect(lines[1]).toMatch(/broker\.yaml:4: sysInterval must be /);
  });

  it('--test-config reads the files that are named, and says which is missing', async () => {
    const folder = new Folder();
    const file = folder.write('broker.yaml', 'admin: { url: "http://127.0.0.1:0", tokenFile: /nowhere/token }\n');
    const { code, stderr } = await signalbox('broker', '--config', file, '--test-config').ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/broker\.yaml:1: admin\.tokenFile \/nowhere\/token: ENOENT/);
  });

  it('--print-schema prints JSON Schema', async () => {
    const { code, stdout } = await signalbox('broker', '--print-schema').ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it('SIGHUP changes what can change, names what cannot, and a bad file changes nothing', async () => {
    const folder = new Folder();
    const base = 'listeners: [ { url: "mqtt://127.0.0.1:0" } ]\n';
    const file = folder.write('broker.yaml', base);
    const broker = signalbox('broker', '--config', file, '--log-format', 'json');
    const [url] = await broker.urls();
    folder.write('broker.yaml', `${base}log: { level: debug }\nqueuePolicy: drop-oldest\n`);
    broker.kill('SIGHUP');
    await broker.printed(/changes only with a restart: queuePolicy/);
    await client(url!, 'seen');
    await broker.printed(/connected seen/);
    folder.write('broker.yaml', `${base}moved: { serverReference: other.example }\nnonsense: 1\n`);
    broker.kill('SIGHUP');
    await broker.printed(/not reloaded, everything stays as it was: .*nonsense is not known here/);
    await client(url!, 'still-welcome');
    await broker.printed(/connected still-welcome/);
    folder.write('broker.yaml', `${base}moved: { serverReference: other.example, permanent: true }\n`);
    broker.kill('SIGHUP');
    await broker.printed(/"changed":\[[^\]]*"moved\.serverReference"/);
    expect((await client(url!, 'late')).connack).toMatchObject({ reasonCode: 0x9d });
  });
});

describe('certificates', () => {
  it('are read again by SIGHUP, for connections that come then; a bad one changes nothing', async () => {
    const folder = new Folder();
    const put = (name: string, file: string) => folder.write(name, readFileSync(new URL(file, CERTIFICATES), 'utf8'));
    const files = ['--tls-cert', put('cert', 'server.crt'), '--tls-key', put('key', 'server.key')];
    const broker = signalbox('broker', '--listen', 'mqtts://127.0.0.1:0', ...files);
    const [url] = await broker.urls();
    expect(await fingerprintOf(url!)).toBe(fingerprintIn('server.crt'));
    put('cert', 'stranger.crt');
    broker.kill('SIGHUP');
    await broker.printed(/not reloaded, everything stays as it was/);
    expect(await fingerprintOf(url!)).toBe(fingerprintIn('server.crt'));
    put('key', 'stranger.key');
    broker.kill('SIGHUP');
    await broker.printed(/"reloaded":\[[^\]]*"certificates"/);
    expect(await fingerprintOf(url!)).toBe(fingerprintIn('stranger.crt'));
  });
});

describe('the log', () => {
  it('is a record of JSON for each line, the start included, with --log-format json', async () => {
    const broker = signalbox('broker', ...LISTEN, '--log-format', 'json', '--log-level', 'debug');
    const [url] = await broker.urls();
    const talker = await client(url!, 'talker', { username: 'user', password: 'very-secret' });
    await talker.publish('t', 'very-private', { qos: 1 });
    await broker.printed(/connected talker/);
    broker.kill('SIGTERM');
    const { stdout, stderr } = await broker.ended;
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records[0]).toMatchObject({ level: 'info', msg: `listening on ${url}`, url });
    expect(records).toContainEqual(expect.objectContaining({ level: 'debug', clientId: 'talker', username: 'user' }));
    expect(records.at(-1)).toMatchObject({ level: 'debug', clientId: 'talker' });
    expect(stdout).not.toMatch(/very-secret|very-private/);
    expect(stderr).toBe('');
  });

  it('sums drops up: one line, however many there were', async () => {
    const broker = signalbox('broker', ...LISTEN, '--log-format', 'json', '--limit', 'topicLevels=1');
    const [url] = await broker.urls();
    const talker = await client(url!, 'talker');
    for (let i = 0; i < 50; i++) await talker.publish('a/b', 'x', { qos: 1 });
    broker.kill('SIGTERM');
    const { stdout } = await broker.ended;
    const lines = stdout.split('\n').filter((line) => line.includes('dropped'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'warn',
      total: 50,
      byReason: { 'too-many-levels': 50 },
      clients: [{ clientId: 'talker', count: 50 }],
    });
  });
});

describe('refusals in the log', () => {
  it('have a line each, up to twenty in a while; the rest is counted', async () => {
    const broker = signalbox('broker', ...LISTEN, '--log-format', 'json', '--moved-to', 'other.example');
    const [url] = await broker.urls();
    for (let i = 0; i < 50; i++) await client(url!, `client-${i}`);
    broker.kill('SIGTERM');
    const { stdout } = await broker.ended;
    const told = stdout.split('\n').filter((line) => line.includes('refused client-')).length;
    const counted = [...stdout.matchAll(/"msg":"(\d+) more refused"/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    expect(told + counted).toBe(50);
    expect(counted).toBeGreaterThan(0);
  });
});

describe('the admin address', () => {
  it('answers, with the token that a file has, until the broker has ended', async () => {
    const token = new Folder().write('token', 'abc\n');
    const args = ['--admin', 'http://127.0.0.1:0', '--admin-token-file', token];
    const broker = signalbox('broker', ...LISTEN, ...args);
    await broker.urls();
    const admin = await adminOf(broker);
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    expect((await fetch(`${admin}/metrics`)).status).toBe(401);
    const answer = await fetch(`${admin}/metrics`, { headers: { authorization: 'Bearer abc' } });
    expect(await answer.text()).toMatch(/^signalbox_connections 0$/m);
    broker.kill('SIGTERM');
    const { code, stdout } = await broker.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('abc');
  });

  it('beyond this machine needs a token', async () => {
    const { code, stderr } = await signalbox('broker', ...LISTEN, '--admin', 'http://0.0.0.0:0').ended;
    expect(stderr).toMatch(/^signalbox: --admin http:\/\/0\.0\.0\.0:0: .*needs a token\n$/);
    expect(code).toBe(1);
  });
});

describe('signalbox trace', () => {
  it('prints the packets of a client as they pass, without secrets', async () => {
    const broker = signalbox('broker', ...LISTEN, '--admin', 'http://127.0.0.1:0');
    const [url] = await broker.urls();
    const admin = await adminOf(broker);
    const tracing = signalbox('trace', '--client', 'watched', '--admin', admin);
    while (!(await isTraced(admin))) await client(url!, 'nobody');
    await client(url!, 'other');
    const watched = await client(url!, 'watched', { username: 'u', password: 'very-secret' });
    await tracing.printed(/^\d\d:\d\d:\d\d\.\d{3} watched → CONNECT .*password=\*\*\*.*$/m);
    await tracing.printed(/^\S+ watched ← CONNACK .*$/m);
    await watched.publish('a/b', 'hello', { qos: 1 });
    await tracing.printed(
      /^\S+ watched → PUBLISH topicName="a\/b" payload=5 bytes "hello" qos=1 packetIdentifier=\d+$/m,
    );
    broker.kill('SIGTERM');
    const { stdout } = await tracing.ended;
    expect(stdout).not.toMatch(/very-secret|other/);
  });

  const mistakes: readonly [args: readonly string[], pattern: RegExp][] = [
    [[], /--client or --topic/],
    [['--client', 'a', '--admin', 'http://127.0.0.1:1'], /does not answer: ECONNREFUSED; .*--admin/],
    [['--client', 'a', '--admin', 'nowhere'], /must be http:\/\/HOST:PORT/],
    [['--clint', 'a'], /'--clint'.*trace --help/],
  ];
  for (const [args, pattern] of mistakes) {
    it(`says what is wrong with: ${args.join(' ') || 'nothing'}`, async () => {
      const { code, stderr } = await signalbox('trace', ...args).ended;
      expect(stderr).toMatch(pattern);
      expect(stderr).toMatch(/^signalbox: [^\n]+\n$/);
      expect(code).toBe(1);
    });
  }

  it('says what the broker does not take', async () => {
    const broker = signalbox('broker', ...LISTEN, '--admin', 'http://127.0.0.1:0');
    await broker.urls();
    const { code, stderr } = await signalbox('trace', '--topic', 'a/#/b', '--admin', await adminOf(broker)).ended;
    expect(stderr).toMatch(/no Topic Filter/);
    expect(code).toBe(1);
  });
});

describe('the end', () => {
  it('tells clients where to go', async () => {
    const broker = signalbox('broker', ...LISTEN, '--server-reference', 'other.example:1884');
    const [url] = await broker.urls();
    const each = await client(url!, 'each');
    broker.kill('SIGTERM');
    const goodbye = await each.next('disconnect');
    expect(goodbye).toMatchObject({ reasonCode: 0x9c, properties: { serverReference: 'other.example:1884' } });
    expect((await broker.ended).code).toBe(0);
  });

  it('takes no longer than --drain-timeout, and tells who is left at once', async () => {
    const args = ['--drain-rate', '1', '--drain-timeout', '200ms', '--log-format', 'json'];
    const broker = signalbox('broker', ...LISTEN, ...args);
    const [url] = await broker.urls();
    const clients = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => client(url!, name)));
    broker.kill('SIGTERM');
    for (const each of clients) expect(await each.next('disconnect')).toMatchObject({ reasonCode: 0x8b });
    const { code, stdout } = await broker.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/connections were left when time was up/);
  });
});

async function isTraced(admin: string): Promise<boolean> {
  const { traces } = (await (await fetch(`${admin}/api/v1/broker`)).json()) as { traces: number };
  return traces > 0;
}
