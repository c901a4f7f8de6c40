// A listener of dtls-sctp:// over real sockets: clients that move, that say nothing, that are too many; and closing.
import { createSocket, type Socket } from 'node:dgram';
import type { Carrier, CarrierListener } from 'signalbox/connect';
import { afterEach, describe, expect, it } from 'vitest';
import { dtlsSctp } from '../../src/index.ts';
import { dtlsClient } from '../support/dtls-sides.ts';

const tls = { psk: { identity: 'lamp-1', key: new Uint8Array(32).fill(3) } };
const provider = dtlsSctp({ tls });
const connectOptions = { connectTimeoutMs: 10_000, signal: undefined, tls: undefined };
const listenOptions = {
  maximumConnections: 10,
  maximumHandshakes: 10,
  handshakeTimeoutMs: 10_000,
  tls: undefined,
  isOpening: () => true,
};

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A carrier and what came by it. */
class Side {
  readonly carrier: Carrier;
  readonly closed: Promise<Error | undefined>;
  #texts: string[] = [];
  #wake = () => {};

  constructor(carrier: Carrier) {
    this.carrier = carrier;
    this.closed = new Promise((resolve) => {
      carrier.start({
        onBytes: (bytes) => {
          this.#texts.push(Buffer.from(bytes).toString());
          this.#wake();
        },
        onDrain() {},
        onEnd() {},
        onClose: resolve,
      });
    });
    open.push(() => carrier.destroy());
  }

  say(text: string): void {
    this.carrier.write(Buffer.from(text));
  }

  async next(): Promise<string> {
    while (this.#texts.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#texts.shift()!;
  }
}

async function listening(options: Partial<typeof listenOptions> = {}) {
  const waiting: Side[] = [];
  let wake = () => {};
  const listener = await provider.listen('dtls-sctp://127.0.0.1:0', { ...listenOptions, ...options }, (carrier) => {
    waiting.push(new Side(carrier));
    wake();
  });
  open.push(() => listener.close());
  const next = async () => {
    while (waiting.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return waiting.shift()!;
  };
  return { listener, next };
}

async function called(url: string): Promise<Side> {
  return new Side(await provider.connect(url, connectOptions));
}

function portOf({ url }: CarrierListener): number {
  return Number(/\d+$/.exec(url)![0]);
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  open.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket;
}

/** A router between a client and a server, which takes another port when it is told to. */
class Router {
  url = '';
  /** Bytes of the largest datagram of the client. */
  largest = 0;
  /** Sees what the server sends; false: it is lost. */
  carries: () => boolean = () => true;
  /** Datagrams of the client. */
  sent = 0;
  #inside!: Socket;
  #outside!: Socket;
  #client = 0;
  readonly #server: number;

  constructor(server: number) {
    this.#server = server;
  }

  async start(): Promise<this> {
    this.#inside = await bound();
    await this.changePort();
    this.#inside.on('message', (bytes, { port }) => {
      this.#client = port;
      this.sent++;
      this.largest = Math.max(this.largest, bytes.length);
      this.#outside.send(bytes, this.#server, '127.0.0.1');
    });
    this.url = `dtls-sctp://127.0.0.1:${this.#inside.address().port}`;
    return this;
  }

  async changePort(): Promise<void> {
    const outside = await bound();
    outside.on('message', (bytes) => {
      if (outside === this.#outside && this.carries()) this.#inside.send(bytes, this.#client, '127.0.0.1');
    });
    this.#outside = outside;
  }
}

describe('a listener', () => {
  it('follows a client whose router takes another port', async () => {
    const { listener, next } = await listening();
    const router = await new Router(portOf(listener)).start();
    const client = await called(router.url);
    const server = await next();
    client.say('before');
    expect(await server.next()).toBe('before');
    const before = server.carrier.remoteAddress;
    await router.changePort();
    client.say('after');
    expect(await server.next()).toBe('after');
    expect(server.carrier.remoteAddress).not.toBe(before);
    server.say('seen');
    expect(await client.next()).toBe('seen');
    expect(listener.connections).toBe(1);
  });

  it('sends away who comes through DTLS and then says nothing', async () => {
    const { listener } = await listening({ handshakeTimeoutMs: 300 });
    await using silent = await dtlsClient(portOf(listener), tls);
    await silent.told.until(({ isClosed }) => isClosed);
    expect(silent.told.error).toBeUndefined();
    expect([listener.connections, listener.failedHandshakes]).toEqual([0, 1]);
  });

  it('takes no more than it is told to', async () => {
    const { listener, next } = await listening({ maximumConnections: 1 });
    await called(listener.url);
    await next();
    const options = { ...connectOptions, connectTimeoutMs: 300 };
    await expect(provider.connect(listener.url, options)).rejects.toMatchObject({ code: 'HANDSHAKE_TIMEOUT' });
    expect(listener.refusedConnections).toBeGreaterThan(0);
  });

  it('when it is closed takes nobody, and keeps whom it has', async () => {
    const { listener, next } = await listening();
    const client = await called(listener.url);
    const server = await next();
    await listener.close();
    await listener.close();
    const options = { ...connectOptions, connectTimeoutMs: 300 };
    await expect(provider.connect(listener.url, options)).rejects.toMatchObject({ code: 'HANDSHAKE_TIMEOUT' });
    client.say('still here');
    expect(await server.next()).toBe('still here');
    server.carrier.end();
    expect(await client.closed).toBeUndefined();
    expect(await server.closed).toBeUndefined();
  });

  it('an address that is taken is told', async () => {
    const { listener } = await listening();
    const again = provider.listen(listener.url, listenOptions, () => {});
    await expect(again).rejects.toMatchObject({ code: 'SOCKET_FAILED' });
  });

  it.each([
    ['neither a certificate nor a key', {}],
    ['a limit out of its range', { ...tls, limits: { records: 1 } }],
    ['an option nobody knows', { ...tls, pfx: 'x' }],
    ['datagrams too small for SCTP', { ...tls, limits: { datagramBytes: 548 } }],
  ])('%s: that is said at once, not to the first client', async (_, options) => {
    const listener = dtlsSctp({ tls: options }).listen('dtls-sctp://127.0.0.1:0', listenOptions, () => {});
    await expect(listener).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('whose last word is lost says it again', async () => {
    const { listener, next } = await listening();
    const router = await new Router(portOf(listener)).start();
    const client = await called(router.url);
    const server = await next();
    client.say('all');
    expect(await server.next()).toBe('all');
    // What is on its way still would be counted: a probe of a client whose acknowledgement is late, and the answer to it.
    for (let sent = -1; client.carrier.bufferedBytes > 0 || sent !== router.sent; ) {
      sent = router.sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const before = router.sent;
    let fromServer = 0;
    // After SHUTDOWN nothing of the server arrives until the client has repeated what it answered.
    router.carries = () => ++fromServer === 1 || router.sent - before >= 2;
    server.carrier.end();
    expect(await server.closed).toBeUndefined();
    expect(await client.closed).toBeUndefined();
    expect(fromServer).toBeGreaterThan(2);
  });

  it.each([549, 700, 1500])('datagrams of %d bytes are no larger, and carry everything', async (datagramBytes) => {
    const small = dtlsSctp({ tls: { ...tls, limits: { datagramBytes } } });
    const { listener, next } = await listening();
    const router = await new Router(portOf(listener)).start();
    const client = new Side(await small.connect(router.url, connectOptions));
    const server = await next();
    client.say('x'.repeat(5000));
    expect(await server.next()).toBe('x'.repeat(5000));
    expect(router.largest).toBeLessThanOrEqual(Math.min(datagramBytes, 1232));
    expect(router.largest).toBeGreaterThan(540);
  });

  it.each([0, 65_536, 1.5])('%d is no port of SCTP', (port) => {
    expect(() => dtlsSctp({ tls, port })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('a peer that closes DTLS under an association ends it with an error', async () => {
    const { listener, next } = await listening();
    const client = await called(listener.url);
    const server = await next();
    client.carrier.destroy();
    expect(await client.closed).toBeUndefined();
    expect(await server.closed).toMatchObject({ code: 'PEER_ABORTED' });
  });
});
