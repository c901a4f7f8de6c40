// Every transport through the common suite.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { connect } from '../../src/transport/connect.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import {
  type BrowserWebSocketOptions,
  connectBrowserWebSocket,
  type PlatformWebSocketClass,
} from '../../src/transport/websocket-browser.ts';
import { GRACE_MS, listenerStage } from './stage.ts';
import { type Stage, transportSuite } from './suite.ts';

async function memoryStage(chunkSize: number): Promise<Stage> {
  return {
    pair: async () => memoryPair({ graceMs: GRACE_MS, chunkSize }),
    close: async () => {},
  };
}

const graceMs = GRACE_MS;
const socketFile = join(mkdtempSync(join(tmpdir(), 'signalbox-')), 'socket');

transportSuite('memory', () => memoryStage(10_007), { protocol: 'memory', graceMs, halfClose: true });
transportSuite('TCP', () => listenerStage('mqtt://127.0.0.1:0'), { protocol: 'tcp', graceMs, halfClose: true });
transportSuite('TCP without the static buffer', () => listenerStage('mqtt://127.0.0.1:0', { reading: 'fresh' }), {
  protocol: 'tcp',
  graceMs,
  halfClose: true,
});
transportSuite(
  'TCP behind a proxy',
  () =>
    listenerStage('mqtt://127.0.0.1:0', { proxyProtocol: 'required' }, async (url, options) => {
      const client = await connect(url, options);
      client.write(Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 50123 1883\r\n'));
      return client;
    }),
  { protocol: 'tcp', graceMs },
);
transportSuite('a Unix socket', () => listenerStage(`unix://${socketFile}`), {
  protocol: 'unix',
  graceMs,
  halfClose: true,
});
transportSuite('TLS', () => listenerStage('mqtts://localhost:0'), { protocol: 'tls', graceMs, halfClose: true });
transportSuite('WebSocket', () => listenerStage('ws://127.0.0.1:0/mqtt'), { protocol: 'ws', graceMs });
transportSuite('WebSocket over TLS', () => listenerStage('wss://localhost:0/mqtt'), { protocol: 'wss', graceMs });

const platformStage = (options: BrowserWebSocketOptions): Promise<Stage> =>
  listenerStage('ws://127.0.0.1:0/mqtt', {}, (url) => connectBrowserWebSocket(url, { graceMs, ...options }));

transportSuite(
  'the WebSocket of a platform, played by ws,',
  () => platformStage({ WebSocket: WebSocket as unknown as PlatformWebSocketClass }),
  { protocol: 'ws', graceMs, backPressure: 'client-to-server' },
);
// Node has one of its own from 22 on.
if ('WebSocket' in globalThis) {
  transportSuite('the WebSocket of this platform', () => platformStage({}), {
    protocol: 'ws',
    graceMs,
    backPressure: 'client-to-server',
  });
}
