// `signalbox pub`, `sub` and `rr` as processes, against a broker in this one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, type BrokerOptions } from 'signalbox/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Command, type Ended, signalbox, signalboxWith } from './command.ts';

/** One test's broker, and the commands that talk to it. */
class Setting {
  readonly broker: Broker;
  readonly url: string;

  constructor(broker: Broker, url: string) {
    this.broker = broker;
    this.url = url;
  }

  pub(...args: string[]): Promise<Ended> {
    return signalbox('pub', '-L', this.url, ...args).ended;
  }

  pubOf(input: string | Uint8Array, ...args: string[]): Promise<Ended> {
    return signalboxWith({ input }, 'pub', '-L', this.url, ...args).ended;
  }

  /** A sub whose subscriptions the server has confirmed. */
  async sub(...args: string[]): Promise<Command> {
    const command = signalbox('sub', '-L', this.url, '-d', ...args);
    await command.told(/← SUBACK/);
    return command;
  }
}

async function start(options: BrokerOptions = {}, address = 'mqtt://127.0.0.1:0'): Promise<Setting> {
  const broker = new Broker(options);
  onTestFinished(() => broker.close());
  const { url } = await broker.listen(address);
  return new Setting(broker, url);
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('signalbox pub and sub', () => {
  it('exchange a message, its topic before it with -v', async () => {
    const setting = await start();
    const sub = await setting.sub('-t', 'greetings/#', '-v', '-C', '2');
    expect(await setting.pub('-t', 'greetings/world', '-m', 'hello')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await setting.pub('greetings/you', 'how are you?')).code).toBe(0);
    const { code, stdout } = await sub.ended;
    expect(stdout).toBe('greetings/world hello\ngreetings/you how are you?\n');
    expect(code).toBe(0);
  });

  it.each(['5', '311'])('with version %s, at each QoS, to several topics', async (version) => {
    const setting = await start();
    const sub = await setting.sub('-V', version, '-q', '2', '-t', 'a', '-t', 'b/+', '-C', '6', '-F', '%t %q %p');
    for (const qos of ['0', '1', '2']) {
      expect((await setting.pub('-V', version, '-q', qos, '-t', 'a', '-t', 'b/c', '-m', `m${qos}`)).code).toBe(0);
    }
    expect((await sub.ended).stdout).toBe('a 0 m0\nb/c 0 m0\na 1 m1\nb/c 1 m1\na 2 m2\nb/c 2 m2\n');
  });

  it('the payload is a file, the whole input, or nothing', async () => {
    const setting = await start();
    const file = join(folder(), 'payload');
    const bytes = new Uint8Array([0, 255, 10, 128]);
    writeFileSync(file, bytes);
    const sub = await setting.sub('-t', 'a', '-C', '3', '-F', 'hex');
    await setting.pub('-t', 'a', '-f', file);
    await setting.pubOf('two\nlines\n', '-t', 'a', '-s');
    await setting.pub('-t', 'a', '-n');
    expect((await sub.ended).stdout).toBe(`00ff0a80\n${Buffer.from('two\nlines\n').toString('hex')}\n\n`);
  });

  it('lines of the input are messages, as they come', async () => {
    const setting = await start();
    const sub = await setting.sub('-t', 'a', '-q', '1');
    const pub = signalboxWith({ input: 'open' }, 'pub', '-L', setting.url, '-t', 'a', '-l', '-q', '1');
    pub.process.stdin!.write('one\r\n\nth');
    await sub.printed(/^one\n\n$/);
    pub.process.stdin!.end('ree');
    await sub.printed(/^one\n\nthree\n$/);
    expect((await pub.ended).code).toBe(0);
  });

  it('what sub prints as JSON is what pub takes', async () => {
    const setting = await start();
    const sub = await setting.sub('-t', '#', '-F', 'json', '-C', '2');
    await setting.pub(
      ...[
        '-t',
        'a/b',
        '-m',
        'é',
        '-D',
        'publish',
        'user-property',
        'by',
        'me',
        '-D',
        'publish',
        'correlation-data',
        'x',
      ],
    );
    await setting.pubOf(new Uint8Array([255]), '-t', 'a/c', '-s');
    const { stdout } = await sub.ended;
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(first).toMatchObject({
      topic: 'a/b',
      payload: 'é',
      qos: 0,
      retain: false,
      properties: { userProperties: [['by', 'me']], correlationData: 'eA==' },
    });
    expect(second).toMatchObject({ topic: 'a/c', payloadBase64: '/w==' });
    const again = await setting.sub('-t', '#', '-F', 'json', '-C', '2');
    expect(await setting.pubOf(stdout, '--json-lines')).toMatchObject({ code: 0, stderr: '' });
    const withoutTime = (text: string) => text.replace(/"time":"[^"]*"/g, '');
    expect(withoutTime((await again.ended).stdout)).toBe(withoutTime(stdout));
  });

  it('repeats, at a rate', async () => {
    const setting = await start();
    const sub = await setting.sub('-t', 'a', '-q', '1', '-C', '20');
    const begun = performance.now();
    expect((await setting.pub('-t', 'a', '-m', 'x', '-q', '1', '--repeat', '20', '--rate', '100')).code).toBe(0);
    expect(performance.now() - begun).toBeGreaterThan(190);
    expect((await sub.ended).stdout).toBe('x\n'.repeat(20));
  });
});
