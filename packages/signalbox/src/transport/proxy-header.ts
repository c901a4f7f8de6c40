// The header of the PROXY protocol, versions 1 and 2, by which a proxy tells for whom it connects (HAProxy's specification,
// § 2). Bytes in, header out; no socket here. What may be ignored is ignored, everything else must be right.

import { isIP } from 'node:net';
import { formatHost } from './address.ts';

export interface ProxyHeader {
  /** Bytes of the header: what follows belongs to the connection itself. */
  readonly size: number;
  /** `192.0.2.1:50123` or `unix:/path`; undefined when the proxy speaks for itself, or does not know. */
  readonly source: string | undefined;
  /** Common name of the client certificate which the proxy has verified. */
  readonly commonName: string | undefined;
}

/** `malformed` also for what is no such header at all; whoever gets it has to close the connection. */
export type ProxyVerdict = ProxyHeader | 'incomplete' | 'malformed';

/** `PROXY TCP6` with two full addresses and two ports (§ 2.1). */
const LONGEST_LINE = 107;
/** Addresses take 216 bytes at most; the rest is for what a proxy tells about TLS. */
export const LONGEST_PROXY_HEADER = 4096;

const LINE_START = Buffer.from('PROXY ', 'latin1');
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const FIXED_SIZE = 16;
/** What is in front of an IPv4 address in IPv6 clothes. */
const MAPPED_IPV4 = Buffer.from('00000000000000000000ffff', 'hex');

/** Looks at everything received so far. */
export function readProxyHeader(bytes: Buffer): ProxyVerdict {
  if (bytes.length === 0) return 'incomplete';
  const start = bytes[0] === SIGNATURE[0] ? SIGNATURE : LINE_START;
  const compared = Math.min(bytes.length, start.length);
  if (bytes.compare(start, 0, compared, 0, compared) !== 0) return 'malformed';
  if (compared < start.length) return 'incomplete';
  return start === SIGNATURE ? readBinary(bytes) : readLine(bytes);
}

/** Version 1: `PROXY TCP4 192.0.2.1 192.0.2.2 50123 1883` and CR LF, or `PROXY UNKNOWN` and anything. */
function readLine(bytes: Buffer): ProxyVerdict {
  const end = bytes.subarray(0, LONGEST_LINE).indexOf('\r\n', 0, 'latin1');
  if (end < 0) return bytes.length < LONGEST_LINE ? 'incomplete' : 'malformed';
  const size = end + 2;
  const line = bytes.toString('latin1', LINE_START.length, end);
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN ')) return { size, source: undefined, commonName: undefined };
  const [family, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] = line.split(' ');
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : -1;
  const isRight =
    isIP(source) === version &&
    isIP(destination) === version &&
    isPort(sourcePort) &&
    isPort(destinationPort) &&
    rest.length === 0;
  if (!isRight) return 'malformed';
  return { size, source: formatHost(source, Number(sourcePort)), commonName: undefined };
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

const VERSION_2 = 0x20;
const LOCAL = 0;
const PROXY = 1;
/** Address families, and the bytes their addresses take (§ 2.2). */
const ADDRESS_SIZES = [0, 12, 36, 216] as const;

function readBinary(bytes: Buffer): ProxyVerdict {
  // The version is looked at as soon as it is here.
  if (bytes.length > SIGNATURE.length && (bytes[12]! & 0xf0) !== VERSION_2) return 'malformed';
  if (bytes.length < FIXED_SIZE) return 'incomplete';
  const command = bytes[12]! & 0x0f;
  const family = bytes[13]! >> 4;
  const protocol = bytes[13]! & 0x0f;
  const size = FIXED_SIZE + bytes.readUInt16BE(14);
  const addressSize = ADDRESS_SIZES[family];
  if (command > PROXY || addressSize === undefined || protocol > 2 || size > LONGEST_PROXY_HEADER) return 'malformed';
  if (bytes.length < size) return 'incomplete';
  if (command === LOCAL) return { size, source: undefined, commonName: undefined };
  if (size < FIXED_SIZE + addressSize) return 'malformed';
  const commonName = readVectors(bytes.subarray(FIXED_SIZE + addressSize, size));
  if (commonName === MALFORMED) return 'malformed';
  // Only streams reach us; an unspecified protocol says nothing about addresses.
  return { size, source: protocol === 0 ? undefined : readSource(bytes, family), commonName };
}

function readSource(bytes: Buffer, family: number): string | undefined {
  const at = FIXED_SIZE;
  if (family === 1) return formatHost(bytes.subarray(at, at + 4).join('.'), bytes.readUInt16BE(at + 8));
  if (family === 2) {
    // A proxy that listens for both families writes IPv4 addresses so.
    if (bytes.subarray(at, at + 12).equals(MAPPED_IPV4)) {
      return formatHost(bytes.subarray(at + 12, at + 16).join('.'), bytes.readUInt16BE(at + 32));
    }
    const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(at + 2 * index).toString(16));
    // Through URL, which writes an IPv6 address as everybody does.
    const host = new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
    return formatHost(host, bytes.readUInt16BE(at + 32));
  }
  if (family === 3) {
    const path = bytes.subarray(at, at + 108);
    const end = path.indexOf(0);
    return `unix:${path.toString('utf8', 0, end < 0 ? path.length : end)}`;
  }
  return undefined;
}

const SSL = 0x20;
const COMMON_NAME = 0x22;
/** The client showed a certificate, on this connection or on an earlier one of its TLS session. */
const HAS_CERTIFICATE = 0x06;
const MALFORMED = Symbol('malformed');

/** The vectors of type, length and value behind the addresses (§ 2.2.6); of them only the verified name is of interest. */
function readVectors(bytes: Buffer): string | undefined | typeof MALFORMED {
  let commonName: string | undefined;
  for (let at = 0; at < bytes.length; ) {
    const value = valueAt(bytes, at);
    if (value === undefined) return MALFORMED;
    if (bytes[at] === SSL) {
      if (value.length < 5) return MALFORMED;
      const isVerified = (value[0]! & HAS_CERTIFICATE) !== 0 && value.readUInt32BE(1) === 0;
      for (let inner = 5; inner < value.length; ) {
        const innerValue = valueAt(value, inner);
        if (innerValue === undefined) return MALFORMED;
        if (isVerified && value[inner] === COMMON_NAME) commonName = innerValue.toString('utf8');
        inner += 3 + innerValue.length;
      }
    }
    at += 3 + value.length;
  }
  return commonName;
}

function valueAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + 3 > bytes.length) return undefined;
  const end = at + 3 + bytes.readUInt16BE(at + 1);
  return end > bytes.length ? undefined : bytes.subarray(at + 3, end);
}
