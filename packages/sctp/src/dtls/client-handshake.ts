// What a client says and checks, message by message. Which message may come when is in handshake-states.ts. RFC 5246, §7.4;
// RFC 8422, §5; RFC 5489

import { ascii, concat, NOTHING, numbers16, u8, vector8, vector16 } from './byte-fields.ts';
import {
  type CertificateRequest,
  readCertificateRequest,
  readCertificates,
  readSigned,
  writeCertificates,
  writeSigned,
} from './certificate-messages.ts';
import { CIPHER_SUITES, type CipherSuite } from './cipher-suites.ts';
import { type ClientHello, writeClientHello } from './client-hello.ts';
import { DtlsError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import {
  checkExtendedMasterSecret,
  checkRenegotiationInfo,
  type Extensions,
  ExtensionType,
  FIRST_NEGOTIATION,
} from './extensions.ts';
import { GROUPS, PREFERRED_GROUPS } from './groups.ts';
import type { HandshakeMessage, HandshakeType, ReceivedType } from './handshake-message.ts';
import type { DtlsClientOptions, DtlsSession, HandshakeRole, Step } from './handshake-role.ts';
import { type Cell, CLIENT_HANDSHAKE, type ClientState } from './handshake-states.ts';
import {
  pskPremaster,
  readServerKeyExchange,
  type ServerShare,
  writeClientKeyExchange,
} from './key-exchange-messages.ts';
import type { PeerKey } from './primitives.ts';
import { DTLS_1_2 } from './record.ts';
import { readHelloVerifyRequest, readServerHello } from './server-hello.ts';
import { CERTIFICATE_TYPES, OFFERED_SCHEMES, SIGNATURE_SCHEMES, schemeFor } from './signature-schemes.ts';

/** One is usual, a second comes from a server that has begun anew. */
const MOST_COOKIES = 4;

export class ClientHandshake implements HandshakeRole {
  state: ClientState = 'hello';
  readonly #exchange: Exchange;
  readonly #options: DtlsClientOptions;
  readonly #hello: ClientHello;
  #peerChain: readonly Uint8Array[] = [];
  #peer: { key: PeerKey; isTrusted: boolean } | undefined;
  #share: ServerShare | undefined;
  #request: CertificateRequest | undefined;
  #cookies = 0;

  constructor(exchange: Exchange, options: DtlsClientOptions) {
    this.#exchange = exchange;
    this.#options = options;
    exchange.clientRandom = exchange.primitives.random(32);
    this.#hello = {
      version: DTLS_1_2,
      random: exchange.clientRandom,
      sessionId: NOTHING,
      cookie: NOTHING,
      cipherSuites: offeredSuites(options).map(({ id }) => id),
      compressionMethods: u8(0),
      extensions: offeredExtensions(options),
    };
  }

  /** Writes the first flight. */
  start(): Step {
    this.#exchange.say('client-hello', writeClientHello(this.#hello));
    return { state: this.state, outcome: 'flight' };
  }

  cell(type: ReceivedType): Cell<ClientState> {
    return CLIENT_HANDSHAKE[this.state][type];
  }

  take(type: HandshakeType, message: HandshakeMessage): Step {
    const step = this.#take(type, message);
    this.state = step.state;
    return step;
  }

  session(): DtlsSession {
    const { suite } = this.#exchange;
    const { psk, serverName } = this.#options;
    const hasSharedKey = suite.keyExchange !== 'certificate';
    return {
      role: 'client',
      cipherSuite: suite.name,
      peerChain: this.#peerChain,
      isPeerTrusted: hasSharedKey || this.#peer?.isTrusted === true,
      serverName,
      pskIdentity: hasSharedKey ? psk?.identity : undefined,
    };
  }

  #take(type: HandshakeType, message: HandshakeMessage): Step & { state: ClientState } {
    switch (type) {
      case 'hello-verify-request':
        return this.#onHelloVerifyRequest(message);
      case 'server-hello':
        return { state: this.#onServerHello(message) };
      case 'certificate':
        return { state: this.#onCertificate(message) };
      case 'server-key-exchange':
        return { state: this.#onServerKeyExchange(message) };
      case 'certificate-request':
        this.#exchange.heard(message);
        this.#request = readCertificateRequest(message.body);
        return { state: 'done' };
      case 'server-hello-done':
        return this.#onServerHelloDone(message);
      default:
        this.#exchange.checkFinished(message.body);
        this.#exchange.flight.begin();
        return { state: 'open' };
    }
  }

  #onHelloVerifyRequest({ body }: HandshakeMessage): Step & { state: ClientState } {
    if (++this.#cookies > MOST_COOKIES) throw new DtlsError('UNEXPECTED_MESSAGE', 'the server wants ever new cookies');
    const cookie = readHelloVerifyRequest(body);
    this.#exchange.forgetTranscript();
    this.#exchange.flight.begin();
    this.#exchange.say('client-hello', writeClientHello({ ...this.#hello, cookie: cookie.slice() }));
    return { state: 'second-hello', outcome: 'flight' };
  }

  #onServerHello(message: HandshakeMessage): ClientState {
    const exchange = this.#exchange;
    exchange.heard(message);
    const { version, random, cipherSuite, compressionMethod, extensions } = readServerHello(message.body);
    if (version !== DTLS_1_2) throw new DtlsError('PROTOCOL_VERSION', 'the server does not speak DTLS 1.2');
    const suite = offeredSuites(this.#options).find(({ id }) => id === cipherSuite);
    if (suite === undefined) throw new DtlsError('ILLEGAL_PARAMETER', `cipher suite ${cipherSuite} was not offered`);
    if (compressionMethod !== 0) throw new DtlsError('ILLEGAL_PARAMETER', 'compression was not offered');
    checkAnswers(extensions, this.#hello.extensions);
    exchange.serverRandom = random.slice();
    exchange.choose(suite);
    if (suite.keyExchange === 'certificate') return 'certificate';
    return suite.keyExchange === 'psk' ? 'psk-exchange' : 'key-exchange';
  }

  #onCertificate(message: HandshakeMessage): ClientState {
    this.#exchange.heard(message);
    const chain = readCertificates(message.body, this.#exchange.limits.certificates);
    if (chain.length === 0) throw new DtlsError('BAD_CERTIFICATE', 'the server shows no certificate');
    const verdict = this.#options.verifyPeer!(chain);
    if ('refused' in verdict) throw new DtlsError(verdict.refused, verdict.message);
    if (!this.#exchange.suite.keyTypes.includes(verdict.key.keyType)) {
      throw new DtlsError('UNSUPPORTED_CERTIFICATE', 'the key of the certificate does not go with the cipher suite');
    }
    this.#peerChain = chain;
    this.#peer = verdict;
    return 'key-exchange';
  }

  #onServerKeyExchange(message: HandshakeMessage): ClientState {
    const exchange = this.#exchange;
    exchange.heard(message);
    const { keyExchange } = exchange.suite;
    const { share, reader } = readServerKeyExchange(message.body, keyExchange);
    this.#share = share;
    if (keyExchange !== 'certificate') return 'done';
    const signed = concat(exchange.clientRandom, exchange.serverRandom, share!.parameters);
    exchange.checkSignature(this.#peer!.key, signed, readSigned(reader));
    return 'request-or-done';
  }

  #onServerHelloDone(message: HandshakeMessage): Step & { state: ClientState } {
    const exchange = this.#exchange;
    if (message.body.length > 0) throw new DtlsError('DECODE_ERROR', 'ServerHelloDone has content');
    exchange.heard(message);
    exchange.flight.begin();
    const request = this.#request;
    const scheme = request && this.#schemeFor(request);
    const identity = scheme && this.#options.identity;
    if (request) exchange.say('certificate', writeCertificates(identity?.chain ?? []));
    const premaster = this.#agree();
    exchange.deriveKeys(premaster);
    if (scheme && identity) {
      const signature = identity.sign(scheme, exchange.transcript);
      exchange.say('certificate-verify', writeSigned({ scheme: SIGNATURE_SCHEMES[scheme].id, signature }));
    }
    exchange.sayFinished();
    return { state: 'finished', outcome: 'flight' };
  }

  /** How to sign for this server; undefined when we have nothing it takes. */
  #schemeFor({ certificateTypes, signatureSchemes }: CertificateRequest) {
    const keyType = this.#options.identity?.keyType;
    if (keyType === undefined || !certificateTypes.includes(CERTIFICATE_TYPES[keyType])) return undefined;
    return schemeFor(keyType, signatureSchemes);
  }

  /** Says ClientKeyExchange; the premaster secret. */
  #agree(): Uint8Array {
    const exchange = this.#exchange;
    const share = this.#share;
    const own = share && exchange.primitives.keyShare(share.group);
    const agreed = share && own?.agree(share.publicKey);
    if (share && !agreed) throw new DtlsError('ILLEGAL_PARAMETER', 'the public key of the server is none of its group');
    const { psk } = this.#options;
    const sharedKey = exchange.suite.keyExchange === 'certificate' ? undefined : psk!;
    const body = writeClientKeyExchange({
      ...(sharedKey && { pskIdentity: sharedKey.identity }),
      ...(own && { publicKey: own.publicKey }),
    });
    exchange.say('client-key-exchange', body);
    return sharedKey ? pskPremaster(sharedKey.key, agreed) : agreed!;
  }
}

function offeredSuites({ verifyPeer, psk }: DtlsClientOptions): CipherSuite[] {
  return CIPHER_SUITES.filter(({ keyExchange }) => (keyExchange === 'certificate' ? verifyPeer : psk) !== undefined);
}

function offeredExtensions({ serverName }: DtlsClientOptions): Extensions {
  const groups = PREFERRED_GROUPS.map((group) => GROUPS[group].id);
  const extensions = new Map<number, Uint8Array>([
    [ExtensionType.RenegotiationInfo, FIRST_NEGOTIATION],
    [ExtensionType.ExtendedMasterSecret, NOTHING],
    [ExtensionType.SupportedGroups, vector16(numbers16(groups))],
    [ExtensionType.PointFormats, vector8(u8(0))],
    [ExtensionType.SignatureAlgorithms, vector16(numbers16(OFFERED_SCHEMES))],
  ]);
  if (serverName !== undefined) {
    extensions.set(ExtensionType.ServerName, vector16(u8(0), vector16(ascii(serverName))));
  }
  return extensions;
}

/** A server answers extensions, it has none of its own. */
function checkAnswers(answers: Extensions, offered: Extensions): void {
  for (const type of answers.keys()) {
    if (!offered.has(type)) throw new DtlsError('UNSUPPORTED_EXTENSION', `extension ${type} was not offered`);
  }
  checkExtendedMasterSecret(answers);
  checkRenegotiationInfo(answers);
}
