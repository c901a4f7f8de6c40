// `sctp://` for `signalbox/connect`: SCTP over UDP, as client and as server. It is neither encrypted nor authenticated:
// docs/guide/sctp-security.md.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type {
  Carrier,
  CarrierConnectOptions,
  CarrierListener,
  CarrierListenOptions,
  CarrierProvider,
} from 'signalbox/connect';
import { SctpCarrier } from './carrier.ts';
import { checkedPort } from './provider-options.ts';
import { type AssociationLimits, limitsOf } from './sctp/association-options.ts';
import { SctpError } from './sctp/sctp-error.ts';
import { SCTP_UDP_PORT, type UdpAssociation, UdpEndpoint } from './udp-endpoint.ts';
import { formatEndpoint } from './udp-socket.ts';

export interface SctpOptions {
  /** The SCTP port, of the server at both ends. Default 5000. The port of the URL is that of UDP, by default 9899. */
  readonly port?: number;
  /** What associations may take, and how they behave. */
  readonly limits?: Partial<AssociationLimits>;
  /** How long a cookie of the handshake is good for. Default 60,000. */
  readonly cookieLifeMs?: number;
}

/** Nobody is reachable from elsewhere without saying so. */
const DEFAULT_HOST = '127.0.0.1';

/**
 * The scheme `sctp` for the option `transports` of connect() and listen(): `sctp://host:9899`.
 * @throws {SctpError} `INVALID_ARGUMENT`: an option out of its range, or one that there is not.
 */
export function sctp(options: SctpOptions = {}): CarrierProvider {
  const port = checkedPort(options, ['port', 'limits', 'cookieLifeMs']);
  const { cookieLifeMs = 1 } = options;
  if (typeof cookieLifeMs !== 'number' || !(cookieLifeMs >= 1))
    throw new SctpError('INVALID_ARGUMENT', 'cookieLifeMs is to be a number from 1');
  // Connections wait by themselves when much is to be sent.
  const limits = limitsOf({ ...options.limits, sendBuffer: Number.MAX_SAFE_INTEGER });
  return {
    schemes: ['sctp'],
    connect: (url, connectOptions) => connectSctp(url, { ...options, port, limits }, connectOptions),
    listen: (url, listenOptions, onCarrier) =>
      listenSctp(url, { ...options, port, limits, ...listenOptions }, onCarrier),
  };
}

type Settings = SctpOptions & { readonly port: number; readonly limits: AssociationLimits };

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** The parts of `sctp://host:port`. @throws {SctpError} `INVALID_ARGUMENT`. */
function readUrl(url: string): HostAndPort {
  const parts = /^[a-z-]+:\/\/(\[[^\]/]+\]|[^[\]:/?#@\s]*)(?::(\d{1,5}))?\/?$/i.exec(url);
  const port = Number(parts?.[2] ?? SCTP_UDP_PORT);
  if (parts === null || port > 65_535) {
    throw new SctpError('INVALID_ARGUMENT', `${url} is no address: it is to be like sctp://192.0.2.1:${SCTP_UDP_PORT}`);
  }
  return { host: (parts[1] || DEFAULT_HOST).replace(/^\[(.*)\]$/, '$1'), port };
}

export interface IpAddress {
  readonly host: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/** All addresses of a host, in the order of the system. Rejects with SctpError `SOCKET_FAILED`. */
export async function addressesOf({ host, port }: HostAndPort): Promise<IpAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ host, family: family === 6 ? 6 : 4, port }];
  const all = await lookup(host, { all: true }).catch((error: Error) => {
    throw new SctpError('SOCKET_FAILED', `the host ${host} is not known: ${error.message}`);
  });
  return all.map((one) => ({ host: one.address, family: one.family === 6 ? 6 : 4, port }));
}

async function connectSctp(url: string, settings: Settings, options: CarrierConnectOptions): Promise<Carrier> {
  const { signal, connectTimeoutMs } = options;
  const late = AbortSignal.timeout(connectTimeoutMs);
  const stop = signal === undefined ? late : AbortSignal.any([signal, late]);
  stop.throwIfAborted();
  const addresses = await orStopped(addressesOf(readUrl(url)), stop, url);
  let failure: unknown = new SctpError('NETWORK_LOST', `${url} has no address`);
  for (const address of addresses) {
    try {
      return await associate(address, { settings, stop, url });
    } catch (error) {
      failure = error;
      if (stop.aborted) break;
    }
  }
  throw failure;
}

/** Rejects when the caller does not want to wait any more. */
function orStopped<T>(work: Promise<T>, stop: AbortSignal, url: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => reject(stopped(stop, url));
    stop.addEventListener('abort', onStop, { once: true });
    work.then(resolve, reject).finally(() => stop.removeEventListener('abort', onStop));
  });
}

function stopped(stop: AbortSignal, url: string): Error {
  const reason: unknown = stop.reason;
  const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
  if (isLate) return new SctpError('HANDSHAKE_TIMEOUT', `${url} did not answer in time`);
  return reason instanceof Error ? reason : new SctpError('NETWORK_LOST', 'connecting was aborted');
}

async function associate(
  address: IpAddress,
  { settings, stop, url }: { settings: Settings; stop: AbortSignal; url: string },
): Promise<Carrier> {
  let refuse: (error: Error) => void = () => {};
  const endpoint = await UdpEndpoint.open(
    { ...address, limits: settings.limits },
    {
      accept: () => {
        throw new SctpError('NOT_ESTABLISHED', 'a client does not accept');
      },
      onRefused: (error) => refuse(error),
    },
  );
  return orStopped(
    new Promise<Carrier>((resolve, reject) => {
      let carrier: SctpCarrier;
      const one = endpoint.associate(settings.port, () => ({
        established: () => {
          refuse = () => {};
          carrier = carrierOf(one, settings);
          one.sink = carrier;
          resolve(carrier);
        },
        message: () => {},
        peerShutdown: () => {},
        drain: () => {},
        peerError: () => {},
        ended: (error) => reject(error ?? new SctpError('NETWORK_LOST', `connecting to ${url} was given up`)),
      }));
      refuse = (error) => one.association.end(new SctpError('NETWORK_LOST', `${url}: ${error.message}`));
      endpoint.leave();
      stop.addEventListener('abort', () => {
        if (carrier === undefined) one.association.abort();
      });
    }),
    stop,
    url,
  );
}

function carrierOf(one: UdpAssociation, settings: Settings): SctpCarrier {
  return new SctpCarrier({
    association: one.association,
    clock: one.endpoint.clock,
    protocol: 'sctp',
    maximumMessageSize: settings.limits.maximumMessageSize,
    localAddress: one.endpoint.socket.localAddress,
    remoteAddress: () => one.path.key,
    peerCertificate: () => undefined,
  });
}

async function listenSctp(
  url: string,
  settings: Settings & CarrierListenOptions,
  onCarrier: (carrier: Carrier) => void,
): Promise<CarrierListener> {
  const [address] = await addressesOf(readUrl(url));
  if (address === undefined) throw new SctpError('SOCKET_FAILED', `${url} has no address`);
  const { maximumConnections, limits, cookieLifeMs, port } = settings;
  const endpoint = await UdpEndpoint.open(
    {
      ...address,
      limits,
      listeningPort: port,
      maximumAssociations: maximumConnections,
      ...(cookieLifeMs === undefined ? {} : { cookieLifeMs }),
    },
    {
      accept: (one) => {
        const carrier = carrierOf(one, settings);
        // In a later turn: the association is made while its packet is read.
        setImmediate(onCarrier, carrier);
        return carrier;
      },
      onRefused: () => {},
    },
  );
  const { host } = endpoint;
  return {
    url: `sctp://${formatEndpoint(address.host, endpoint.socket.localPort)}`,
    get connections() {
      return host.associations;
    },
    get refusedConnections() {
      return host.refusedAssociations;
    },
    // A handshake leaves nothing here until it has succeeded.
    failedHandshakes: 0,
    close: async () => endpoint.leave(),
  };
}
