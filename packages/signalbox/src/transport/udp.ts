// UDP: connecting, and a listener that tells its peers apart by their addresses. Knows nothing of what the messages are.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Address, formatHost, formatUrl, parseAddress } from './address.ts';
import { untilEvent } from './connecting.ts';
import { connectError, listenError, TransportError } from './transport-error.ts';
import { UdpPeer, type UdpPort } from './udp-peer.ts';

/** Bursts wait in the kernel while the program does something else. The system may grant less. */
const KERNEL_BUFFER = 4 * 1_048_576;

/** `udp://host:port`. Throws TransportError `BAD_URL`. */
function parseUdp(url: string): Address {
  return { ...parseAddress(url.replace(/^udp:/i, 'tcp:')), scheme: 'udp', url };
}

/** The socket for a host, and the address of it. */
async function socketFor({ host, url }: Address, asError: typeof listenError): Promise<[Socket, string]> {
  const { address, family } = await lookup(host).catch((error: Error) => {
    throw asError(url, error);
  });
  const type = (isIP(host) || family) === 6 ? 'udp6' : 'udp4';
  return [createSocket({ type, recvBufferSize: KERNEL_BUFFER, sendBufferSize: KERNEL_BUFFER }), address];
}

function addressOf(socket: Socket): string {
  const { address, port } = socket.address();
  return formatHost(address, port);
}

export interface UdpConnectOptions {
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Nobody has to be there. Rejects with TransportError. */
export async function connectUdp(url: string, { connectTimeoutMs, signal }: UdpConnectOptions): Promise<UdpPeer> {
  const address = parseUdp(url);
  if (address.port === 0) throw new TransportError('BAD_URL', `${url} is no address to connect to`);
  if (signal?.aborted === true) {
    throw new TransportError('CONNECT_ABORTED', `connecting to ${url} was aborted`, signal.reason);
  }
  const [socket, host] = await socketFor(address, (to, error) => connectError(to, error, 'CONNECT_FAILED') as never);
  socket.connect(address.port, host);
  await untilEvent(socket, 'connect', url, {
    connectTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
    giveUp: () => closeQuietly(socket),
    failure: () => 'CONNECT_FAILED',
  });
  const port: UdpPort = {
    localAddress: addressOf(socket),
    send: (bytes, onSent) => socket.send(bytes, onSent),
    leave: () => closeQuietly(socket),
  };
  const peer = new UdpPeer(port, formatHost(host, address.port));
  socket.on('error', ignore); // that nobody is there now, as the next `send` will say too
  socket.on('message', (bytes) => peer.received(bytes));
  return peer;
}

export interface UdpListenOptions {
  readonly maximumConnections: number;
  /** Whether a conversation may begin with this. */
  readonly isOpening: (bytes: Uint8Array) => boolean;
}

export class UdpListener {
  readonly url: string;
  refusedConnections = 0;
  /** What came of nobody known, and could not begin anything. */
  failedHandshakes = 0;
  readonly #socket: Socket;
  readonly #peers = new Map<string, UdpPeer>();
  #isClosed = false;

  constructor(socket: Socket, url: string, options: UdpListenOptions, onPeer: (peer: UdpPeer) => void) {
    this.#socket = socket;
    this.url = url;
    socket.on('error', ignore);
    socket.on('message', (bytes, from) => this.#onMessage(bytes, from, options, onPeer));
  }

  get connections(): number {
    return this.#peers.size;
  }

  #onMessage(bytes: Uint8Array, from: RemoteInfo, options: UdpListenOptions, onPeer: (peer: UdpPeer) => void): void {
    // UDP has a port 0, which says that nobody takes an answer; to send there is an error of ours.
    if (from.port === 0) {
      this.failedHandshakes++;
      return;
    }
    const name = formatHost(from.address, from.port);
    const known = this.#peers.get(name);
    if (known !== undefined) {
      known.received(bytes);
    } else if (this.#isClosed) {
      return;
    } else if (this.#peers.size >= options.maximumConnections) {
      this.refusedConnections++;
    } else if (!options.isOpening(bytes)) {
      this.failedHandshakes++;
    } else {
      const peer = new UdpPeer(this.#port(name, from), name);
      this.#peers.set(name, peer);
      onPeer(peer);
      peer.received(bytes);
    }
  }

  #port(name: string, { address, port }: RemoteInfo): UdpPort {
    return {
      localAddress: addressOf(this.#socket),
      send: (bytes, onSent) => this.#socket.send(bytes, port, address, onSent),
      leave: () => {
        this.#peers.delete(name);
        this.#closeIfUnused();
      },
    };
  }

  /** Takes on nobody new; the socket is closed when the last peer has gone. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#closeIfUnused();
    return Promise.resolve();
  }

  #closeIfUnused(): void {
    if (this.#isClosed && this.#peers.size === 0) closeQuietly(this.#socket);
  }
}

/** Rejects with TransportError. */
export async function listenUdp(
  url: string,
  options: UdpListenOptions,
  onPeer: (peer: UdpPeer) => void,
): Promise<UdpListener> {
  const address = parseUdp(url);
  const [socket, host] = await socketFor(address, listenError);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      closeQuietly(socket);
      reject(listenError(url, error));
    });
    socket.bind(address.port, host, resolve);
  });
  socket.removeAllListeners('error');
  return new UdpListener(socket, formatUrl(address, socket.address().port), options, onPeer);
}

function closeQuietly(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // closed already
  }
}

function ignore(): void {}
