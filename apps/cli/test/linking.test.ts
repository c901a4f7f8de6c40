// `signalbox echo` and `send` as processes, with each other and with programs of this one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connection, connect, listen } from 'signalbox/connect';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Command, signalbox, signalboxWith } from './command.ts';
import { folder } from './messaging-support.ts';

const certificate = (name: string): string =>
  fileURLToPath(new URL(`../../../packages/signalbox/test/support/certificates/${name}`, import.meta.url));

async function echo(...args: string[]): Promise<{ readonly command: Command; readonly url: string }> {
  const command = signalbox('echo', ...args);
  const [, url = ''] = await command.printed(/^listening on (.+)$/m);
  return { command, url };
}

/** A listener of this process, with what is done to each connection. */
async function server(serve: (connection: Connection) => Promise<void>): Promise<string> {
  const listener = await listen('tcp://127.0.0.1:0');
  onTestFinished(() => listener.close({ connections: 'close', timeoutMs: 100 }));
  void (async () => {
    for await (const connection of listener) await serve(connection);
  })();
  return listener.url;
}

// Some start ten processes at once.
describe('signalbox echo and send', { timeout: 120_000 }, () => {
  it.each(['tcp://:0', 'udp://:0', 'ws://:0/link', 'unix:', 'sctp://127.0.0.1:0'])('talk over %s', async (address) => {
    const { command, url } = await echo(address === 'unix:' ? `unix://${join(folder(), 'socket')}` : address);
    expect(await signalbox('send', url, 'hello', 'how are you?').ended).toEqual({
      code: 0,
      stdout: 'hello\nhow are you?\n',
      stderr: '',
    });
    command.kill('SIGTERM');
    expect((await command.ended).code).toBe(0);
  });

  it('talk over SCTP in DTLS, and to nobody the certificate is not of', async () => {
    const own = ['--cert', certificate('server.crt'), '--key', certificate('server.key')];
    const { url } = await echo('dtls-sctp://localhost:0', ...own);
    const known = await signalbox('send', url, 'x', '--cafile', certificate('ca.crt')).ended;
    expect([known.code, known.stdout]).toEqual([0, 'x\n']);
    const wrong = await signalbox('send', url, 'x', '--cafile', certificate('stranger-ca.crt')).ended;
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^signalbox: /)]);
  });

  it('talk over TLS with certificates on both sides, and to nobody else', async () => {
    const own = ['--cert', certificate('server.crt'), '--key', certificate('server.key')];
    const { url } = await echo('tls://localhost:0', ...own, '--cafile', certificate('ca.crt'));
    const trust = ['--cafile', certificate('ca.crt')];
    const me = ['--cert', certificate('client.crt'), '--key', certificate('client.key')];
    const known = await signalbox('send', url, 'x', ...trust, ...me).ended;
    expect([known.code, known.stdout]).toEqual([0, 'x\n']);
    const nobody = await signalbox('send', url, 'x', ...trust).ended;
    expect(nobody.code).toBe(5); // TLS 1.3: the server says so after the client is through
    const wrong = await signalbox('send', url, 'x', '--cafile', certificate('stranger-ca.crt'), ...me).ended;
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('cannot connect to tls://localhost')]);
  });

  it('send the lines of the input, with a tag; print tags, hexadecimal, and who sent', async () => {
    const { command, url } = await echo('tcp://:0', '-p', '-v', '-C', '3');
    const sent = signalboxWith({ input: 'one\r\n\ntwo\nthree' }, 'send', url, '-t', '7', '-v', '-x', '-f', '/dev/null');
    expect((await sent.ended).code).toBe(1);
    const lines = signalboxWith({ input: 'one\r\n\ntwo\nthree' }, 'send', url, '-t', '7', '-v');
    expect((await lines.ended).stdout).toBe('7 one\n7 two\n7 three\n');
    const { code, stdout } = await command.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+ 7 three$/m);
  });

  it('send bytes in hexadecimal, and a file', async () => {
    const { url } = await echo('tcp://:0');
    expect((await signalbox('send', url, '-x', '-v', '00 FF', '0a').ended).stdout).toBe('0 00ff\n0 0a\n');
    const file = join(folder(), 'message');
    writeFileSync(file, 'x'.repeat(1_000_000));
    const { stdout } = await signalbox('send', url, '-N', '-f', file).ended;
    expect(stdout.length).toBe(1_000_000);
    const odd = await signalbox('send', url, '-x', 'abc').ended;
    expect([odd.code, odd.stderr]).toEqual([1, expect.stringContaining("--hex: 'abc'")]);
  });

  it('answers as they come, while the input goes on', async () => {
    const { url } = await echo('tcp://:0', '-k', '5');
    const sending = signalboxWith({ input: 'open' }, 'send', url, '-k', '5');
    sending.process.stdin!.write('one\n');
    await sending.printed(/^one\n$/);
    sending.process.stdin!.end('two\n');
    await sending.printed(/^one\ntwo\n$/);
    expect((await sending.ended).code).toBe(0);
  });

  it('do not wait for answers with -C 0, and for more than were sent with a larger number', async () => {
    const url = await server(async (connection) => {
      const message = await connection.receive();
      for (let copy = 0; copy < 3; copy++) await connection.send(`${message!.text} ${copy}`);
      await connection.close();
    });
    expect((await signalbox('send', url, '-C', '3', 'x').ended).stdout).toBe('x 0\nx 1\nx 2\n');
    expect(await signalbox('send', url, '-C', '0', 'x').ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('tell what went wrong by their codes', async () => {
    const closing = await server((connection) => connection.close());
    const silent = await server(async () => {});
    const { url } = await echo('tcp://:0');
    const codes = await Promise.all(
      [
        ['send'],
        ['send', 'ftp://a', 'x'],
        ['send', 'tcp://127.0.0.1', 'x'],
        ['send', url, '-t', '70000', 'x'],
        ['send', url, ''],
        ['echo'],
        ['echo', url],
        ['send', 'tcp://127.0.0.1:1', 'x'],
        ['send', closing, 'x'],
        ['send', silent, '-W', '0.1', 'x'],
      ].map(async (args) => [args[0], (await signalbox(...args).ended).code]),
    );
    expect(codes.map(([, code]) => code)).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 5, 27]);
    const quiet = await signalbox('send', 'tcp://127.0.0.1:1', 'x', '--quiet').ended;
    expect(quiet).toEqual({ code: 2, stdout: '', stderr: '' });
  });

  it('end at Ctrl-C', async () => {
    const silent = await server(async () => {});
    const sending = signalbox('send', silent, '-W', '0', 'x');
    const { command, url } = await echo('tcp://:0', '-C', '5', '-p');
    const connection = await connect(url);
    await connection.send('one');
    await command.printed(/ one$/m);
    command.kill('SIGINT');
    expect((await command.ended).code).toBe(130);
    await connection.peerEnded;
    await connection.close();
    sending.kill('SIGTERM');
    expect((await sending.ended).code).toBe(143);
  });

  it('have a help with examples that they take', async () => {
    for (const name of ['echo', 'send']) {
      const { stdout } = await signalbox(name, '--help').ended;
      expect(stdout).toContain(`signalbox ${name} tcp://`);
      expect(stdout).toContain('Exit codes:');
    }
  });
});
