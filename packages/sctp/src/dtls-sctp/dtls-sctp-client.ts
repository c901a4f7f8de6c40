// Calling a server of `dtls-sctp://`: one address after the other, the handshake of DTLS, then that of SCTP, until there is a
// carrier or the caller does not want to wait any more.

import type { Carrier, CarrierConnectOptions } from 'signalbox/connect';
import { SctpCarrier } from '../carrier.ts';
import type { DtlsClientOptions, DtlsSession } from '../dtls/handshake-role.ts';
import type { LinkSink } from '../dtls/link.ts';
import { type PeerCertificate, peerCertificateOf } from '../node-crypto/peer-certificate.ts';
import { clientOptionsOf, type DtlsTlsClientOptions } from '../node-crypto/tls-options.ts';
import type { Association } from '../sctp/association.ts';
import { SctpError } from '../sctp/sctp-error.ts';
import { addressesOf, type IpAddress } from '../sctp-transport.ts';
import { checkDatagramBytes, DtlsAssociation } from './dtls-association.ts';
import type { DtlsSctpSettings } from './dtls-sctp-transport.ts';
import { DtlsSocket, type UdpLink } from './dtls-socket.ts';
import { readDtlsUrl } from './dtls-url.ts';

/** Rejects with SctpError, DtlsError, DtlsUsageError, or the reason of the signal. */
export async function connectDtlsSctp(
  url: string,
  settings: DtlsSctpSettings,
  { connectTimeoutMs, signal }: CarrierConnectOptions,
): Promise<Carrier> {
  const to = readDtlsUrl(url);
  if (to.port === 0) throw new SctpError('INVALID_ARGUMENT', `${url} has no port to connect to`);
  const options = clientOptionsOf(settings.tls as DtlsTlsClientOptions, to.host);
  checkDatagramBytes(options.limits);
  const late = AbortSignal.timeout(connectTimeoutMs);
  const stop = signal === undefined ? late : AbortSignal.any([signal, late]);
  let failure: unknown = new SctpError('NETWORK_LOST', `${url} has no address`);
  for (const address of await orStopped(addressesOf(to), stop, url)) {
    try {
      return await call(address, { options, settings, stop, url });
    } catch (error) {
      failure = error;
      if (stop.aborted) break;
    }
  }
  throw failure;
}

interface Call {
  readonly options: DtlsClientOptions;
  readonly settings: DtlsSctpSettings;
  readonly stop: AbortSignal;
  readonly url: string;
}

async function call(address: IpAddress, { options, settings, stop, url }: Call): Promise<Carrier> {
  let caller: Caller | undefined;
  const { socket, link } = await DtlsSocket.connect(address, options, (made) => {
    caller = new Caller(made, settings, url);
    return caller;
  }).catch((error: Error) => {
    throw 'code' in error && error.name.startsWith('Dtls')
      ? error
      : new SctpError('SOCKET_FAILED', `${url}: ${error.message}`);
  });
  caller!.onClosed = () => socket.close();
  caller!.localAddress = socket.localAddress;
  try {
    return await orStopped(caller!.carrier, stop, url);
  } catch (error) {
    link.close();
    socket.close();
    throw error;
  }
}

/** What happens to a link until it carries an association. */
class Caller implements LinkSink {
  readonly carrier: Promise<Carrier>;
  localAddress = '';
  onClosed: () => void = () => {};
  readonly #link: UdpLink;
  readonly #settings: DtlsSctpSettings;
  readonly #url: string;
  #resolve!: (carrier: Carrier) => void;
  #reject!: (error: Error) => void;
  #association: DtlsAssociation | undefined = undefined;

  constructor(link: UdpLink, settings: DtlsSctpSettings, url: string) {
    this.#link = link;
    this.#settings = settings;
    this.#url = url;
    this.carrier = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.carrier.catch(() => {}); // whoever waits hears of it; before there is somebody, nobody has to
  }

  connected(session: DtlsSession): void {
    const { port } = this.#settings;
    const made = new DtlsAssociation(this.#link, this.#settings);
    this.#association = made;
    let carrier: SctpCarrier | undefined;
    made.associate(port, (association) => ({
      established: () => {
        carrier = carrierOf({ association, link: this.#link, session, ...this.#own });
        this.#resolve(carrier);
      },
      message: (message) => carrier?.message(message),
      peerShutdown: () => carrier?.peerShutdown(),
      drain: () => carrier?.drain(),
      peerError: () => {},
      ended: (error) => {
        carrier?.ended(error);
        this.#reject(error ?? new SctpError('NETWORK_LOST', `${this.#url} ended the association`));
      },
    }));
  }

  data(bytes: Uint8Array): void {
    this.#association?.receive(bytes);
  }

  closed(error: Error | undefined): void {
    this.#reject(error ?? new SctpError('NETWORK_LOST', `${this.#url} closed the connection`));
    this.#association?.closed(error);
    this.onClosed();
  }

  get #own() {
    return { localAddress: this.localAddress, settings: this.#settings };
  }
}

export interface CarrierParts {
  readonly association: Association;
  readonly link: UdpLink;
  readonly session: DtlsSession;
  readonly localAddress: string;
  readonly settings: Pick<DtlsSctpSettings, 'clock' | 'limits'>;
}

export function carrierOf({ association, link, session, localAddress, settings }: CarrierParts): SctpCarrier {
  const [own] = session.peerChain;
  let certificate: PeerCertificate | undefined;
  return new SctpCarrier({
    association,
    clock: settings.clock,
    protocol: 'dtls-sctp',
    maximumMessageSize: settings.limits.maximumMessageSize,
    localAddress,
    remoteAddress: () => link.address.key,
    peerCertificate: () => {
      if (own !== undefined && session.isPeerTrusted) certificate ??= peerCertificateOf(own);
      return certificate;
    },
  });
}

/** Rejects when the caller does not want to wait any more. */
function orStopped<T>(work: Promise<T>, stop: AbortSignal, url: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => reject(stopped(stop, url));
    if (stop.aborted) onStop();
    stop.addEventListener('abort', onStop, { once: true });
    work.then(resolve, reject).finally(() => stop.removeEventListener('abort', onStop));
  });
}

function stopped({ reason }: AbortSignal, url: string): Error {
  const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
  if (isLate) return new SctpError('HANDSHAKE_TIMEOUT', `${url} did not answer in time`);
  return reason instanceof Error ? reason : new SctpError('NETWORK_LOST', 'connecting was aborted');
}
