// What a server makes of what a client offers: the best both have, or an alert that says what is missing.
import { describe, expect, it } from 'vitest';
import { numbers16, u8, vector16 } from '../../src/dtls/byte-fields.ts';
import { CIPHER_SUITES, RENEGOTIATION_SCSV } from '../../src/dtls/cipher-suites.ts';
import { type ClientHello, writeClientHello } from '../../src/dtls/client-hello.ts';
import { DtlsConnection } from '../../src/dtls/connection.ts';
import { ExtensionType } from '../../src/dtls/extensions.ts';
import { readFragments } from '../../src/dtls/handshake-message.ts';
import type { DtlsServerOptions } from '../../src/dtls/handshake-role.ts';
import { readRecords } from '../../src/dtls/record.ts';
import { readServerHello } from '../../src/dtls/server-hello.ts';
import { PSK_SERVER, serverCertificate, serverOptions } from '../support/dtls-parties.ts';

const EMPTY = new Uint8Array(0);
const [RENEGOTIATION, MASTER_SECRET, GROUPS, POINTS, SIGNATURES] = [
  ExtensionType.RenegotiationInfo,
  ExtensionType.ExtendedMasterSecret,
  ExtensionType.SupportedGroups,
  ExtensionType.PointFormats,
  ExtensionType.SignatureAlgorithms,
];
const numbers = (...all: readonly number[]) => vector16(numbers16(all));

/** Extensions of a client that has everything; undefined takes one away. */
function extensions(changes: Readonly<Record<number, Uint8Array | undefined>> = {}): Map<number, Uint8Array> {
  const all = {
    [RENEGOTIATION]: Uint8Array.of(0),
    [MASTER_SECRET]: EMPTY,
    [GROUPS]: numbers(29, 23, 24),
    [POINTS]: Uint8Array.of(1, 0),
    [SIGNATURES]: numbers(0x0403, 0x0401),
    ...changes,
  };
  const present = Object.entries(all).filter((one): one is [string, Uint8Array] => one[1] !== undefined);
  return new Map(present.map(([type, content]) => [Number(type), content]));
}

/** The suite that is chosen, or the code of the error. */
function offer(changes: Partial<ClientHello>, server: DtlsServerOptions = serverOptions()): string {
  const hello: ClientHello = {
    version: 0xfefd,
    random: new Uint8Array(32),
    sessionId: EMPTY,
    cookie: EMPTY,
    cipherSuites: CIPHER_SUITES.map(({ id }) => id),
    compressionMethods: u8(0),
    extensions: extensions(),
    ...changes,
  };
  const message = { type: 1, messageSequence: 1, body: writeClientHello(hello), epoch: 0 };
  const { events } = DtlsConnection.server(server, { hello, message, recordSequence: 1 }, 0);
  const last = events.at(-1);
  if (last?.type === 'closed') return last.error?.code ?? 'closed';
  const [record] = readRecords((events[0] as { bytes: Uint8Array }).bytes);
  const answer = readServerHello(readFragments(record!.fragment)[0]!.bytes);
  return CIPHER_SUITES.find(({ id }) => id === answer.cipherSuite)?.name ?? 'one that was not offered';
}

const SUITE = (name: string) => CIPHER_SUITES.find((suite) => suite.name === name)!.id;

describe('a server chooses', () => {
  it('AES-128 with Diffie-Hellman where it can, by the kind of its key', () => {
    expect(offer({})).toBe('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
    expect(offer({}, serverOptions(serverCertificate('rsa')))).toBe('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
    expect(offer({}, PSK_SERVER)).toBe('TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256');
  });

  it.each(CIPHER_SUITES.map(({ name }) => name))('%s, when that is all there is', (name) => {
    const byCertificate = () => serverOptions(serverCertificate(name.includes('_RSA_') ? 'rsa' : 'ec'));
    const server = name.includes('PSK') ? PSK_SERVER : byCertificate();
    expect(offer({ cipherSuites: [SUITE(name)] }, server)).toBe(name);
  });

  it('the key alone, when there is no group in common', () => {
    expect(offer({ extensions: extensions({ [GROUPS]: numbers(30) }) }, PSK_SERVER)).toContain('TLS_PSK');
    expect(offer({ extensions: extensions({ [GROUPS]: numbers(30) }) })).toBe('HANDSHAKE_FAILURE');
  });

  it('P-256 for a client that names no groups', () => {
    expect(offer({ extensions: extensions({ [GROUPS]: undefined, [POINTS]: undefined }) })).toContain('ECDHE');
  });
});

describe('a server refuses', () => {
  it.each<[string, Partial<ClientHello>, string]>([
    ['DTLS 1.0', { version: 0xfeff }, 'PROTOCOL_VERSION'],
    ['TLS', { version: 0x0303 }, 'PROTOCOL_VERSION'],
    ['a client that must have compression', { compressionMethods: u8(1) }, 'ILLEGAL_PARAMETER'],
    [
      'suites without forward secrecy or with CBC',
      { cipherSuites: [0x009c, 0x003c, 0xc009, 0xc013] },
      'HANDSHAKE_FAILURE',
    ],
    ['no suites at all', { cipherSuites: [] }, 'HANDSHAKE_FAILURE'],
    ['no extended master secret', { extensions: extensions({ [MASTER_SECRET]: undefined }) }, 'HANDSHAKE_FAILURE'],
    ['no word on renegotiation', { extensions: extensions({ [RENEGOTIATION]: undefined }) }, 'HANDSHAKE_FAILURE'],
    ['a renegotiation', { extensions: extensions({ [RENEGOTIATION]: Uint8Array.of(1, 7) }) }, 'HANDSHAKE_FAILURE'],
    ['no signatures', { extensions: extensions({ [SIGNATURES]: undefined }) }, 'HANDSHAKE_FAILURE'],
    [
      'signatures with SHA-1',
      { extensions: extensions({ [SIGNATURES]: numbers(0x0203, 0x0201) }) },
      'HANDSHAKE_FAILURE',
    ],
    ['half a list of groups', { extensions: extensions({ [GROUPS]: Uint8Array.of(0, 2, 0) }) }, 'DECODE_ERROR'],
    [
      'a list of groups with more behind it',
      { extensions: extensions({ [GROUPS]: Uint8Array.of(0, 2, 0, 29, 1) }) },
      'DECODE_ERROR',
    ],
  ])('%s', (_, changes, code) => {
    expect(offer(changes)).toBe(code);
  });

  it('and takes what later versions say, and the old sign of safe renegotiation', () => {
    expect(offer({ version: 0xfefc })).toContain('ECDHE');
    const cipherSuites = [RENEGOTIATION_SCSV, SUITE('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384')];
    const without = extensions({ [RENEGOTIATION]: undefined });
    expect(offer({ cipherSuites, extensions: without })).toBe('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384');
  });
});
