/** From the configuration to who may connect and who may do what, and to words about it. */
import { readFileSync } from 'node:fs';
import { JwtAuthenticator } from '@signalbox/jwt';
import {
  AccessControl,
  AccessError,
  Acl,
  type Authenticator,
  type HttpAccessOptions,
  httpAuthenticator,
  httpAuthorizer,
  PasswordUsers,
  scramMethod,
} from 'signalbox/access';
import { type Broker, isLocal } from 'signalbox/broker';
import { CommandError } from './command-error.ts';
import { hasAuthentication } from './config/checks.ts';
import type { Configuration } from './config/configuration.ts';
import type { ListenerSettings } from './config/listener-options.ts';
import type { Reloader } from './config/reloaders.ts';

/** `onFailure` hears of web services that do not answer. Throws CommandError. */
export function accessOf(configuration: Configuration, onFailure: (error: Error) => void): AccessControl {
  const { values } = configuration;
  try {
    const users =
      values['access.passwordFile'] === undefined ? undefined : new PasswordUsers(values['access.passwordFile']);
    const { 'access.certificateUser': from, 'access.certificatePassword': password } = values;
    const { 'access.aclFile': rules, 'access.clientIds': clientIds } = values;
    return new AccessControl({
      authenticators: authenticatorsOf(configuration, users, onFailure),
      ...(users?.hasScram === true && { methods: [scramMethod(users)] }),
      ...(from !== undefined && { certificateUser: { from, password } }),
      ...(clientIds !== undefined && { clientIds }),
      ...(rules !== undefined && {
        acl: new Acl(rules, { users: hasAuthentication(configuration) ? 'proved' : 'unproved' }),
      }),
      authorizers: authorizersOf(configuration, onFailure),
    });
  } catch (error) {
    throw error instanceof AccessError ? new CommandError(error.message) : error;
  }
}

/** Reads password file, rules and keys again. Other options wait for a restart. */
export function accessReloader(access: AccessControl, broker: Broker): Reloader {
  return {
    name: 'access',
    prepare: () => {
      try {
        const putIntoForce = access.prepareReload();
        return () => {
          putIntoForce();
          void broker.reviewSubscriptions();
        };
      } catch (error) {
        throw error instanceof AccessError ? new CommandError(error.message) : error;
      }
    },
  };
}

/** What of the configuration of a listener is about who presents nothing; undefined: whoever asks the hooks decides. */
export function allowAnonymousOf(listener: ListenerSettings, { values }: Configuration): boolean | undefined {
  return listener.allowAnonymous ?? values['access.allowAnonymous'];
}

/** For the start: who may connect at a listener, as `listening on …` goes on. */
export function opennessOf(listener: ListenerSettings, configuration: Configuration): string {
  const { url } = listener;
  const isAsked = hasAuthentication(configuration);
  const allowAnonymous = allowAnonymousOf(listener, configuration);
  const from = isLocal(url) ? 'this machine' : 'everywhere';
  if (allowAnonymous === true) return `open to everybody from ${from}`;
  if (allowAnonymous === false && !isAsked) return 'open to nobody';
  if (isAsked) return 'open to clients that authenticate themselves';
  return listener['tls.ca'] === undefined ? `open to everybody from ${from}` : 'open to clients with a certificate';
}

/** Nothing was said about who may connect: everybody on this machine may. A page from elsewhere is not from this machine. */
export function isOpenByDefault(listener: ListenerSettings, configuration: Configuration): boolean {
  const isSaid = allowAnonymousOf(listener, configuration) !== undefined || listener['tls.ca'] !== undefined;
  return !isSaid && !hasAuthentication(configuration) && isLocal(listener.url);
}

function authenticatorsOf(
  configuration: Configuration,
  users: PasswordUsers | undefined,
  onFailure: (error: Error) => void,
): Authenticator[] {
  const tokens = tokensOf(configuration);
  const url = configuration.values['access.http.authenticate'];
  const service = url === undefined ? undefined : httpAuthenticator(httpOptions(url, configuration, onFailure));
  return [users, tokens, service].filter((each) => each !== undefined);
}

function authorizersOf(configuration: Configuration, onFailure: (error: Error) => void) {
  const url = configuration.values['access.http.authorize'];
  return url === undefined ? [] : [httpAuthorizer(httpOptions(url, configuration, onFailure))];
}

function tokensOf({ values }: Configuration): JwtAuthenticator | undefined {
  const {
    'access.jwt.publicKey': publicKeyFile,
    'access.jwt.jwks': jwksFile,
    'access.jwt.secretFile': secretFile,
    'access.jwt.issuer': issuer,
    'access.jwt.audience': audience,
  } = values;
  if (publicKeyFile === undefined && jwksFile === undefined && secretFile === undefined) return undefined;
  return new JwtAuthenticator({
    ...(publicKeyFile !== undefined && { publicKeyFile }),
    ...(jwksFile !== undefined && { jwksFile }),
    ...(secretFile !== undefined && { secretFile }),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    algorithms: values['access.jwt.algorithms'] ?? [],
    usernameClaim: values['access.jwt.usernameClaim'],
    groupsClaim: values['access.jwt.groupsClaim'],
    aclClaim: values['access.jwt.aclClaim'],
    tokenFrom: values['access.jwt.tokenFrom'],
    clockToleranceSeconds: values['access.jwt.clockTolerance'] / 1_000,
  });
}

function httpOptions(url: string, configuration: Configuration, onFailure: (error: Error) => void): HttpAccessOptions {
  const { 'access.http.ca': ca, 'access.http.token': token } = configuration.values;
  return {
    url,
    timeoutMs: configuration.values['access.http.timeout'],
    concurrency: configuration.values['access.http.concurrency'],
    ...(ca !== undefined && { tls: { ca: readAuthority(ca, configuration) } }),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    onFailure,
  };
}

function readAuthority(path: string, configuration: Configuration): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${configuration.nameOf('access.http.ca')} ${path}: ${code ?? 'cannot be read'}`);
  }
}
