import http from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/transport/listen.ts';
import { WebSocketOrigins } from '../../src/transport/websocket-origins.ts';

describe('origins of pages', () => {
  const origins = new WebSocketOrigins([
    'https://app.example',
    'https://*.wild.example',
    'http://*.dev.example:8080',
    'http://localhost:*',
    'http://[::1]:*',
    'null',
  ]);

  it.each([
    [undefined],
    ['https://app.example'],
    ['HTTPS://APP.example'],
    ['https://a.wild.example'],
    ['https://a.b.wild.example'],
    ['http://x.dev.example:8080'],
    ['http://localhost'],
    ['http://localhost:5173'],
    ['http://[::1]:8080'],
    ['http://[::1]'],
    ['null'],
  ])('%s may connect', (origin) => {
    expect(origins.allows(origin)).toBe(true);
  });

  it.each([
    ['http://app.example'],
    ['https://app.example:8443'],
    ['https://app.example.evil.example'],
    ['https://evil.example/https://app.example'],
    ['https://wild.example'],
    ['https://evilwild.example'],
    ['https://.wild.example'],
    ['https://evil.example/.wild.example'],
    ['https://evil.example#.wild.example'],
    ['https://evil.example:80.wild.example'],
    ['https://a.wild.example:8443'],
    ['http://a.wild.example'],
    ['http://x.dev.example'],
    ['https://localhost:5173'],
    ['http://localhost:5173.evil.example'],
    ['http://localhost.evil.example:80'],
    ['http://evil.example:80'],
    ['http://[::2]:80'],
    [''],
  ])('%s may not', (origin) => {
    expect(origins.allows(origin)).toBe(false);
  });

  it('* is every page', () => {
    expect(new WebSocketOrigins(['*']).allows('https://evil.example')).toBe(true);
  });

  it('what is no origin is refused', async () => {
    for (const wrong of [
      'app.example',
      'https://app.example/',
      'https://a.example/path',
      ':*',
      'https://*:*',
      'https://app.example:80:*',
      'https://*',
      'https://a.*.example',
      'https://*.*.example',
      '*.example',
      '',
    ]) {
      expect(() => new WebSocketOrigins([wrong]), wrong).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }));
    }
    await expect(listen('ws://127.0.0.1:0/mqtt', { allowedOrigins: ['x'] }, () => {})).rejects.toThrow(
      /allowedOrigins/,
    );
  });

  it('a page of another origin is answered 403', async () => {
    const listener = await listen('ws://127.0.0.1:0/mqtt', { allowedOrigins: ['https://*.app.example'] }, () => {});
    onTestFinished(() => listener.close());
    const statusFor = (origin: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = {
          origin,
          connection: 'upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-protocol': 'mqtt',
        };
        const request = http.get(listener.url.replace('ws:', 'http:'), { headers, agent: false });
        request.on('response', (response) => resolve(response.statusCode!));
        request.on('upgrade', (_response, socket) => {
          socket.destroy();
          resolve(101);
        });
        request.on('error', reject);
      });
    expect(await statusFor('https://a.app.example')).toBe(101);
    expect(await statusFor('https://app.example.evil.example')).toBe(403);
  });
});
