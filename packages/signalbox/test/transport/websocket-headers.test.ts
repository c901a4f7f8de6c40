// The opening request of a client over WebSocket, as a server sees it.

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { turns } from './recorder.ts';
import { httpProxy } from './test-proxies.ts';

/** A server that writes down the headers and refuses. */
async function server(): Promise<{ port: number; seen: http.IncomingHttpHeaders[]; open: Set<Duplex> }> {
  const seen: http.IncomingHttpHeaders[] = [];
  const open = new Set<Duplex>();
  const listening = http.createServer();
  listening.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  listening.on('upgrade', (request, socket) => {
    seen.push(request.headers);
    socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => void listening.close());
  return { port: (listening.address() as AddressInfo).port, seen, open };
}

const failing = (code: string) => expect.objectContaining({ name: 'TransportError', code });

describe('the opening request', () => {
  it.each(['directly', 'through a proxy'])(
    'has the headers that were asked for, and stays one of MQTT, %s',
    async (way) => {
      const { port, seen } = await server();
      const proxy = await httpProxy();
      onTestFinished(() => proxy.close());
      const headers = {
        authorization: 'Bearer token',
        'X-Other': 'yes',
        'Sec-WebSocket-Protocol': 'else',
        host: 'a.example',
      };
      const options =
        way === 'directly' ? { headers } : { headers, proxy: `http://user:secret@127.0.0.1:${proxy.port}` };
      await expect(connect(`ws://127.0.0.1:${port}/mqtt`, options)).rejects.toEqual(failing('WEBSOCKET_FAILED'));
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({
        authorization: 'Bearer token',
        'x-other': 'yes',
        'sec-websocket-protocol': 'mqtt',
        upgrade: 'websocket',
        host: 'a.example',
      });
      expect(seen[0]).not.toHaveProperty('proxy-authorization');
    },
  );

  it.each([
    ['a value', { authorization: 'secret\r\nX-Other: yes' }],
    ['a name', { 'a header': 'secret' }],
  ])('is not sent with what HTTP cannot say: %s', async (_, headers) => {
    const { port, seen, open } = await server();
    const error = await connect(`ws://127.0.0.1:${port}`, { headers }).catch((reason) => reason);
    expect(error).toEqual(failing('BAD_OPTIONS'));
    expect(error.message).not.toContain('secret');
    await turns();
    expect([seen.length, open.size]).toEqual([0, 0]);
  });
});
