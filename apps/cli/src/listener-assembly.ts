/**
 * From the configuration to what listeners take: files are read and looked at here, at the start and again at each reload.
 * Nothing listens yet.
 */
import { readFileSync } from 'node:fs';
import { type BrokerListenOptions, checkTls, type Listener, type TlsServerOptions } from 'signalbox/broker';
import { allowAnonymousOf, isOpenByDefault, opennessOf } from './access-assembly.ts';
import { CommandError } from './command-error.ts';
import type { Configuration } from './config/configuration.ts';
import type { ListenerSettings } from './config/listener-options.ts';
import type { Reloader } from './config/reloaders.ts';

/** Pages that this machine serves, on whatever port. */
const OWN_PAGES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'].flatMap((host) => [
  `http://${host}:*`,
  `https://${host}:*`,
]);

export interface ListenerPlan {
  readonly url: string;
  readonly options: BrokerListenOptions;
  /** Who may connect there, in words. */
  readonly openness: string;
}

/** Throws CommandError when a file cannot be read, or is not what it should be. */
export function listenerPlans(configuration: Configuration): ListenerPlan[] {
  return configuration.listeners.map((listener) => {
    const { url, durability, proxyProtocol, proxyTrusted, fileMode, maximumConnections, compat } = listener;
    const { ackPublish, retainState } = listener;
    const allowedOrigins = allowedOriginsOf(listener, configuration);
    const tls = tlsOptions(listener, configuration);
    const allowAnonymous = allowAnonymousOf(listener, configuration);
    const options: BrokerListenOptions = {
      ...(tls === undefined ? {} : { tls }),
      ...(durability === undefined ? {} : { durability }),
      ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
      ...(proxyTrusted === undefined ? {} : { proxyTrusted }),
      ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
      ...(fileMode === undefined ? {} : { fileMode: Number.parseInt(fileMode, 8) }),
      ...(compat === undefined ? {} : { compat }),
      ...(ackPublish === undefined ? {} : { ackPublish }),
      ...(retainState === undefined ? {} : { retainState }),
      ...(maximumConnections === undefined ? {} : { maximumConnections }),
      ...(allowAnonymous === undefined ? {} : { allowAnonymous }),
    };
    const pages = allowedOrigins === OWN_PAGES ? ', and to its own pages only (allowedOrigins)' : '';
    return { url, options, openness: `${opennessOf(listener, configuration)}${pages}` };
  });
}

/** Any page of the web can have the browser of this machine connect here: who has not said that it may is not to find out. */
function allowedOriginsOf(listener: ListenerSettings, configuration: Configuration): readonly string[] | undefined {
  const isUnprotected = /^wss?:/.test(listener.url) && isOpenByDefault(listener, configuration);
  return listener.allowedOrigins ?? (isUnprotected ? OWN_PAGES : undefined);
}

/** Certificates, authorities and revocation lists, for connections that come from then on. `listeners` by their planned URL. */
export function certificateReloader(listeners: ReadonlyMap<string, Listener>): Reloader {
  return {
    name: 'certificates',
    prepare: (configuration) => {
      const prepared = listenerPlans(configuration).flatMap(({ url, options: { tls } }) => {
        const listener = listeners.get(url);
        // A listener that is new, or has TLS only now, waits for a restart.
        if (listener === undefined || tls === undefined || !/^(mqtts|msips|wss):/.test(url)) return [];
        return [listener.prepareTls(tls)];
      });
      return () => {
        for (const putIntoForce of prepared) putIntoForce();
      };
    },
  };
}

function tlsOptions(listener: ListenerSettings, configuration: Configuration): TlsServerOptions | undefined {
  const { 'tls.cert': certFile, 'tls.key': keyFile, 'tls.ca': caFile, 'tls.crl': crlFiles } = listener;
  if (certFile === undefined || keyFile === undefined) return undefined;
  const nameOf = (path: keyof Configuration['values'] & keyof ListenerSettings) =>
    configuration.values[path] === listener[path] ? configuration.nameOf(path) : `${listener.url} ${path}`;
  const tls: TlsServerOptions = {
    cert: read(certFile, nameOf('tls.cert')),
    key: read(keyFile, nameOf('tls.key')),
    // A certificate authority for clients means that clients need a certificate.
    ...(caFile === undefined
      ? {}
      : { ca: read(caFile, nameOf('tls.ca')), requestCert: true, rejectUnauthorized: true }),
    ...(crlFiles === undefined ? {} : { crl: crlFiles.map((file) => read(file, nameOf('tls.crl'))) }),
    certificates: (listener['tls.certificates'] ?? []).map(({ names, cert, key }) => {
      const name = nameOf('tls.certificates');
      return { names, cert: read(cert, name), key: read(key, name) };
    }),
  };
  try {
    checkTls(tls, `cannot listen on ${listener.url}`);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  return tls;
}

function read(file: string, name: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(`${name} ${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}
