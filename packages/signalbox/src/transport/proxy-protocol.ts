// The PROXY protocol at a listener: which peers may speak it, and the wait for their header before anything else is read.
// A listener that expects the header takes no connection without one: whoever could leave it out could be anybody.

import { BlockList, isIP, type Socket } from 'node:net';
import { cancelDeadline, setDeadline } from './deadlines.ts';
import { setProxiedPeer } from './proxied-peer.ts';
import { readProxyHeader } from './proxy-header.ts';
import type { PeerCertificate } from './transport.ts';
import { TransportError } from './transport-error.ts';

export interface ProxyProtocolOptions {
  /** Every connection begins with a header of the PROXY protocol, version 1 or 2. Default: none does. */
  readonly proxyProtocol?: 'required' | undefined;
  /** Addresses and networks (`10.0.0.0/8`) of the proxies. Default: this machine. Peers of Unix sockets are all trusted. */
  readonly proxyTrusted?: readonly string[] | undefined;
}

const THIS_MACHINE = ['127.0.0.0/8', '::1'];

export class ProxyProtocol {
  readonly #trusted = new BlockList();

  /** Throws TransportError `BAD_OPTIONS`. */
  constructor(trusted: readonly string[] = THIS_MACHINE) {
    for (const network of trusted) this.#trust(network);
  }

  /** Undefined: the peer has gone already. */
  trusts(remoteAddress: string | undefined): boolean {
    if (remoteAddress === undefined) return false;
    return this.#trusted.check(remoteAddress, isIP(remoteAddress) === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * Waits for the header. `socket` then knows its ProxiedPeer, is paused, and holds what came after the header. Without a
   * proper header in time it is destroyed, and `onHeader` never called.
   */
  await(socket: Socket, timeoutMs: number, onHeader: () => void): void {
    let received: Buffer = Buffer.alloc(0);
    const onData = (bytes: Buffer): void => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      const header = readProxyHeader(received);
      if (header === 'incomplete') return;
      socket.pause();
      socket.removeListener('data', onData);
      if (header === 'malformed') {
        socket.destroy();
        return;
      }
      cancelDeadline(socket);
      const { source, commonName } = header;
      setProxiedPeer(socket, {
        address: source,
        certificate: commonName === undefined ? undefined : certificateOf(commonName),
      });
      // Whoever takes the socket, or what it runs over, must not do so in the middle of its reading.
      process.nextTick(() => {
        if (socket.destroyed) return;
        if (received.length > header.size) socket.unshift(received.subarray(header.size));
        onHeader();
      });
    };
    setDeadline(socket, timeoutMs);
    socket.on('close', () => cancelDeadline(socket));
    socket.on('data', onData);
    socket.resume();
  }

  #trust(network: string): void {
    const [address = '', prefix, ...rest] = network.split('/');
    const version = isIP(address);
    const length = Number(prefix);
    try {
      if (version === 0 || rest.length > 0) throw new RangeError();
      const family = version === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, /^\d+$/.test(prefix) ? length : -1, family);
    } catch {
      throw new TransportError('BAD_OPTIONS', `proxyTrusted: ${network} is no address or network like 10.0.0.0/8`);
    }
  }
}

/** All that a proxy tells of a certificate it has verified. */
function certificateOf(commonName: string): PeerCertificate {
  return {
    subject: `CN=${commonName}`,
    commonName,
    issuer: '',
    subjectAltName: undefined,
    serialNumber: '',
    fingerprint256: '',
    validTo: '',
  };
}
