// SocksTunnel: a tunnel through a SOCKS proxy, version 5 (RFC 1928), with user name and password (RFC 1929). Names are
// resolved by the proxy.

import { isIP } from 'node:net';
import type { Address } from './address.ts';
import { TransportError, type TransportErrorCode } from './transport-error.ts';
import { type HandshakeStep, type TunnelHandshake, TunnelRefusal } from './tunnel-handshake.ts';
import type { Credentials } from './tunnel-proxy.ts';

const VERSION = 5;
const CONNECT = 1;
const METHOD = { none: 0, password: 2, noneAcceptable: 0xff } as const;
const PASSWORD_VERSION = 1;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;
const LONGEST_NAME = 255;

/** RFC 1928 § 6, from 1 on. */
const REPLIES: readonly (readonly [TransportErrorCode, string])[] = [
  ['PROXY_FAILED', 'has failed, and does not say how'],
  ['PROXY_REFUSED', 'does not allow this connection'],
  ['PROXY_TARGET_UNREACHABLE', 'cannot reach the network of the target'],
  ['PROXY_TARGET_UNREACHABLE', 'cannot reach the target, or not resolve its name'],
  ['PROXY_TARGET_UNREACHABLE', 'was refused by the target: nobody listens there'],
  ['PROXY_TARGET_UNREACHABLE', 'has waited too long for the target'],
  ['PROXY_REFUSED', 'does not know how to connect'],
  ['PROXY_REFUSED', 'does not know this type of address'],
];

export class SocksTunnel implements TunnelHandshake {
  readonly #request: Buffer;
  readonly #credentials: Credentials | undefined;
  #awaited: 'method' | 'authentication' | 'reply' = 'method';
  #received: Buffer = Buffer.alloc(0);

  /** Throws TransportError `BAD_URL` when the name of the target is too long. */
  constructor(target: Address, credentials: Credentials | undefined) {
    this.#request = writeRequest(target);
    this.#credentials = credentials;
  }

  open(): Buffer {
    const methods = this.#credentials === undefined ? [METHOD.none] : [METHOD.none, METHOD.password];
    return Buffer.from([VERSION, methods.length, ...methods]);
  }

  receive(bytes: Buffer): HandshakeStep {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    if (this.#awaited === 'reply') return this.#reply();
    const isMethod = this.#awaited === 'method';
    if (this.#received[0] !== (isMethod ? VERSION : PASSWORD_VERSION)) throw notSocks();
    if (this.#received.length < 2) return {};
    if (this.#received.length > 2) throw new TunnelRefusal('PROXY_FAILED', 'answers before it was asked');
    const answer = this.#received[1]!;
    this.#received = Buffer.alloc(0);
    return { send: isMethod ? this.#chosen(answer) : this.#admitted(answer) };
  }

  #chosen(method: number): Buffer {
    if (method === METHOD.none) {
      this.#awaited = 'reply';
      return this.#request;
    }
    if (method === METHOD.password && this.#credentials !== undefined) {
      this.#awaited = 'authentication';
      const { username, password } = this.#credentials;
      return Buffer.concat([Buffer.from([PASSWORD_VERSION]), withLength(username), withLength(password)]);
    }
    if (method !== METHOD.noneAcceptable) throw notSocks();
    throw new TunnelRefusal('PROXY_AUTHENTICATION_FAILED', 'wants to know who we are, in another way or at all');
  }

  #admitted(status: number): Buffer {
    if (status !== 0) throw new TunnelRefusal('PROXY_AUTHENTICATION_FAILED', 'wants another user name and password');
    this.#awaited = 'reply';
    return this.#request;
  }

  /** Version, reply, 0, and an address, which says nothing to us. */
  #reply(): HandshakeStep {
    const [version, reply, , addressType, nameLength] = this.#received;
    if (version !== VERSION) throw notSocks();
    if (reply !== undefined && reply !== 0) {
      const [code, text] = REPLIES[reply - 1] ?? ['PROXY_REFUSED', 'refuses'];
      throw new TunnelRefusal(code, `${text} (reply ${reply})`);
    }
    if (addressType === undefined || nameLength === undefined) return {};
    const size = addressSize(addressType, nameLength);
    if (size === undefined) throw notSocks();
    const end = 4 + size + 2;
    return this.#received.length < end ? {} : { early: this.#received.subarray(end) };
  }
}

function addressSize(type: number, nameLength: number): number | undefined {
  if (type === ADDRESS.ipv4) return 4;
  if (type === ADDRESS.ipv6) return 16;
  return type === ADDRESS.name ? 1 + nameLength : undefined;
}

function writeRequest({ host, port, url }: Address): Buffer {
  const head = [VERSION, CONNECT, 0];
  const portBytes = [port >> 8, port & 0xff];
  if (isIP(host) === 4) return Buffer.from([...head, ADDRESS.ipv4, ...host.split('.').map(Number), ...portBytes]);
  if (isIP(host) === 6) return Buffer.from([...head, ADDRESS.ipv6, ...ipv6Bytes(host), ...portBytes]);
  if (Buffer.byteLength(host) > LONGEST_NAME)
    throw new TransportError(
      'BAD_URL',
      `${url} cannot be reached through SOCKS: the name has over ${LONGEST_NAME} bytes`,
    );
  return Buffer.concat([Buffer.from([...head, ADDRESS.name]), withLength(host), Buffer.from(portBytes)]);
}

/** `host` is what the URL parser made of it: no dotted end, `::` at most once. */
function ipv6Bytes(host: string): number[] {
  const [left = [], right] = host.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = right === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...new Array<string>(zeros).fill('0'), ...(right ?? [])];
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function notSocks(): TunnelRefusal {
  return new TunnelRefusal('PROXY_FAILED', 'does not speak SOCKS 5 as it should');
}
