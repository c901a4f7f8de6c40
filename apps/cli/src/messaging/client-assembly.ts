/** From the options of the command line to those of the client. Reads the files they name; makes no connection. */
import { type ClientOptions, type DialOptions, scramSha256, type WillInput } from 'signalbox';
import { CommandError } from '../command-error.ts';
import { readSecret } from '../secret-file.ts';
import type { ConnectionValues } from './connection-flags.ts';
import { propertiesFor } from './property-words.ts';
import { serverOf } from './server-url.ts';
import { tlsOf } from './tls-files.ts';

const FOR_EVER = 0xffff_ffff;
const DEFAULT_CONNECT_TIMEOUT_S = 30;

/** Throws CommandError. */
export function clientOptionsOf(values: ConnectionValues): ClientOptions {
  const { username } = values;
  const password = passwordOf(values);
  const authentication = values.scram === true ? scramOf(username, password) : undefined;
  const options: ClientOptions = {
    url: serverOf(values).url,
    clientId: clientIdOf(values),
    protocolVersion: values['protocol-version'],
    keepAlive: values['keep-alive'],
    connectTimeoutMs: (values['connect-timeout'] ?? DEFAULT_CONNECT_TIMEOUT_S) * 1000,
    ...(authentication === undefined ? { username, password } : { authentication }),
    ...sessionOf(values),
    will: willOf(values),
    properties: propertiesFor('connect', values.property),
    transport: transportOf(values),
  };
  // What is not said must not hide what the URL says.
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as ClientOptions;
}

function passwordOf({ password, 'password-file': file }: ConnectionValues): string | undefined {
  return file === undefined ? password : readSecret(file, '--password-file');
}

function scramOf(username: string | undefined, password: string | undefined): ClientOptions['authentication'] {
  if (username === undefined || password === undefined) {
    throw new CommandError('--scram needs --username and a password (--password-file, SIGNALBOX_PASSWORD)');
  }
  return scramSha256({ username, password });
}

function clientIdOf({ id, 'id-prefix': prefix, 'keep-session': isKept }: ConnectionValues): string | undefined {
  if (id !== undefined && prefix !== undefined) throw new CommandError('--id and --id-prefix: one of them');
  if (isKept === true && id === undefined) {
    throw new CommandError('--keep-session needs --id: a session is found again by it');
  }
  return id ?? (prefix === undefined ? undefined : `${prefix}${process.pid}`);
}

function sessionOf(values: ConnectionValues): ClientOptions {
  const said = values['session-expiry'];
  if (values['keep-session'] !== true) return said === undefined ? {} : { sessionExpiryInterval: said };
  return { cleanStart: false, sessionExpiryInterval: said ?? FOR_EVER };
}

function willOf(values: ConnectionValues): WillInput | undefined {
  const { 'will-topic': topicName, 'will-payload': payload, 'will-qos': qos, 'will-retain': retain } = values;
  const properties = propertiesFor('will', values.property);
  if (topicName !== undefined) return { topicName, payload, qos, retain, properties };
  if ([payload, qos, retain, properties].some((said) => said !== undefined)) {
    throw new CommandError('a will needs --will-topic');
  }
  return undefined;
}

function transportOf(values: ConnectionValues): DialOptions {
  return {
    tls: tlsOf(values),
    ...(values.proxy === undefined ? {} : { proxy: values.proxy }),
    ...(values.header.length === 0 ? {} : { headers: Object.fromEntries(values.header) }),
  };
}
