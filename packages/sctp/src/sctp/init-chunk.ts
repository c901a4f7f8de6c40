// The body of INIT and INIT ACK, which are alike: sixteen bytes and parameters (RFC 9260, §3.3.2, §3.3.3). Addresses are
// not read: the carrier knows where packets come from.

import { Parameter, padded, unknownRule } from './chunk-types.ts';
import { readUint16, readUint32 } from './packet-reader.ts';
import { writeUint16, writeUint32 } from './packet-writer.ts';

const FIXED = 16;
const PARAMETER_HEADER = 4;

/** Known, and of no use here: addresses, cookie preservative, address types, ECN. */
const IGNORED: readonly number[] = [5, 6, 9, 12, 0x8000];

/** More unknown parameters than this are not told: the answer has to fit into one packet. */
const MAXIMUM_REPORT = 128;

/** What one side announces. */
export interface InitFields {
  readonly initiateTag: number;
  /** In bytes. */
  readonly receiveWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
}

export interface InitChunk extends InitFields {
  /** INIT ACK only; a copy. */
  readonly cookie: Uint8Array | undefined;
  /** Unknown parameters which ask to be told, whole, one behind the other; a copy. */
  readonly unrecognized: Uint8Array;
  readonly hasHostName: boolean;
}

/** Reads the body at [start, end); undefined when it is malformed. Its values are not judged. */
export function readInit(bytes: Uint8Array, start: number, end: number): InitChunk | undefined {
  if (end - start < FIXED) return undefined;
  let cookie: Uint8Array | undefined;
  let hasHostName = false;
  let reported = new Uint8Array(0);
  for (let at = start + FIXED; at < end; ) {
    if (at + PARAMETER_HEADER > end) return undefined;
    const type = readUint16(bytes, at);
    const length = readUint16(bytes, at + 2);
    if (length < PARAMETER_HEADER || at + length > end) return undefined;
    if (type === Parameter.StateCookie) cookie = bytes.slice(at + PARAMETER_HEADER, at + length);
    else if (type === Parameter.HostName) hasHostName = true;
    else if (type !== Parameter.Unrecognized && !IGNORED.includes(type)) {
      const { skips, reports } = unknownRule(type, 16);
      if (reports) reported = joined(reported, bytes.subarray(at, Math.min(at + length, bytes.length)));
      if (!skips) break;
    }
    at += padded(length);
  }
  return {
    initiateTag: readUint32(bytes, start),
    receiveWindow: readUint32(bytes, start + 4),
    outboundStreams: readUint16(bytes, start + 8),
    inboundStreams: readUint16(bytes, start + 10),
    initialTsn: readUint32(bytes, start + 12),
    cookie,
    unrecognized: reported,
    hasHostName,
  };
}

function joined(before: Uint8Array, parameter: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = padded(parameter.length);
  if (before.length + size > MAXIMUM_REPORT) return before.slice();
  const all = new Uint8Array(before.length + size);
  all.set(before);
  all.set(parameter, before.length);
  return all;
}

/** The body of an INIT, or, with a cookie, of an INIT ACK, which also tells the peer's unknown parameters. */
export function writeInit(fields: InitFields, cookie?: Uint8Array, unrecognized?: Uint8Array): Uint8Array {
  const cookieSize = cookie === undefined ? 0 : padded(PARAMETER_HEADER + cookie.length);
  const reports = parametersOf(unrecognized ?? new Uint8Array(0));
  const reportSize = reports.reduce((sum, one) => sum + PARAMETER_HEADER + padded(one.length), 0);
  const body = new Uint8Array(FIXED + cookieSize + reportSize);
  writeUint32(body, 0, fields.initiateTag);
  writeUint32(body, 4, fields.receiveWindow);
  writeUint16(body, 8, fields.outboundStreams);
  writeUint16(body, 10, fields.inboundStreams);
  writeUint32(body, 12, fields.initialTsn);
  let at = FIXED;
  for (const [type, value] of [
    ...(cookie === undefined ? [] : [[Parameter.StateCookie, cookie] as const]),
    ...reports.map((one) => [Parameter.Unrecognized, one] as const),
  ]) {
    writeUint16(body, at, type);
    writeUint16(body, at + 2, PARAMETER_HEADER + value.length);
    body.set(value, at + PARAMETER_HEADER);
    at += padded(PARAMETER_HEADER + value.length);
  }
  return body;
}

/** The parameters that readInit() put one behind the other. */
function parametersOf(bytes: Uint8Array): Uint8Array[] {
  const parameters: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = readUint16(bytes, at + 2);
    parameters.push(bytes.subarray(at, at + length));
    at += padded(length);
  }
  return parameters;
}
