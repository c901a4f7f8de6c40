// A server of `dtls-sctp://`: clients come through DTLS, begin their association in time, and are handed over.

import type { Carrier, CarrierListener } from 'signalbox/connect';
import type { DtlsSession } from '../dtls/handshake-role.ts';
import { DEFAULT_DTLS_LIMITS } from '../dtls/limits.ts';
import type { LinkSink } from '../dtls/link.ts';
import { type DtlsTlsServerOptions, serverOptionsOf } from '../node-crypto/tls-options.ts';
import { SctpError } from '../sctp/sctp-error.ts';
import { addressesOf } from '../sctp-transport.ts';
import { formatEndpoint } from '../udp-socket.ts';
import { checkDatagramBytes, DtlsAssociation } from './dtls-association.ts';
import { carrierOf } from './dtls-sctp-client.ts';
import type { DtlsSctpSettings } from './dtls-sctp-transport.ts';
import { DtlsSocket, type UdpLink } from './dtls-socket.ts';
import { readDtlsUrl } from './dtls-url.ts';

export interface DtlsSctpListenerSettings extends DtlsSctpSettings {
  readonly maximumConnections: number;
  readonly maximumHandshakes: number;
  /** For DTLS, and once more for SCTP. */
  readonly handshakeTimeoutMs: number;
}

export class DtlsSctpListener implements CarrierListener {
  url = '';
  readonly #settings: DtlsSctpListenerSettings;
  readonly #onCarrier: (carrier: Carrier) => void;
  #socket!: DtlsSocket;
  #isClosing = false;
  /** Clients that came through DTLS and then did not begin an association. */
  #silent = 0;

  private constructor(settings: DtlsSctpListenerSettings, onCarrier: (carrier: Carrier) => void) {
    this.#settings = settings;
    this.#onCarrier = onCarrier;
  }

  /** Rejects with SctpError `INVALID_ARGUMENT`, `SOCKET_FAILED`, or DtlsUsageError `INVALID_ARGUMENT`. */
  static async open(
    url: string,
    settings: DtlsSctpListenerSettings,
    onCarrier: (carrier: Carrier) => void,
  ): Promise<DtlsSctpListener> {
    const listener = new DtlsSctpListener(settings, onCarrier);
    const [address] = await addressesOf(readDtlsUrl(url));
    if (address === undefined) throw new SctpError('SOCKET_FAILED', `${url} has no address`);
    const { tls, maximumConnections, maximumHandshakes, handshakeTimeoutMs } = settings;
    const server = serverOptionsOf(tls as DtlsTlsServerOptions);
    checkDatagramBytes(server.limits);
    const handshakeMs = Math.min(handshakeTimeoutMs, server.limits?.handshakeMs ?? DEFAULT_DTLS_LIMITS.handshakeMs);
    const options = { server: { ...server, limits: { ...server.limits, handshakeMs } } };
    const accept = (link: UdpLink) => listener.#accept(link);
    listener.#socket = await DtlsSocket.listen(
      { ...address, ...options, maximumConnections, maximumHandshakes },
      accept,
    ).catch((error: Error) => {
      throw 'code' in error && error.name.startsWith('Dtls')
        ? error
        : new SctpError('SOCKET_FAILED', `${url}: ${error.message}`);
    });
    listener.url = `dtls-sctp://${formatEndpoint(address.host, listener.#socket.localPort)}`;
    return listener;
  }

  get connections(): number {
    return this.#socket.endpoint.connections;
  }

  get refusedConnections(): number {
    return this.#socket.endpoint.refusedConnections;
  }

  get failedHandshakes(): number {
    return this.#socket.endpoint.failedHandshakes + this.#silent;
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const { endpoint } = this.#socket;
    endpoint.isListening = false;
    endpoint.giveUpHandshakes('the server closes');
    this.#closeIfUnused();
  }

  #accept(link: UdpLink): LinkSink {
    let association: DtlsAssociation | undefined;
    const timer = setTimeout(() => {
      this.#silent++;
      link.close();
    }, this.#settings.handshakeTimeoutMs).unref();
    return {
      connected: (session) => {
        association = this.#associationOf(link, session, () => clearTimeout(timer));
      },
      data: (bytes) => association?.receive(bytes),
      closed: (error) => {
        clearTimeout(timer);
        association?.closed(error);
        this.#closeIfUnused();
      },
    };
  }

  #associationOf(link: UdpLink, session: DtlsSession, onBegun: () => void): DtlsAssociation {
    const settings = this.#settings;
    return new DtlsAssociation(link, settings, (association) => {
      onBegun();
      const { localAddress } = this.#socket;
      const carrier = carrierOf({ association, link, session, localAddress, settings });
      // In a later turn: the association is made while its packet is read.
      setImmediate(() => {
        if (this.#isClosing) carrier.destroy();
        else this.#onCarrier(carrier);
      });
      return carrier;
    });
  }

  #closeIfUnused(): void {
    if (this.#isClosing && this.connections === 0) this.#socket.close();
  }
}
