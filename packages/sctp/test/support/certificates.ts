// Certificates made on the spot: authorities, hosts, people, and whatever is wrong with them. Without a foreign program.

import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';
import { bitString, der, integer, oid, sequence, TRUE, text, time } from './der-writer.ts';

export type TestKeyType = 'ec' | 'ec384' | 'rsa' | 'ed25519' | 'rsa1024' | 'ec-koblitz';

export interface Issued {
  readonly cert: string;
  readonly key: string;
  /** Both, as options take them. */
  readonly pem: { readonly cert: string; readonly key: string };
  readonly fingerprint: string;
  readonly raw: Uint8Array;
  readonly name: string;
  readonly privateKey: KeyObject;
}

export interface CertificateWishes {
  readonly name: string;
  readonly keyType?: TestKeyType;
  /** Default: it signs itself. */
  readonly issuer?: Issued;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** Host names and addresses. */
  readonly hosts?: readonly string[];
  /** Days from now. */
  readonly validFromDays?: number;
  readonly validToDays?: number;
  /** Bits of the extension. */
  readonly keyUsage?: readonly number[];
  readonly extendedKeyUsage?: readonly string[];
  readonly unknownCritical?: boolean;
  /** Not critical, as they are not to be. */
  readonly hasNameConstraints?: boolean;
  readonly hash?: 'sha1' | 'sha256';
  /** Of an issuer with an RSA key. */
  readonly isPss?: boolean;
}

const SIGNATURES = {
  ec: { sha256: '1.2.840.10045.4.3.2', sha1: '1.2.840.10045.4.1' },
  rsa: { sha256: '1.2.840.113549.1.1.11', sha1: '1.2.840.113549.1.1.5' },
} as const;

/** RSASSA-PSS; SHA-1 is meant where nothing is said. */
const PSS = {
  sha1: sequence(oid('1.2.840.113549.1.1.10'), sequence()),
  sha256: sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      der(0xa0, sequence(oid('2.16.840.1.101.3.4.2.1'))),
      der(0xa1, sequence(oid('1.2.840.113549.1.1.8'), sequence(oid('2.16.840.1.101.3.4.2.1')))),
      der(0xa2, integer(32)),
    ),
  ),
} as const;

/** Keys are dear, RSA's above all: each type and name has one for all tests of a process. */
const keys = new Map<string, KeyObject>();

function keyOf(keyType: TestKeyType, name: string): KeyObject {
  const known = keys.get(`${keyType} ${name}`);
  if (known !== undefined) return known;
  const { privateKey } = generateKey(keyType);
  keys.set(`${keyType} ${name}`, privateKey);
  return privateKey;
}

function generateKey(keyType: TestKeyType): { privateKey: KeyObject } {
  if (keyType === 'ed25519') return generateKeyPairSync('ed25519');
  if (keyType === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (keyType === 'rsa1024') return generateKeyPairSync('rsa', { modulusLength: 1024 });
  const namedCurve = { ec: 'prime256v1', ec384: 'secp384r1', 'ec-koblitz': 'secp256k1' }[keyType];
  return generateKeyPairSync('ec', { namedCurve });
}

function nameOf(name: string): Buffer {
  if (name === '') return sequence();
  return sequence(der(0x31, sequence(oid('2.5.4.3'), text(name))));
}

function extension(id: string, value: Uint8Array, critical: readonly Uint8Array[] = []): Buffer {
  return sequence(oid(id), ...critical, der(0x04, value));
}

function extensionsOf(wishes: CertificateWishes): Buffer[] {
  const { isAuthority, pathLength, hosts, keyUsage, extendedKeyUsage, unknownCritical } = wishes;
  const extensions: Buffer[] = [];
  if (isAuthority) {
    const limits = pathLength === undefined ? [] : [integer(pathLength)];
    extensions.push(extension('2.5.29.19', sequence(TRUE, ...limits), [TRUE]));
  }
  if (keyUsage) {
    const bits = keyUsage.reduce((sum, bit) => sum | (0x80 >>> bit), 0);
    extensions.push(extension('2.5.29.15', bitString(Uint8Array.of(bits)), [TRUE]));
  }
  if (extendedKeyUsage) extensions.push(extension('2.5.29.37', sequence(...extendedKeyUsage.map(oid))));
  if (hosts) {
    const names = hosts.map((host) => {
      if (isIP(host) === 4) return der(0x87, Uint8Array.from(host.split('.').map(Number)));
      return isIP(host) === 6 ? der(0x87, Buffer.alloc(16).fill(1, 15)) : der(0x82, Buffer.from(host));
    });
    extensions.push(extension('2.5.29.17', sequence(...names)));
  }
  if (unknownCritical) extensions.push(extension('1.2.3.4', sequence(), [TRUE]));
  if (wishes.hasNameConstraints) {
    const names = der(0xa0, sequence(der(0x82, Buffer.from('.example'))));
    extensions.push(extension('2.5.29.30', sequence(names)));
  }
  return extensions;
}

export function issue(wishes: CertificateWishes): Issued {
  const { name, keyType = 'ec', hash = 'sha256', validFromDays = -1, validToDays = 30 } = wishes;
  const privateKey = keyOf(keyType, name);
  const issuer = wishes.issuer ?? { name, privateKey };
  const issuerType = issuer.privateKey.asymmetricKeyType;
  const algorithm =
    issuerType === 'ed25519'
      ? sequence(oid('1.3.101.112'))
      : issuerType === 'rsa'
        ? wishes.isPss
          ? PSS[hash]
          : sequence(oid(SIGNATURES.rsa[hash]), der(0x05))
        : sequence(oid(SIGNATURES.ec[hash]));
  const day = 86_400_000;
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const extensions = extensionsOf(wishes);
  const tbs = sequence(
    der(0xa0, integer(2)),
    der(0x02, Uint8Array.of(1, ...randomBytes(8))),
    algorithm,
    nameOf(issuer.name),
    sequence(time(new Date(Date.now() + validFromDays * day)), time(new Date(Date.now() + validToDays * day))),
    nameOf(name),
    publicKey,
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  const padding = wishes.isPss ? constants.RSA_PKCS1_PSS_PADDING : undefined;
  const signer = { key: issuer.privateKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const signature = sign(issuerType === 'ed25519' ? undefined : hash, tbs, padding ? signer : issuer.privateKey);
  const raw = sequence(tbs, algorithm, bitString(signature));
  const cert = new X509Certificate(raw).toString();
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return {
    cert,
    key,
    pem: { cert, key },
    fingerprint: createHash('sha256').update(raw).digest('hex'),
    raw: new Uint8Array(raw),
    name,
    privateKey,
  };
}
