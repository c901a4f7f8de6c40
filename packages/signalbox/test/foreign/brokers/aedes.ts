// Aedes (npm), a broker in this process. It knows 3.1.1 only.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { FORBIDDEN, type KnownBroker, REFUSED_USER, TLS } from './known-broker.ts';

export const aedes: KnownBroker = {
  name: 'aedes',
  versions: [4],
  lacks: {
    shared: 'it does not have them',
    'exactly once': 'it sends a QoS 2 message once more after its PUBREC',
  },
  async start() {
    const broker = await Aedes.createBroker({
      authenticate: (_client, username, _password, done) => done(null, username !== REFUSED_USER),
      authorizeSubscribe: (_client, subscription, done) =>
        done(null, subscription.topic.startsWith(FORBIDDEN) ? null : subscription),
    });
    const plain = createServer(broker.handle);
    const secure = createTlsServer(TLS, broker.handle);
    const web = createHttpServer();
    const webSockets = new WebSocketServer({ server: web });
    webSockets.on('connection', (webSocket, request) => broker.handle(createWebSocketStream(webSocket), request));
    const port = async (server: Server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as { port: number }).port;
    };
    const urls = {
      mqtt: `mqtt://127.0.0.1:${await port(plain)}`,
      mqtts: `mqtts://127.0.0.1:${await port(secure)}`,
      ws: `ws://127.0.0.1:${await port(web)}`,
    };
    const close = async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const server of [plain, secure, web, webSockets]) server.close();
    };
    return { urls, close };
  },
};
