import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pathOf, TLS } from './certificates.ts';
import { signalbox, signalboxWith } from './command.ts';
import { startListener } from './listener.ts';
import { start } from './messaging-support.ts';

describe('what cannot be', () => {
  it('nobody listens: 2', async () => {
    const { code, stderr } = await signalbox('sub', '-p', '1', '-t', 'a').ended;
    expect(stderr).toBe('signalbox: cannot connect to mqtt://127.0.0.1:1: nobody listens there\n');
    expect(code).toBe(2);
  });

  it('somebody listens and says nothing: 2, after --connect-timeout', async () => {
    const { port } = await startListener();
    const { code, stderr } = await signalbox('sub', '-p', String(port), '-t', 'a', '--connect-timeout', '1').ended;
    expect(stderr).toMatch(/^signalbox: [^\n]+\n$/);
    expect(code).toBe(2);
  });

  it.each<[string, RegExp]>([
    ['\xff\xff\xff\xff\xff', /^signalbox: this is no MQTT server[^\n]+\n$/],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /^signalbox: the server closed the connection before it let us in[^\n]+\n$/],
  ])('it is no MQTT server: 2', async (answer, words) => {
    const server = createServer((socket) => socket.end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const { code, stderr } = await signalbox('sub', '-p', String(port), '-t', 'a').ended;
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });

  it.each(['mqtt', 'msip'])('a server of %s that resets the connection: 2, and one line', async (protocol) => {
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const { code, stderr } = await signalbox('pub', '-L', `${protocol}://127.0.0.1:${port}`, 'a', 'b').ended;
    expect(stderr).toMatch(/^signalbox: the connection failed: [^\n]*ECONNRESET, before the server let us in\n$/);
    expect(code).toBe(2);
  });

  it('a server that wants a certificate, and gets none: 2, and one line', async () => {
    const { url } = await start({}, 'mqtts://localhost:0', TLS);
    const { code, stderr } = await signalbox('pub', '-L', url, '--cafile', pathOf('ca.crt'), 'a', 'b').ended;
    expect(stderr).toMatch(/^signalbox: [^\n]*certificate required[^\n]*\n$/);
    expect(code).toBe(2);
  });

  it('all subscriptions are refused: 4; some are: a line, and on', async () => {
    const setting = await start({ hooks: { authorize: (_, __, topic) => topic !== 'no' } });
    const none = await signalbox('sub', '-L', setting.url, '-t', 'no').ended;
    expect(none.stderr).toMatch(/^signalbox: the subscription to 'no' was refused: NotAuthorized[^\n]*\n$/);
    expect(none.code).toBe(4);
    const some = await signalbox('sub', '-L', setting.url, '-t', 'no', '-t', 'yes', '-E').ended;
    expect(some).toEqual({ code: 0, stdout: '', stderr: "signalbox: 'no' was refused: NotAuthorized\n" });
  });

  it('another client takes the session over: 5', async () => {
    const setting = await start();
    const first = await setting.sub('-t', 'a', '-i', 'same');
    const second = await setting.sub('-t', 'a', '-i', 'same');
    const { code, stderr } = await first.ended;
    expect(stderr).toMatch(/^signalbox: .*another client/m);
    expect(code).toBe(5);
    second.kill('SIGINT');
    expect((await second.ended).code).toBe(0);
  });

  it('a connection that is lost is made again, and both are told', async () => {
    const setting = await start();
    const sub = signalbox('sub', '-L', setting.url, '-t', 'a', '-r', '-C', '1');
    expect((await sub.ended).stderr).toContain('no option -r');
    const lasting = await setting.sub('-t', 'a', '-C', '1', '-i', 'me');
    setting.broker.disconnect('me');
    await lasting.told(/signalbox: the connection is lost: [^\n]+; trying again in/);
    await lasting.told(/signalbox: connected again/);
    await setting.pub('-t', 'a', '-m', 'x', '-q', '1');
    expect((await lasting.ended).stdout).toBe('x\n');
  });

  it.each<[string[], RegExp]>([
    [['pub', '-t', '#', '-m', 'x'], /Topic Name/],
    [['sub', '-t', 'a/#/b'], /Topic Filter/],
    [['sub', '-L', 'http://x', '-t', 'a'], /http/],
    [['sub', '-t', 'a', '-c'], /--keep-session needs --id/],
    [['sub', '-p', '8883', '-t', 'a', '--cert', 'x'], /--cert and --key go together/],
    [['sub', '-p', '8883', '-t', 'a', '--cafile', '/no/file'], /--cafile \/no\/file: ENOENT/],
    [['sub', '-p', '8883', '-t', 'a', '--capath', '/no/folder'], /--capath \/no\/folder: ENOENT/],
    [['sub', '-t', 'a', '--cafile', pathOf('ca.crt')], /mqtt: has no TLS/],
    [['sub', '-L', 'mqtts://127.0.0.1:1', '-t', 'a', '--cafile', 'package.json'], /no certificate/],
    [['sub', '-t', 'a', '--scram'], /--scram needs/],
    [['sub', '-t', 'a', '--will-qos', '1'], /needs --will-topic/],
    [['sub', '-t', 'a', '--unix', '/x', '-p', '1'], /--unix/],
    [['sub', '-t', 'a', '--protocol', 'ws', '--tls'], /use wss/],
    [['sub', '-t', 'a', '--path', '/x'], /--path is for/],
    [['sub', '-t', 'a', '-R', '--retained-only'], /contradicts/],
    [['sub', '-t', 'a', '--watch', '-F', 'json'], /--watch/],
    [['sub', '-t', 'a', 'b'], /too much/],
    [['sub', '-t', 'a', '--output', '/no/folder/x'], /--output \/no\/folder\/x: ENOENT/],
    [['pub', '-t', 'a', '-m', 'x', '-n'], /--message and --null: one of them/],
    [['pub', '-t', 'a', '-l', '--repeat', '2'], /--repeat is for one message/],
    [['pub', '-m', 'x'], /where to publish/],
    [['pub', '-t', 'a', '-m', 'hello', 'world'], /'world' is too much/],
    [['rr', '-m', 'x'], /where to ask/],
    [['rr', '-t', 'x'], /what to ask/],
  ])('%j: 1', async (args, words) => {
    const { url } = await start();
    const { code, stderr } = await signalboxWith({ env: { SIGNALBOX_URL: url } }, ...args).ended;
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/^signalbox: [^\n]+\n$/);
    expect(code).toBe(1);
  });
});
