/** What a schema cannot say: options that need each other. Each check answers a line for each mistake. */
import type { Configuration } from './configuration.ts';

type Check = (configuration: Configuration) => readonly string[];

/** To add a check, add a function. It must not read files: what is in them is found out by who uses them. */
export const CHECKS: readonly Check[] = [tlsIsWhole, secureListenersHaveTls, listenersAreWhole];

function tlsIsWhole({ values }: Configuration): string[] {
  const [cert, key, ca] = [values['tls.cert'], values['tls.key'], values['tls.ca']];
  if (cert === undefined && key === undefined && ca === undefined) return [];
  return cert === undefined || key === undefined ? ['--tls-cert and --tls-key go together'] : [];
}

function listenersAreWhole({ listeners }: Configuration): string[] {
  return listeners.flatMap((listener) => {
    const { url, proxyProtocol, proxyTrusted, allowedOrigins, fileMode } = listener;
    return [
      ...(proxyTrusted !== undefined && proxyProtocol === undefined
        ? [`${url}: proxyTrusted needs proxyProtocol`]
        : []),
      ...(listener['tls.crl'] !== undefined && listener['tls.ca'] === undefined
        ? [`${url}: tls.crl needs tls.ca`]
        : []),
      ...(allowedOrigins !== undefined && !/^wss?:/.test(url) ? [`${url}: only WebSockets have allowedOrigins`] : []),
      ...(fileMode !== undefined && !url.startsWith('unix:') ? [`${url}: only Unix sockets have a fileMode`] : []),
    ];
  });
}

function secureListenersHaveTls(configuration: Configuration): string[] {
  return configuration.listeners.flatMap((listener) => {
    const isSecure = /^(mqtts|wss):/.test(listener.url);
    if (!isSecure || (listener['tls.cert'] !== undefined && listener['tls.key'] !== undefined)) return [];
    const name = configuration.nameOf('listeners').replace('--listeners', '--listen');
    return [`${name} ${listener.url} needs --tls-cert and --tls-key, or tls.cert and tls.key`];
  });
}
