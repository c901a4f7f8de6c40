/** The options of TLS as a client takes them. Reads the files they name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DialOptions } from 'signalbox';
import { CommandError } from '../command-error.ts';
import { readSecret } from '../secret-file.ts';
import type { TLS_FILE_FLAGS } from './connection-flags.ts';
import type { FlagValues } from './flag-table.ts';

const VERSIONS: Readonly<Record<string, 'TLSv1.2' | 'TLSv1.3'>> = { 'tlsv1.2': 'TLSv1.2', 'tlsv1.3': 'TLSv1.3' };

type TlsValues = FlagValues<typeof TLS_FILE_FLAGS>;
type IdentityValues = Pick<TlsValues, 'cert' | 'key' | 'key-password-file'>;

/** Throws CommandError. */
export function tlsOf(values: TlsValues): NonNullable<DialOptions['tls']> {
  const { ciphers, servername } = values;
  const version = VERSIONS[values['tls-version'] ?? ''];
  const identity = identityOf(values);
  const ca = [
    ...(values.cafile === undefined ? [] : [readAuthorities(values.cafile, '--cafile')]),
    ...(values.capath === undefined ? [] : authoritiesIn(values.capath)),
  ];
  return {
    ...(ca.length === 0 ? {} : { ca }),
    ...identity,
    ...(values.insecure === true ? { rejectUnauthorized: false } : {}),
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** Who we are, if we say so. Throws CommandError. */
export function identityOf({ cert, key, 'key-password-file': passphrase }: IdentityValues) {
  if (passphrase !== undefined && key === undefined) throw new CommandError('--key-password-file needs --key');
  if ((cert === undefined) !== (key === undefined)) throw new CommandError('--cert and --key go together');
  return {
    ...(cert === undefined || key === undefined ? {} : { cert: read(cert, '--cert'), key: read(key, '--key') }),
    ...(passphrase === undefined ? {} : { passphrase: readSecret(passphrase, '--key-password-file') }),
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

/** Node takes any file, and then trusts nobody. Throws CommandError. */
export function readAuthorities(file: string, flag: string): Buffer {
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
