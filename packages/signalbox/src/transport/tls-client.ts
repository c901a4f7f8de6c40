// A TLS connection to a server, or to a proxy, over a socket of its own or one that stands already.

import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { proxiedPeerOf, setProxiedPeer } from './proxied-peer.ts';
import { type TlsIdentityOptions, tlsOptionsError } from './tls-contexts.ts';

export interface TlsClientOptions extends TlsIdentityOptions {
  /** The name to ask for (SNI) and to find in the certificate. Default: the host of the URL. */
  readonly servername?: string;
  /** Default true. Without it anybody can be the peer. */
  readonly rejectUnauthorized?: boolean;
  /** What to offer by ALPN, where a server wants another name. Default `mqtt`, `http/1.1` for WebSocket, none for `tls://`. */
  readonly alpnProtocols?: readonly string[];
}

export interface TlsTarget {
  readonly host: string;
  readonly port: number;
  /** For messages. */
  readonly url: string;
}

type NodeTlsOptions<Options> = Omit<Options, keyof TlsIdentityOptions> & TlsIdentityOptions;

/** A TLS connection that is being made, over `carrier` if there is one. Throws TransportError `TLS_OPTIONS`. */
export function connectSecure(
  { host, port, url }: TlsTarget,
  alpn: string | undefined,
  options: TlsClientOptions = {},
  carrier?: Socket,
): tls.TLSSocket {
  // An IP address is no server name; without one, Node compares the host with the certificate.
  const servername = options.servername ?? (isIP(host) === 0 ? host : '');
  const { alpnProtocols = alpn === undefined ? [] : [alpn], ...identity } = options;
  const all: NodeTlsOptions<tls.ConnectionOptions> = {
    ...identity,
    servername,
    host,
    port,
    ...(alpnProtocols.length === 0 ? {} : { ALPNProtocols: [...alpnProtocols] }),
    ...(carrier === undefined ? {} : { socket: carrier }),
  };
  try {
    const socket = tls.connect(all as tls.ConnectionOptions);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    const proxied = carrier === undefined ? undefined : proxiedPeerOf(carrier);
    if (proxied !== undefined) setProxiedPeer(socket, { ...proxied, isTlsOfProxy: false });
    return socket;
  } catch (error) {
    carrier?.destroy();
    throw tlsOptionsError(`cannot connect to ${url}`, error);
  }
}
