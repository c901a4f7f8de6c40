// Tunnel: a connection to a target through a proxy. What is carried through it, TLS to the target say, is not known here.

import net, { type Socket } from 'node:net';
import { type Address, formatHost } from './address.ts';
import { type PhaseOptions, untilEvent } from './connecting.ts';
import { HttpTunnel } from './http-tunnel.ts';
import { setProxiedPeer } from './proxied-peer.ts';
import { SocksTunnel } from './socks-tunnel.ts';
import { connectSecure, type TlsClientOptions } from './tls-client.ts';
import { TransportError } from './transport-error.ts';
import type { HandshakeStep, TunnelHandshake, TunnelRefusal } from './tunnel-handshake.ts';
import { parseProxy, type TunnelProxy } from './tunnel-proxy.ts';

export interface ProxyOptions {
  /**
   * The proxy to connect through: `http://[user:password@]host:port`, `https://…` or `socks5://…` (`socks5h://` is the same).
   * It resolves the name of the target. With TLS to the target it sees nothing of what is said. Not for `unix://`.
   */
  readonly proxy?: string | undefined;
  /** For a proxy at `https://`; the option `tls` is for the target alone. */
  readonly proxyTls?: TlsClientOptions | undefined;
}

/** Emitted by the socket to the proxy. */
const TUNNEL_STANDS = 'tunnel';

const ALPN_HTTP = 'http/1.1';

/**
 * A socket that is connected to the target, and paused; what has come through the tunnel already waits in it. Rejects with
 * TransportError: `BAD_OPTIONS`, `BAD_URL`, `TLS_OPTIONS` (of `proxyTls`), `PROXY_…`, `CONNECT_TIMEOUT` or `CONNECT_ABORTED`.
 */
export async function openTunnel(
  address: Address,
  proxyUrl: string,
  options: ProxyOptions & PhaseOptions,
): Promise<Socket> {
  const proxy = parseProxy(proxyUrl, address);
  const what = `${address.url} through the proxy ${proxy.label}`;
  const Handshake = proxy.kind === 'http' ? HttpTunnel : SocksTunnel;
  const handshake = new Handshake(address, proxy.credentials);
  const socket = await reach(proxy, address, options);
  const stands = untilEvent(socket, TUNNEL_STANDS, what, {
    ...options,
    giveUp: () => socket.destroy(),
    failure: () => 'PROXY_FAILED',
  });
  negotiate(socket, handshake, what);
  await stands;
  if (socket.destroyed) throw new TransportError('PROXY_FAILED', `cannot connect to ${what}: it closed the connection`);
  const peer = formatHost(address.host, address.port);
  setProxiedPeer(socket, { address: peer, certificate: undefined, isTlsOfProxy: proxy.isSecure });
  return socket;
}

async function reach(
  { host, port, isSecure, label }: TunnelProxy,
  target: Address,
  options: ProxyOptions & PhaseOptions,
): Promise<Socket> {
  const url = `${label}, the proxy for ${target.url}`;
  const socket = isSecure
    ? connectSecure({ host, port, url }, ALPN_HTTP, options.proxyTls)
    : net.connect({ host, port, noDelay: true, keepAlive: true });
  socket.on('error', ignore); // whoever waits for something else listens too
  try {
    await untilEvent(socket, isSecure ? 'secureConnect' : 'connect', url, {
      ...options,
      giveUp: () => socket.destroy(),
      failure: () => 'PROXY_UNREACHABLE',
    });
  } catch (error) {
    const { code, message, cause } = error as TransportError;
    if (code === 'CONNECT_TIMEOUT' || code === 'CONNECT_ABORTED') throw error;
    throw new TransportError('PROXY_UNREACHABLE', message, cause);
  }
  return socket;
}

/** Emits TUNNEL_STANDS, or destroys the socket with the reason. */
function negotiate(socket: Socket, handshake: TunnelHandshake, what: string): void {
  const onData = (bytes: Buffer): void => {
    let step: HandshakeStep;
    try {
      step = handshake.receive(bytes);
    } catch (error) {
      const { code, message } = error as TunnelRefusal;
      socket.destroy(new TransportError(code, `cannot connect to ${what}: it ${message}`));
      return;
    }
    if (step.send !== undefined) socket.write(step.send);
    const { early } = step;
    if (early === undefined) return;
    socket.pause();
    socket.removeListener('data', onData);
    // Whoever takes the socket, or what it runs over, must not do so in the middle of its reading.
    process.nextTick(() => {
      if (socket.destroyed) return;
      if (early.length > 0) socket.unshift(early);
      socket.emit(TUNNEL_STANDS);
    });
  };
  socket.on('data', onData);
  socket.write(handshake.open());
}

function ignore(): void {}
