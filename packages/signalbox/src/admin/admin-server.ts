/**
 * The admin address of a broker: metrics, health and an API for people and dashboards, over HTTP. It shows what clients
 * must not see and ends their connections, so it is on the loopback interface, or it has a token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Broker, exchangeOf } from '../broker/broker.ts';
import { ADMIN_ERRORS, AdminError, type Answer, json } from './answer.ts';
import { EventLoopMonitor } from './event-loop.ts';
import { findRoute, inquire } from './routes.ts';
import { Scans } from './scans.ts';
import { streamTrace, TRACE_PATH } from './trace-stream.ts';

export interface AdminOptions {
  /** `http://HOST:PORT`; port 0 takes a free one. Default `http://127.0.0.1:0`. */
  readonly url?: string;
  /** What `Authorization: Bearer …` must say, except for `/healthz` and `/readyz`. Needed beyond the loopback interface. */
  readonly token?: string;
}

export interface AdminServer {
  /** With the real port. */
  readonly url: string;
  /** Another token from now on; undefined: none is needed. Throws RangeError where one is. */
  setToken(token: string | undefined): void;
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 64; // probes, a Prometheus, some dashboards, and traces, which stay
const LARGEST_HEADER_BYTES = 16 * 1024; // a Topic Filter of 64 KiB is no question
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const LOOKED_AT_EVERY_MS = 1_000; // Node looks every 30 s, and so long half a request would hold one of the connections

/**
 * Resolves when it listens. Rejects with RangeError when the URL is none, or when everybody could ask without a token; and
 * with the error of the system when it cannot listen. It does not outlive the broker unless nobody closes it.
 */
export async function createAdminServer(broker: Broker, options: AdminOptions = {}): Promise<AdminServer> {
  const { host, port } = parseUrl(options.url ?? 'http://127.0.0.1:0');
  const desk = new Desk(broker, host);
  desk.setToken(options.token);
  const server = createServer(
    {
      maxHeaderSize: LARGEST_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: LOOKED_AT_EVERY_MS,
    },
    (request, response) => void desk.serve(request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, host, port);
  const { port: realPort } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${realPort}`,
    setToken: (token) => desk.setToken(token),
    close: () => {
      desk.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

class Desk {
  readonly #broker: Broker;
  readonly #host: string;
  readonly #scans = new Scans();
  readonly #eventLoop = new EventLoopMonitor();
  #digest: Buffer | undefined = undefined;

  constructor(broker: Broker, host: string) {
    this.#broker = broker;
    this.#host = host;
  }

  setToken(token: string | undefined): void {
    if (token === '') throw new RangeError('the token is empty');
    if (token === undefined && !isLoopback(this.#host)) {
      throw new RangeError(`the admin address ${this.#host} is reachable from elsewhere and needs a token`);
    }
    this.#digest = token === undefined ? undefined : digestOf(token);
  }

  close(): void {
    this.#eventLoop.close();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#answer(request, response);
      if (answer !== undefined) send(request, response, answer);
    } catch (error) {
      const known = error instanceof AdminError ? error : new AdminError('INTERNAL', 'the broker could not answer');
      if (known !== error) exchangeOf(this.#broker).onError(error, 'answering the admin API');
      if (response.headersSent) response.destroy();
      else send(request, response, refusal(known));
    }
  }

  /** Undefined when the answer goes on. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const method = request.method ?? 'GET';
    this.#checkHost(request.headers.host ?? '');
    if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0) {
      throw new AdminError('BODY_NOT_ALLOWED', 'nothing here takes a body');
    }
    const url = parsed(request.url ?? '/');
    if (url.pathname === TRACE_PATH && method === 'GET') {
      this.#checkToken(request.headers.authorization);
      streamTrace(this.#broker, url.searchParams, response);
      return undefined;
    }
    const { route, name } = findRoute(method, url.pathname);
    if (route.isPublic !== true) this.#checkToken(request.headers.authorization);
    return inquire(this.#broker, { name, scans: this.#scans, eventLoop: this.#eventLoop }, url, route);
  }

  #checkToken(authorization = ''): void {
    if (this.#digest === undefined) return;
    const [, said = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (timingSafeEqual(digestOf(said), this.#digest)) return;
    throw new AdminError('UNAUTHORIZED', 'Authorization: Bearer … is missing, or wrong');
  }

  /** A page in a browser can give our address a name of its own, but not keep that name out of the request. */
  #checkHost(said: string): void {
    if (this.#digest !== undefined) return;
    const host = said.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    if (isLoopback(host) || host === this.#host) return;
    throw new AdminError('WRONG_HOST', 'without a token only localhost is answered');
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: Answer): void {
  response.statusCode = status;
  if (contentType !== '') response.setHeader('content-type', contentType);
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if (status === ADMIN_ERRORS.UNAUTHORIZED) response.setHeader('www-authenticate', 'Bearer');
  if (status >= 400 && !request.complete) response.setHeader('connection', 'close');
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refusal({ code, message }: AdminError): Answer {
  return json({ error: { code, message } }, ADMIN_ERRORS[code]);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function parseUrl(url: string): { host: string; port: number } {
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  const isPlain = parts !== undefined && parts.pathname === '/' && parts.search === '' && parts.username === '';
  if (!isPlain || parts.protocol !== 'http:')
    throw new RangeError(`the admin address must be http://HOST:PORT, not ${url}`);
  return { host: parts.hostname.replace(/^\[(.*)\]$/, '$1'), port: parts.port === '' ? 80 : Number(parts.port) };
}

function parsed(target: string): URL {
  try {
    return new URL(target, 'http://localhost');
  } catch {
    throw new AdminError('BAD_REQUEST', 'this is no path');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
