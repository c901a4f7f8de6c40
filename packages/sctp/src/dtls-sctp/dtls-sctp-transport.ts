// `dtls-sctp://` for `signalbox/connect`: SCTP inside DTLS over UDP (RFC 8261), encrypted and authenticated, as client and as
// server.

import type { Carrier, CarrierListener, CarrierListenOptions, CarrierProvider } from 'signalbox/connect';
import { AssociationClock } from '../association-clock.ts';
import type { DtlsTlsClientOptions, DtlsTlsServerOptions } from '../node-crypto/tls-options.ts';
import { checkedPort } from '../provider-options.ts';
import { type AssociationLimits, limitsOf } from '../sctp/association-options.ts';
import { connectDtlsSctp } from './dtls-sctp-client.ts';
import { DtlsSctpListener } from './dtls-sctp-listener.ts';

export interface DtlsSctpOptions {
  /** Certificates, keys and whom to trust; the option `tls` of connect() and listen() goes before it. */
  readonly tls?: DtlsTlsClientOptions | DtlsTlsServerOptions;
  /** The SCTP port, of the server at both ends. Default 5000. The port of the URL is that of UDP. */
  readonly port?: number;
  /** What associations may take, and how they behave. */
  readonly limits?: Partial<AssociationLimits>;
}

/** Options of the provider, with its defaults. */
export interface DtlsSctpSettings {
  readonly tls: Readonly<Record<string, unknown>>;
  readonly port: number;
  readonly limits: AssociationLimits;
  /** One for all that the provider makes: what a turn brings is answered once. */
  readonly clock: AssociationClock;
}

/**
 * The scheme `dtls-sctp` for the option `transports` of connect() and listen(): `dtls-sctp://host:port`.
 * @throws {SctpError} `INVALID_ARGUMENT`: an option out of its range, or one that there is not.
 */
export function dtlsSctp(options: DtlsSctpOptions = {}): CarrierProvider {
  const port = checkedPort(options, ['tls', 'port', 'limits']);
  const { tls = {}, limits = {} } = options;
  const settings = {
    port,
    limits: limitsOf({ ...limits, sendBuffer: Number.MAX_SAFE_INTEGER }),
    clock: new AssociationClock(),
  };
  const withTls = (given: Readonly<Record<string, unknown>> | undefined) => ({
    ...settings,
    tls: { ...tls, ...given },
  });
  return {
    schemes: ['dtls-sctp'],
    connect: (url, connectOptions) => connectDtlsSctp(url, withTls(connectOptions.tls), connectOptions),
    listen(
      url: string,
      listenOptions: CarrierListenOptions,
      onCarrier: (carrier: Carrier) => void,
    ): Promise<CarrierListener> {
      return DtlsSctpListener.open(url, { ...withTls(listenOptions.tls), ...numbersOf(listenOptions) }, onCarrier);
    },
  };
}

function numbersOf({ maximumConnections, maximumHandshakes, handshakeTimeoutMs }: CarrierListenOptions) {
  return { maximumConnections, maximumHandshakes, handshakeTimeoutMs };
}
