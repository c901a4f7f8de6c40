// HttpTunnel: a tunnel through an HTTP proxy by the method CONNECT (RFC 9110 § 9.3.6), with Basic authentication (RFC 7617).

import { type Address, formatHost } from './address.ts';
import type { TransportErrorCode } from './transport-error.ts';
import { type HandshakeStep, type TunnelHandshake, TunnelRefusal } from './tunnel-handshake.ts';
import type { Credentials } from './tunnel-proxy.ts';

/** Of all answers together. Real ones have some hundred bytes; Node's own parser stops here too. */
const LARGEST_HEAD = 16_384;
const END_OF_HEAD = '\r\n\r\n';

/** What a proxy says when it is not itself that does not want. */
const CODES: Readonly<Record<number, readonly [TransportErrorCode, string]>> = {
  407: ['PROXY_AUTHENTICATION_FAILED', 'wants another user name and password'],
  502: ['PROXY_TARGET_UNREACHABLE', 'cannot reach the target'],
  503: ['PROXY_TARGET_UNREACHABLE', 'cannot reach the target'],
  504: ['PROXY_TARGET_UNREACHABLE', 'cannot reach the target'],
};

export class HttpTunnel implements TunnelHandshake {
  readonly #target: string;
  readonly #credentials: Credentials | undefined;
  readonly #head = Buffer.allocUnsafe(LARGEST_HEAD);
  #length = 0;
  /** Where the present answer begins, behind interim ones. */
  #start = 0;

  constructor({ host, port }: Address, credentials: Credentials | undefined) {
    this.#target = formatHost(host, port);
    this.#credentials = credentials;
  }

  open(): Buffer {
    const lines = [`CONNECT ${this.#target} HTTP/1.1`, `Host: ${this.#target}`];
    if (this.#credentials !== undefined) {
      const { username, password } = this.#credentials;
      lines.push(`Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    }
    return Buffer.from(lines.join('\r\n') + END_OF_HEAD);
  }

  receive(bytes: Buffer): HandshakeStep {
    const before = this.#length;
    this.#length += bytes.copy(this.#head, before);
    const head = this.#head.subarray(0, this.#length);
    // The end may have begun in what came before.
    let from = Math.max(this.#start, before - END_OF_HEAD.length + 1);
    for (let end = head.indexOf(END_OF_HEAD, from); end >= 0; end = head.indexOf(END_OF_HEAD, from)) {
      const status = readStatus(head.toString('latin1', this.#start, end));
      from = end + END_OF_HEAD.length;
      this.#start = from;
      if (status >= 200) return { early: bytes.subarray(from - before) };
    }
    if (!isHttp(head.subarray(this.#start))) throw notHttp();
    if (this.#length === LARGEST_HEAD)
      throw new TunnelRefusal('PROXY_FAILED', `answers with more than ${LARGEST_HEAD} bytes of headers`);
    return {};
  }
}

/** 1xx: another answer follows. 2xx: the tunnel stands. */
function readStatus(head: string): number {
  const [line = ''] = head.split('\r\n', 1);
  const [, digits, reason = ''] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: (.*))?$/.exec(line) ?? [];
  if (digits === undefined) throw notHttp();
  const status = Number(digits);
  if (status < 300 && status !== 101) return status;
  const [code, text] = CODES[status] ?? ['PROXY_REFUSED', 'does not make this connection'];
  throw new TunnelRefusal(code, `${text}: ${status} ${reason.replace(/[^ -~]/g, '?').slice(0, 80)}`.trimEnd());
}

function isHttp(beginning: Buffer): boolean {
  const expected = 'HTTP/1.';
  return expected.startsWith(beginning.toString('latin1', 0, expected.length));
}

function notHttp(): TunnelRefusal {
  return new TunnelRefusal('PROXY_FAILED', 'does not speak HTTP');
}
