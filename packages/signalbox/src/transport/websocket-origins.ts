// WebSocketOrigins: pages of which origins may connect (RFC 6455 § 10.2). Browsers tell the origin of a page and do not
// let it lie; other programs tell nothing, or what they like.

import { TransportError } from './transport-error.ts';

export class WebSocketOrigins {
  readonly #origins = new Set<string>();
  /** Without the port, which may be any. */
  readonly #withAnyPort = new Set<string>();
  #allowsAll = false;
  /** What comes before and after the sub-domains. */
  readonly #patterns: (readonly [start: string, end: string])[] = [];

  /**
   * `https://app.example`, `https://*.app.example` for all sub-domains however deep, `http://localhost:*` for all ports,
   * `null`, or `*` for all pages. Throws TransportError `BAD_OPTIONS`.
   */
  constructor(allowed: readonly string[]) {
    for (const origin of allowed) this.#allow(origin.toLowerCase());
  }

  /** Undefined: a program, or a page of the server itself in old browsers; it is for the credentials to decide. */
  allows(origin: string | undefined): boolean {
    if (origin === undefined || this.#allowsAll) return true;
    const asked = origin.toLowerCase();
    if (this.#origins.has(asked) || this.#withAnyPort.has(asked.replace(/:\d+$/, ''))) return true;
    return this.#patterns.some(([start, end]) => {
      if (!asked.startsWith(start) || !asked.endsWith(end)) return false;
      return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(asked.slice(start.length, asked.length - end.length));
    });
  }

  #allow(origin: string): void {
    if (origin === 'null') {
      this.#origins.add(origin);
      return;
    }
    if (origin === '*') {
      this.#allowsAll = true;
      return;
    }
    const host = origin.endsWith(':*') ? origin.slice(0, -2) : undefined;
    if (host !== undefined && !/:\d+$/.test(host) && isOrigin(host)) {
      this.#withAnyPort.add(host);
      return;
    }
    const [start = '', end, ...rest] = origin.split('*.');
    const plain = end === undefined ? origin : `${start}${end}`;
    if (rest.length > 0 || (end !== undefined && !/^[a-z][a-z0-9+.-]*:\/\/$/.test(start)) || !isOrigin(plain)) {
      const problem = `allowedOrigins: ${origin} is no origin like https://app.example or https://*.app.example`;
      throw new TransportError('BAD_OPTIONS', problem);
    }
    if (end === undefined) this.#origins.add(origin);
    else this.#patterns.push([start, `.${end}`]);
  }
}

/** As a browser would write it: no path, no port that goes without saying. */
function isOrigin(text: string): boolean {
  try {
    const { protocol, host } = new URL(text);
    return host !== '' && !host.includes('*') && `${protocol}//${host}` === text;
  } catch {
    return false;
  }
}
