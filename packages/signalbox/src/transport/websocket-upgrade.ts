// The HTTP side of a WebSocket listener: which requests become WebSockets, and what the others are told.

import http from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { WebSocketOrigins } from './websocket-origins.ts';

/** MQTT 5.0 and 3.1.1, and what libraries of MQTT 3.1 say. The first one offered is taken. [MQTT-6.0.0-4] [MQTT-6.0.0-4@3.1.1] */
export const MQTT_SUBPROTOCOLS: readonly string[] = ['mqtt', 'mqttv3.1'];

export interface UpgradeOptions {
  readonly path: string;
  readonly maximumPayload: number;
  /** What may be agreed on, best first. */
  readonly subprotocols: readonly string[];
  readonly graceMs: number;
  /** Undefined: a page of any origin may connect. */
  readonly allowedOrigins: WebSocketOrigins | undefined;
  onUpgraded(webSocket: WebSocket, socket: Socket): void;
}

/** Status, reason and what a human reads. */
type Refusal = readonly [number, string, string];

/** An HTTP server which is given its connections by `emit('connection', socket)` and never listens itself. */
export function createUpgradeServer(options: UpgradeOptions): http.Server {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maximumPayload,
    handleProtocols: (offered) => options.subprotocols.find((name) => offered.has(name)) ?? false,
    ...{ closeTimeout: options.graceMs }, // ws 8.23 knows it, its types do not yet
  });
  const server = http.createServer((request, response) => {
    const [status, , text] = isAt(options.path, request) ? UPGRADE_REQUIRED : NOT_FOUND;
    response.writeHead(status, { connection: 'close', upgrade: 'websocket', 'content-type': 'text/plain' });
    response.end(text);
  });
  server.on('upgrade', (request, duplex, head) => {
    const socket = duplex as Socket;
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) refuse(socket, refusal);
    else webSockets.handleUpgrade(request, socket, head, (webSocket) => options.onUpgraded(webSocket, socket));
  });
  return server;
}

const NOT_FOUND: Refusal = [404, 'Not Found', 'There is nothing at this path.\n'];
const UPGRADE_REQUIRED: Refusal = [426, 'Upgrade Required', 'This address speaks WebSocket only.\n'];
const FORBIDDEN: Refusal = [403, 'Forbidden', 'Pages of this origin may not connect.\n'];

function refusalOf(request: http.IncomingMessage, options: UpgradeOptions): Refusal | undefined {
  const { headers } = request;
  if (!isAt(options.path, request)) return NOT_FOUND;
  if (options.allowedOrigins?.allows(headers.origin) === false) return FORBIDDEN;
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!offered.some((name) => options.subprotocols.includes(name))) return badRequest(options.subprotocols); // [MQTT-6.0.0-3] [MQTT-6.0.0-3@3.1.1]
  return undefined;
}

function badRequest([subprotocol]: readonly string[]): Refusal {
  return [400, 'Bad Request', `The WebSocket subprotocol must be ${subprotocol}.\n`];
}

function isAt(path: string, request: http.IncomingMessage): boolean {
  return request.url?.split('?', 1)[0] === path;
}

function refuse(socket: Socket, [status, reason, text]: Refusal): void {
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  const headers = `connection: close\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}`;
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${headers}\r\n\r\n${text}`);
}
