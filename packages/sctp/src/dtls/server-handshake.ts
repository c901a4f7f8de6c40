// What a server says and checks, message by message, from a ClientHello whose cookie was verified. Which message may come
// when is in handshake-states.ts. RFC 5246, §7.4; RFC 8422, §5; RFC 4279; RFC 5489

import { concat, NOTHING, u8, vector8 } from './byte-fields.ts';
import { ByteReader } from './byte-reader.ts';
import {
  readCertificates,
  readSigned,
  writeCertificateRequest,
  writeCertificates,
  writeSigned,
} from './certificate-messages.ts';
import { CIPHER_SUITES, type CipherSuite, RENEGOTIATION_SCSV } from './cipher-suites.ts';
import type { ClientHello } from './client-hello.ts';
import { DtlsError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import {
  checkExtendedMasterSecret,
  checkRenegotiationInfo,
  type Extensions,
  ExtensionType,
  FIRST_NEGOTIATION,
  readServerName,
} from './extensions.ts';
import { GROUPS, type Group, PREFERRED_GROUPS } from './groups.ts';
import type { HandshakeMessage, HandshakeType, ReceivedType } from './handshake-message.ts';
import type { DtlsServerOptions, DtlsSession, HandshakeRole, Step } from './handshake-role.ts';
import { type Cell, SERVER_HANDSHAKE, type ServerState } from './handshake-states.ts';
import { pskPremaster, readClientKeyExchange, writeServerParameters } from './key-exchange-messages.ts';
import type { Identity, KeyShare, PeerKey } from './primitives.ts';
import { DTLS_1_2 } from './record.ts';
import { writeServerHello } from './server-hello.ts';
import { CERTIFICATE_TYPES, OFFERED_SCHEMES, SIGNATURE_SCHEMES, schemeFor } from './signature-schemes.ts';

type ServerStep = Step & { state: ServerState };

export class ServerHandshake implements HandshakeRole {
  state: ServerState = 'client-key-exchange';
  readonly #exchange: Exchange;
  readonly #options: DtlsServerOptions;
  #serverName: string | undefined;
  #peerChain: readonly Uint8Array[] = [];
  #peer: { key: PeerKey; isTrusted: boolean } | undefined;
  #share: KeyShare | undefined;
  #pskIdentity: Uint8Array | undefined;

  constructor(exchange: Exchange, options: DtlsServerOptions) {
    this.#exchange = exchange;
    this.#options = options;
  }

  /** Answers a ClientHello, or throws DtlsError. */
  start(hello: ClientHello, message: HandshakeMessage): Step {
    const exchange = this.#exchange;
    exchange.heard(message);
    checkHello(hello);
    this.#serverName = readServerName(hello.extensions.get(ExtensionType.ServerName));
    const identity = this.#options.identityFor?.(this.#serverName);
    const suite = this.#chooseSuite(hello, identity);
    exchange.choose(suite);
    exchange.clientRandom = hello.random.slice();
    exchange.serverRandom = exchange.primitives.random(32);
    exchange.say('server-hello', this.#hello(hello));
    this.state = 'client-key-exchange';
    if (suite.keyExchange === 'certificate') this.#sayCertificate(hello, identity!);
    if (suite.keyExchange === 'ecdhe-psk') {
      // No hint which key to use: the client knows.
      exchange.say('server-key-exchange', concat(NOTHING_OF_16, this.#parameters(hello)));
    }
    exchange.say('server-hello-done', NOTHING);
    return { state: this.state, outcome: 'flight' };
  }

  cell(type: ReceivedType): Cell<ServerState> {
    return SERVER_HANDSHAKE[this.state][type];
  }

  take(type: HandshakeType, message: HandshakeMessage): Step {
    const step = this.#take(type, message);
    this.state = step.state;
    return step;
  }

  session(): DtlsSession {
    return {
      role: 'server',
      cipherSuite: this.#exchange.suite.name,
      peerChain: this.#peerChain,
      isPeerTrusted: this.#pskIdentity !== undefined || this.#peer?.isTrusted === true,
      serverName: this.#serverName,
      pskIdentity: this.#pskIdentity,
    };
  }

  #take(type: HandshakeType, message: HandshakeMessage): ServerStep {
    const exchange = this.#exchange;
    switch (type) {
      case 'certificate':
        return { state: this.#onCertificate(message) };
      case 'client-key-exchange':
        return { state: this.#onClientKeyExchange(message) };
      case 'certificate-verify':
        exchange.checkSignature(this.#peer!.key, exchange.transcript, readSigned(new ByteReader(message.body)));
        exchange.heard(message);
        return { state: 'finished' };
      default:
        exchange.checkFinished(message.body);
        exchange.heard(message);
        exchange.flight.begin();
        exchange.sayFinished();
        return { state: 'open', outcome: 'last-flight' };
    }
  }

  #chooseSuite({ cipherSuites, extensions }: ClientHello, identity: Identity | undefined): CipherSuite {
    const schemes = readNumbers(extensions.get(ExtensionType.SignatureAlgorithms));
    const hasGroup = this.#group(extensions) !== undefined;
    const isPossible = ({ id, keyExchange, keyTypes }: CipherSuite): boolean => {
      if (!cipherSuites.includes(id)) return false;
      if (keyExchange !== 'psk' && !hasGroup) return false;
      if (keyExchange !== 'certificate') return this.#options.pskFor !== undefined;
      if (identity === undefined || !keyTypes.includes(identity.keyType)) return false;
      return schemes !== undefined && schemeFor(identity.keyType, schemes) !== undefined;
    };
    const suite = CIPHER_SUITES.find(isPossible);
    if (suite === undefined) throw new DtlsError('HANDSHAKE_FAILURE', 'no cipher suite, group and signature in common');
    return suite;
  }

  /** The group for Diffie-Hellman; a client that names none has the oldest one. RFC 8422, §4 */
  #group(extensions: Extensions): Group | undefined {
    const accepted = readNumbers(extensions.get(ExtensionType.SupportedGroups)) ?? [GROUPS.secp256r1.id];
    return PREFERRED_GROUPS.find((group) => accepted.includes(GROUPS[group].id));
  }

  #hello({ extensions }: ClientHello): Uint8Array {
    const answers = new Map<number, Uint8Array>([
      [ExtensionType.RenegotiationInfo, FIRST_NEGOTIATION],
      [ExtensionType.ExtendedMasterSecret, NOTHING],
    ]);
    if (extensions.has(ExtensionType.PointFormats)) answers.set(ExtensionType.PointFormats, vector8(u8(0)));
    return writeServerHello({
      version: DTLS_1_2,
      random: this.#exchange.serverRandom,
      sessionId: NOTHING,
      cipherSuite: this.#exchange.suite.id,
      compressionMethod: 0,
      extensions: answers,
    });
  }

  #sayCertificate(hello: ClientHello, identity: Identity): void {
    const exchange = this.#exchange;
    exchange.say('certificate', writeCertificates(identity.chain));
    const parameters = this.#parameters(hello);
    const schemes = readNumbers(hello.extensions.get(ExtensionType.SignatureAlgorithms))!;
    const scheme = schemeFor(identity.keyType, schemes)!;
    const signature = identity.sign(scheme, concat(exchange.clientRandom, exchange.serverRandom, parameters));
    const signed = writeSigned({ scheme: SIGNATURE_SCHEMES[scheme].id, signature });
    exchange.say('server-key-exchange', concat(parameters, signed));
    if ((this.#options.clientCertificate ?? 'none') === 'none') return;
    const certificateTypes = Uint8Array.from(new Set(Object.values(CERTIFICATE_TYPES)));
    const request = writeCertificateRequest({ certificateTypes, signatureSchemes: OFFERED_SCHEMES });
    exchange.say('certificate-request', request);
    this.state = 'certificate';
  }

  #parameters({ extensions }: ClientHello): Uint8Array {
    const group = this.#group(extensions)!;
    this.#share = this.#exchange.primitives.keyShare(group);
    return writeServerParameters(group, this.#share.publicKey);
  }

  #onCertificate(message: HandshakeMessage): ServerState {
    this.#exchange.heard(message);
    const chain = readCertificates(message.body, this.#exchange.limits.certificates);
    if (chain.length === 0) {
      if (this.#options.clientCertificate !== 'required') return 'client-key-exchange';
      throw new DtlsError('CERTIFICATE_REQUIRED', 'the client shows no certificate');
    }
    const verdict = this.#options.verifyPeer!(chain);
    if ('refused' in verdict) throw new DtlsError(verdict.refused, verdict.message);
    this.#peerChain = chain;
    this.#peer = verdict;
    return 'client-key-exchange';
  }

  #onClientKeyExchange(message: HandshakeMessage): ServerState {
    const exchange = this.#exchange;
    exchange.heard(message);
    const { pskIdentity, publicKey } = readClientKeyExchange(message.body, exchange.suite.keyExchange);
    const agreed = publicKey && this.#share!.agree(publicKey);
    if (publicKey && !agreed)
      throw new DtlsError('ILLEGAL_PARAMETER', 'the public key of the client is none of its group');
    if (pskIdentity === undefined) exchange.deriveKeys(agreed!);
    else exchange.deriveKeys(pskPremaster(this.#sharedKey(pskIdentity), agreed));
    return this.#peer === undefined ? 'finished' : 'certificate-verify';
  }

  #sharedKey(identity: Uint8Array): Uint8Array {
    const key = this.#options.pskFor!(identity);
    if (key === undefined) throw new DtlsError('UNKNOWN_PSK_IDENTITY', 'a shared key nobody has');
    this.#pskIdentity = identity;
    return key;
  }
}

const NOTHING_OF_16: Uint8Array = new Uint8Array(2);

function readNumbers(content: Uint8Array | undefined): readonly number[] | undefined {
  if (content === undefined) return undefined;
  const reader = new ByteReader(content);
  const numbers = reader.numbers16();
  reader.finish();
  return numbers;
}

/** What every client must be able to do. Throws DtlsError. */
function checkHello({ version, cipherSuites, compressionMethods, extensions }: ClientHello): void {
  // Versions count down from 0xfeff, which is 1.0. A client that can do more than 1.2 takes less than it says.
  if (version > DTLS_1_2 || version >>> 8 !== DTLS_1_2 >>> 8)
    throw new DtlsError('PROTOCOL_VERSION', 'the client does not speak 1.2');
  if (!compressionMethods.includes(0)) throw new DtlsError('ILLEGAL_PARAMETER', 'the client must have compression');
  checkExtendedMasterSecret(extensions);
  if (extensions.has(ExtensionType.RenegotiationInfo) || !cipherSuites.includes(RENEGOTIATION_SCSV)) {
    checkRenegotiationInfo(extensions);
  }
}
