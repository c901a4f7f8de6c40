/** From the options of the command line to those of the client. Reads the files they name; makes no connection. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientOptions, type DialOptions, scramSha256, type WillInput } from 'signalbox';
import { CommandError } from '../command-error.ts';
import { readSecret } from '../secret-file.ts';
import type { ConnectionValues } from './connection-flags.ts';
import { propertiesFor } from './property-words.ts';
import { serverOf } from './server-url.ts';

const FOR_EVER = 0xffff_ffff;
const DEFAULT_CONNECT_TIMEOUT_S = 30;
const VERSIONS: Readonly<Record<string, 'TLSv1.2' | 'TLSv1.3'>> = { 'tlsv1.2': 'TLSv1.2', 'tlsv1.3': 'TLSv1.3' };

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
  const { cert, key, ciphers, servername } = values;
  const passphrase = values['key-password-file'];
  if (passphrase !== undefined && key === undefined) throw new CommandError('--key-password-file needs --key');
  if ((cert === undefined) !== (key === undefined)) throw new CommandError('--cert and --key go together');
  const version = VERSIONS[values['tls-version'] ?? ''];
  const ca = [
    ...(values.cafile === undefined ? [] : [readAuthorities(values.cafile, '--cafile')]),
    ...(values.capath === undefined ? [] : authoritiesIn(values.capath)),
  ];
  return {
    tls: {
      ...(ca.length === 0 ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert: read(cert, '--cert'), key: read(key, '--key') }),
      ...(passphrase === undefined ? {} : { passphrase: readSecret(passphrase, '--key-password-file') }),
      ...(values.insecure === true ? { rejectUnauthorized: false } : {}),
      ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
      ...(ciphers === undefined ? {} : { ciphers }),
      ...(servername === undefined ? {} : { servername }),
    },
    ...(values.proxy === undefined ? {} : { proxy: values.proxy }),
    ...(values.header.length === 0 ? {} : { headers: Object.fromEntries(values.header) }),
  };
}

function authoritiesIn(folder: string): Buffer[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /\.(pem|crt)$/i.test(name));
  } catch (error) {
    throw new CommandError(`--capath ${folder}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
  if (names.length === 0) throw new CommandError(`--capath ${folder}: there is no *.pem or *.crt in it`);
  return names.map((name) => readAuthorities(join(folder, name), '--capath'));
}

/** Node takes any file, and then trusts nobody. */
function readAuthorities(file: string, flag: string): Buffer {
  const pem = read(file, flag);
  if (!pem.includes('CERTIFICATE-----')) throw new CommandError(`${flag} ${file}: there is no certificate in it (PEM)`);
  return pem;
}

function read(file: string, flag: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(`${flag} ${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}
