// ProxiedPeer: who is behind a connection that a proxy made, or that was made through one. It is tied to the socket, and
// goes with it when another socket takes its place.

import type { Socket } from 'node:net';
import { formatHost } from './address.ts';
import type { PeerCertificate } from './transport.ts';

export interface ProxiedPeer {
  /** Undefined: the proxy connected for itself, or does not know. */
  readonly address: string | undefined;
  readonly certificate: PeerCertificate | undefined;
  /** The socket speaks TLS with the proxy, whose certificate is not that of the peer. Default false. */
  readonly isTlsOfProxy?: boolean;
}

const PEER = Symbol('proxied peer');

interface Tied extends Socket {
  [PEER]?: ProxiedPeer;
}

export function setProxiedPeer(socket: Socket, peer: ProxiedPeer): void {
  (socket as Tied)[PEER] = peer;
}

export function proxiedPeerOf(socket: Socket): ProxiedPeer | undefined {
  return (socket as Tied)[PEER];
}

/** `to` is what carries the connection from now on. */
export function passProxiedPeer(from: Socket, to: Socket): void {
  const peer = proxiedPeerOf(from);
  if (peer !== undefined) setProxiedPeer(to, peer);
}

/** Our own end of the connection. `name`: where ends have no address of their own. */
export function ownAddress(socket: Socket, name: string | undefined): string {
  if (name !== undefined) return name;
  return socket.localAddress === undefined ? '' : formatHost(socket.localAddress, socket.localPort ?? 0);
}

/** Where the connection comes from: what a proxy told, or else what the system says. `peerName`: of who has no address. */
export function peerAddress(socket: Socket, peerName: string | undefined): string {
  const proxied = proxiedPeerOf(socket)?.address;
  if (proxied !== undefined) return proxied;
  if (peerName !== undefined) return peerName;
  return socket.remoteAddress === undefined ? '' : formatHost(socket.remoteAddress, socket.remotePort ?? 0);
}
