/** What a schema cannot say: options that need each other. Each check answers a line for each mistake. */
import { isLocal } from 'signalbox/broker';
import type { Configuration } from './configuration.ts';

type Check = (configuration: Configuration) => readonly string[];

/** To add a check, add a function. It must not read files: what is in them is found out by who uses them. */
export const CHECKS: readonly Check[] = [
  tlsIsWhole,
  secureListenersHaveTls,
  listenersAreWhole,
  nobodyIsOpenByAccident,
  tokensHaveOneKey,
  clientIdsNeedUsers,
];

/** What works, and is perhaps not meant: a line for each, told at the start. */
export const CAUTIONS: readonly Check[] = [oneFlushIsForAll];

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

/** Whether anybody is asked who a client is. */
export function hasAuthentication({ values }: Configuration): boolean {
  return [
    values['access.passwordFile'],
    values['access.jwt.publicKey'],
    values['access.jwt.jwks'],
    values['access.jwt.secretFile'],
    values['access.http.authenticate'],
    values['access.certificateUser'],
  ].some((value) => value !== undefined);
}

/** What others can reach asks who they are, or says that it does not. */
function nobodyIsOpenByAccident(configuration: Configuration): string[] {
  if (hasAuthentication(configuration)) return [];
  return configuration.listeners.flatMap((listener) => {
    const allowAnonymous = listener.allowAnonymous ?? configuration.values['access.allowAnonymous'];
    const isReachable = URL.canParse(listener.url) && !isLocal(listener.url);
    if (!isReachable || allowAnonymous !== undefined || listener['tls.ca'] !== undefined) return [];
    const name = configuration.nameOf('listeners').replace('--listeners', '--listen');
    return [
      `${name} ${listener.url} would admit everybody from everywhere: give --password-file, a key for tokens (--jwt-…), ` +
        '--auth-http or --certificate-user; or say --allow-anonymous',
    ];
  });
}

function tokensHaveOneKey({ values }: Configuration): string[] {
  const keys = [values['access.jwt.publicKey'], values['access.jwt.jwks'], values['access.jwt.secretFile']];
  const count = keys.filter((key) => key !== undefined).length;
  if (count > 1) return ['give one of --jwt-public-key, --jwt-jwks and --jwt-secret-file'];
  const hasAlgorithms = values['access.jwt.algorithms'] !== undefined;
  if (count === 1 && !hasAlgorithms)
    return ['tokens need --jwt-algorithm, such as ES256 for a public key or HS256 for a secret'];
  return count === 0 && hasAlgorithms
    ? ['--jwt-algorithm needs one of --jwt-public-key, --jwt-jwks and --jwt-secret-file']
    : [];
}

/** The database tells of a commit when it is on the disk, and there is one database for all listeners. */
function oneFlushIsForAll({ values, listeners }: Configuration): string[] {
  const { data, durability = 'disk' } = values;
  if (data === 'memory:' || durability !== 'disk') return [];
  return listeners
    .filter((listener) => listener.durability === 'process')
    .map(
      ({ url }) =>
        `${url}: durability process waits for the disk here all the same, as ${data} is kept at disk for the other ` +
        'listeners; to wait for no disk, say --durability process for all of them, or memory for this one',
    );
}

/** Where nobody proves who he is, a pattern would keep nobody out who means it. */
function clientIdsNeedUsers(configuration: Configuration): string[] {
  if (configuration.values['access.clientIds'] === undefined || hasAuthentication(configuration)) return [];
  return [
    '--client-ids needs clients that say who they are: --password-file, a key for tokens (--jwt-…), --auth-http or --certificate-user',
  ];
}
