import { describe, expect, it } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { Recorder } from './recorder.ts';
import { answering, ESTABLISHED, failing, script, through } from './tunnel-stage.ts';

describe('an HTTP proxy', () => {
  const answers = (answer: string) => script(answering('http', Buffer.from(answer, 'latin1')));

  it.each([
    ['HTTP/1.0 200\r\n\r\n', undefined],
    ['HTTP/1.1 204 No Content\r\n\r\n', undefined],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', undefined],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', undefined],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'PROXY_REFUSED'],
    ['HTTP/1.1 301 Moved\r\nLocation: http://elsewhere\r\n\r\n', 'PROXY_REFUSED'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'PROXY_REFUSED'],
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'PROXY_REFUSED'],
    ['HTTP/1.1 405 Method Not Allowed\r\n\r\n', 'PROXY_REFUSED'],
    ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'PROXY_AUTHENTICATION_FAILED'],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 'PROXY_TARGET_UNREACHABLE'],
    ['HTTP/1.1 503 Service Unavailable\r\n\r\n', 'PROXY_TARGET_UNREACHABLE'],
    ['HTTP/1.1 504 Gateway Timeout\r\n\r\n', 'PROXY_TARGET_UNREACHABLE'],
    ['HTTP/1.1 600 What\r\n\r\n', 'PROXY_FAILED'],
    ['HTTP/1.1 2000 OK\r\n\r\n', 'PROXY_FAILED'],
    ['HTTP/1.1  200 OK\r\n\r\n', 'PROXY_FAILED'],
  ] as const)('is understood: %j', async (answer, code) => {
    const attempt = through(await answers(answer), 'http', 'mqtt://127.0.0.1:1');
    if (code !== undefined) await expect(attempt).rejects.toEqual(failing(code));
    else (await attempt).destroy();
  });

  it('that never ends its headers is left after 16 KiB', async () => {
    let sent = 0;
    const proxy = await script((client) => {
      client.write('HTTP/1.1 200 OK\r\n');
      const more = (): void => {
        if (client.destroyed || sent > 10_000_000) return;
        sent += 1_000;
        client.write(`X-More: ${'x'.repeat(990)}\r\n`, more);
      };
      client.once('data', more);
    });
    await expect(through(proxy, 'http', 'mqtt://127.0.0.1:1')).rejects.toEqual(failing('PROXY_FAILED'));
    expect(sent).toBeLessThan(5_000_000);
  });

  it('may need all of the 16 KiB, and no byte more', async () => {
    const head = (size: number): string => {
      const start = 'HTTP/1.1 200 OK\r\nX-More: ';
      return `${start}${'x'.repeat(size - start.length - 4)}\r\n\r\n`;
    };
    const fitting = await through(await answers(`${head(16_384)}early`), 'http', 'mqtt://127.0.0.1:1');
    const recorder = Recorder.start(fitting);
    await recorder.untilReceived(5);
    expect(recorder.text).toBe('early');
    fitting.destroy();
    const attempt = through(await answers(head(16_385)), 'http', 'mqtt://127.0.0.1:1');
    await expect(attempt).rejects.toEqual(failing('PROXY_FAILED'));
  });

  it('says why in a message that is safe to print', async () => {
    const proxy = await answers(`HTTP/1.1 403 \x1b[31mno\x07${'x'.repeat(500)}\r\n\r\n`);
    const error = await through(proxy, 'http', 'mqtt://127.0.0.1:1').catch((reason) => reason);
    expect(error.message).toContain('does not make this connection: 403 ?[31mno?x');
    expect(error.message.length).toBeLessThan(300);
  });

  it('gets a request that is exactly this', async () => {
    let request = '';
    const proxy = await script((client) => {
      client.on('data', (bytes) => {
        request += bytes;
        client.end(ESTABLISHED);
      });
    });
    const options = { proxy: `http://user:p%C3%A4ss@127.0.0.1:${proxy.port}` };
    (await connect('mqtt://[2001:db8::1]:8883', options)).destroy();
    const credentials = Buffer.from('user:päss').toString('base64');
    expect(request).toBe(
      'CONNECT [2001:db8::1]:8883 HTTP/1.1\r\nHost: [2001:db8::1]:8883\r\n' +
        `Proxy-Authorization: Basic ${credentials}\r\n\r\n`,
    );
  });
});
