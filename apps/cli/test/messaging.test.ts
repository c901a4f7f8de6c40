// `signalbox pub`, `sub` and `rr` as processes, against a broker in this one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signalboxWith } from './command.ts';
import { folder, start } from './messaging-support.ts';

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

describe('signalbox pub', () => {
  it('tells which line is wrong, after those before it', async () => {
    const setting = await start();
    const sub = await setting.sub('-t', '#', '-q', '1', '-C', '2', '-v');
    const lines = ['{"payload": {"on": true}}', '', '{"topic": "b", "payload": "x", "qos": 1}', '{"topik": "c"}'];
    const { code, stderr } = await setting.pubOf(lines.join('\n'), '-t', 'a', '--json-lines', '-q', '1');
    expect(stderr).toBe('signalbox: line 4: there is no field "topik"; did you mean topic?\n');
    expect(code).toBe(1);
    expect((await sub.ended).stdout).toBe('a {"on":true}\nb x\n');
  });

  it('goes on after a message that is refused, tells each once, and ends with 4', async () => {
    const setting = await start({ hooks: { authorize: (_, action, topic) => action !== 'publish' || topic !== 'no' } });
    const sub = await setting.sub('-t', '#', '-q', '1', '-C', '1', '-v');
    const { code, stderr } = await setting.pub('-t', 'no', '-t', 'yes', '-m', 'x', '-q', '1');
    expect(stderr).toMatch(/^signalbox: 'no': .*NotAuthorized.*\n$/);
    expect(code).toBe(4);
    expect((await sub.ended).stdout).toBe('yes x\n');
    const many = await setting.pub('-t', 'no', '-m', 'x', '-q', '1', '--repeat', '30');
    expect(many.stderr.trim().split('\n')).toHaveLength(11);
    expect(many.stderr).toContain('30 of 30 messages were not published');
    expect(await setting.pub('-t', 'no', '-m', 'x', '-q', '1', '--quiet')).toEqual({ code: 4, stdout: '', stderr: '' });
  });

  it('reads the file before it connects', async () => {
    const { code, stderr } = await signalboxWith({}, 'pub', '-p', '1', '-t', 'a', '-f', '/no/such/file').ended;
    expect(stderr).toBe('signalbox: --file /no/such/file: ENOENT\n');
    expect(code).toBe(1);
  });

  it('ends with 130 when Ctrl-C comes first, and with 143 on SIGTERM', async () => {
    const setting = await start();
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const pub = signalboxWith({ input: 'open' }, 'pub', '-L', setting.url, '-t', 'a', '-l', '-d');
      await pub.told(/← CONNACK/);
      pub.kill(signal);
      expect((await pub.ended).code).toBe(expected);
    }
  });

  it('ends with 27 after --timeout', async () => {
    const setting = await start();
    const { code, stderr } = await setting.pub(
      ...['-t', 'a', '-m', 'x', '--repeat', '9', '--repeat-delay', '60', '-W', '0.3'],
    );
    expect(stderr).toBe('signalbox: --timeout: 0.3 s are over\n');
    expect(code).toBe(27);
  });
});

describe('signalbox rr', () => {
  it('prints the response to its own request', async () => {
    const setting = await start();
    const responder = await setting.sub('-t', 'ask/#', '-C', '1', '-F', 'json');
    const rr = setting.rr('ask/time', 'now', '-q', '1', '-d');
    await responder.ended;
    const { topic, properties } = JSON.parse((await responder.ended).stdout) as {
      topic: string;
      properties: { responseTopic: string; correlationData: string };
    };
    expect(topic).toBe('ask/time');
    const answer = (data: string, payload: string) =>
      JSON.stringify({ topic: properties.responseTopic, payload, properties: { correlationData: data } });
    await setting.pubOf(
      `${answer('AAAA', 'for others')}\n${answer(properties.correlationData, 'noon')}`,
      '--json-lines',
    );
    const { code, stdout } = await rr.ended;
    expect(stdout).toBe('noon\n');
    expect(code).toBe(0);
  });

  it('with 3.1.1 takes the first message that is not retained', async () => {
    const setting = await start();
    await setting.pub('-t', 'answers/me', '-m', 'old', '-r', '-q', '1');
    const rr = setting.rr('-V', '311', '-t', 'ask', '-e', 'answers/me', '-n', '-v', '-N', '-d');
    await rr.told(/→ PUBLISH/);
    await setting.pub('-t', 'answers/me', '-m', 'new', '-q', '1');
    expect(await rr.ended).toMatchObject({ code: 0, stdout: 'answers/me new' });
    const without = await setting.rr('-V', '311', '-t', 'ask', '-n').ended;
    expect(without.stderr).toMatch(/^signalbox: the server speaks MQTT 3\.1\.1: give --response-topic/);
    expect(without.code).toBe(1);
  });

  it('ends with 27 when nobody answers in time', async () => {
    const setting = await start();
    expect(await setting.rr('ask', 'x', '-W', '0.2').ended).toMatchObject({ code: 27, stdout: '' });
  });
});
