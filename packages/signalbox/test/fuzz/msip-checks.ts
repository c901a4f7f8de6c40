// What must hold for any bytes at all that a connection of MSIP receives: framing and frames against a naive model, in pieces
// and byte by byte; what was read is written as it was; both sides of a connection make the same of every way to cut them.

import { readdirSync, readFileSync } from 'node:fs';
import { MsipClientConnection } from '../../src/msip/client-connection.ts';
import type { MsipConnection } from '../../src/msip/connection.ts';
import type { MsipEvent } from '../../src/msip/connection-events.ts';
import { MsipUsageError } from '../../src/msip/errors.ts';
import type { Frame, FrameInput } from '../../src/msip/frame.ts';
import { FrameView } from '../../src/msip/frame-view.ts';
import { Framer } from '../../src/msip/framer.ts';
import { MsipServerConnection } from '../../src/msip/server-connection.ts';
import { writeFrame } from '../../src/msip/write-frame.ts';
import { bytes } from '../support/annotated-bytes.ts';
import { headerOf, partsOf, TYPE, wire } from '../support/msip-wire.ts';
import type { Random } from './random.ts';

const FOLDER = new URL('./corpus/msip/', import.meta.url);
const FINDINGS = 'findings.json';
const LIMIT = 500;
const MAGIC = [...Buffer.from('MSIP\u0001')];
/** Bytes that mean something somewhere. */
const TELLING = [0, 1, 2, 3, 4, 5, 6, 10, 11, 0x4d, 0x7f, 0x80, 0xc0, 0xed, 0xff];

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
}

export function readMsipCorpus(): Uint8Array[] {
  const files = readdirSync(FOLDER).filter((file) => file !== FINDINGS);
  return files
    .flatMap((file) => readJson(file) as { readonly bytes: readonly string[] }[])
    .map((entry) => bytes(entry.bytes.join('\n')));
}

/** Plain hexadecimal, of what once was found. */
export function readMsipFindings(): Uint8Array[] {
  return (readJson(FINDINGS) as { readonly hex: string }[]).map(({ hex }) => Uint8Array.from(Buffer.from(hex, 'hex')));
}

/** Some of the corpus back to back, and mostly a few bytes of it changed, taken out or put in. */
export function anyMsip(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const all = Array.from({ length: 1 + random.below(6) }, () => [...random.pick(corpus)]).flat();
  for (let count = random.below(4); count > 0 && all.length > 0; count--) {
    const at = random.below(all.length);
    const byte = random.isOnceIn(3) ? random.below(256) : random.pick(TELLING);
    const change = random.below(6);
    if (change === 0) all.splice(at, 1 + random.below(4));
    else if (change === 1) all.splice(at, 0, byte);
    else all[at] = byte;
  }
  return Uint8Array.from(all);
}

/** Throws when anything else comes of the bytes than the model says, for any way to cut them; takes one of each at random. */
export function checkMsip(input: Uint8Array, random: Random): void {
  const whole = (): number => input.length;
  const inPieces = random.pick([() => 1, () => 1 + random.below(12), () => 1 + random.below(60)]);
  const expected = model(input);
  agree(expected, read(input, whole));
  agree(expected, read(input, inPieces));
  const connect = random.pick([newServer, greetedServer, greetedClient]);
  agree(converse(connect(), input, whole), converse(connect(), input, inPieces));
}

function agree(expected: string, got: string): void {
  if (got !== expected) throw new Error(`expected ${expected}, got ${got}`);
}

function piecesOf(input: Uint8Array, sizeOf: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; at += pieces.at(-1)!.length) pieces.push(input.slice(at, at + sizeOf()));
  return pieces;
}

function read(input: Uint8Array, sizeOf: () => number): string {
  const framer = new Framer({ maximumPayloadLength: LIMIT });
  const view = new FrameView();
  const events: string[] = [];
  const handler = {
    frame(buffer: Uint8Array, start: number, end: number): boolean {
      const error = view.load(buffer, start, end);
      if (error === undefined) events.push(describe(view.toFrame()));
      else events.push(error.code);
      return error === undefined;
    },
  };
  for (const piece of piecesOf(input, sizeOf)) {
    const error = framer.receive(piece, handler);
    piece.fill(0xee);
    if (error !== undefined) events.push(error.code);
    if (framer.pendingBytes > input.length) throw new Error('more is kept than came');
  }
  return events.join(' ');
}

function describe(frame: Frame): string {
  const { type, flags, msgKind, msgId, ...content } = frame;
  checkWritten(frame);
  return `${type}/${flags}/${msgKind}/${msgId}/${Object.values(content).map(shown).join('/')}`;
}

function shown(value: string | Uint8Array | undefined): string {
  return value === undefined ? '-' : Buffer.from(value as string).toString('hex');
}

/** What was read can be written, but for topics with U+0000, and is then read as the same. */
function checkWritten(frame: Frame): void {
  try {
    const written = writeFrame(frame as FrameInput);
    const view = new FrameView();
    if (view.load(written, 0, written.length) !== undefined) throw new Error('what was written is no frame');
    agree(JSON.stringify(frame, plain), JSON.stringify(view.toFrame(), plain));
  } catch (error) {
    const isRefused = error instanceof MsipUsageError && error.code === 'INVALID_STRING';
    if (!isRefused || !('topic' in frame) || !frame.topic.includes('\0')) throw error;
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** From the tables of docs/msip.md, the plainest way. */
function model(input: Uint8Array): string {
  const buffer = Buffer.from(input);
  const events: string[] = [];
  for (let at = 0; at < buffer.length; ) {
    const rest = buffer.subarray(at);
    const wrong = [...rest.subarray(0, 5)].findIndex((byte, index) => byte !== MAGIC[index]);
    if (wrong >= 0) return [...events, wrong === 4 ? 'BAD_VERSION' : 'BAD_MAGIC'].join(' ');
    if (rest.length < 24) break;
    const header = headerOf(rest);
    if (header.payloadLength > LIMIT) return [...events, 'PAYLOAD_TOO_LARGE'].join(' ');
    const end = 24 + header.payloadLength;
    if (rest.length < end) break;
    at += end;
    const { frameType, flags, msgKind, msgId } = header;
    const type = Object.entries(TYPE).find(([, number]) => number === frameType)?.[0];
    if (type === undefined) return [...events, 'BAD_FRAME_TYPE'].join(' ');
    if (msgKind < 1 || msgKind > 5) return [...events, 'BAD_MSG_KIND'].join(' ');
    const content = contentOf(type, rest.subarray(24, end));
    if (content === 'BAD_PAYLOAD' || content === 'BAD_TEXT') return [...events, content].join(' ');
    events.push(`${type}/${flags & 7}/${msgKind}/${msgId}/${content}`);
  }
  return events.join(' ');
}

function contentOf(type: string, payload: Buffer): string {
  switch (type) {
    case 'hello':
      return helloOf(payload);
    case 'subscribe':
    case 'unsubscribe':
    case 'error':
      return isText(payload) ? payload.toString('hex') : 'BAD_TEXT';
    case 'publish':
    case 'event': {
      const parts = partsOf(payload);
      if (parts === undefined) return 'BAD_PAYLOAD';
      const topic = payload.subarray(2, payload.length - parts.message.length);
      return isText(topic) ? `${topic.toString('hex')}/${Buffer.from(parts.message).toString('hex')}` : 'BAD_TEXT';
    }
    case 'ack':
      return payload.toString('hex');
    default:
      return '';
  }
}

function helloOf(payload: Buffer): string {
  const first = payload.indexOf(0);
  if (first < 0) return isText(payload) ? `${payload.toString('hex')}/-/-` : 'BAD_TEXT';
  const clientId = payload.subarray(0, first);
  const second = payload.indexOf(0, first + 1);
  const username = payload.subarray(first + 1, second < 0 ? undefined : second);
  if (!isText(clientId) || !isText(username)) return 'BAD_TEXT';
  const password = second < 0 ? '-' : payload.subarray(second + 1).toString('hex');
  return `${clientId.toString('hex')}/${username.toString('hex')}/${password}`;
}

function isText(content: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}

function newServer(): MsipServerConnection {
  const connection = new MsipServerConnection({ maximumPayloadLength: LIMIT });
  connection.begin(0);
  return connection;
}

function greetedServer(): MsipServerConnection {
  const connection = newServer();
  connection.receive(wire('hello', { msgId: 7n, payload: 'lamp' }), 0);
  connection.send({ type: 'ack', msgKind: 3, msgId: 7n }, 0);
  return connection;
}

function greetedClient(): MsipClientConnection {
  const connection = new MsipClientConnection({ maximumPayloadLength: LIMIT });
  connection.begin(0);
  connection.send({ type: 'hello', msgId: 7n }, 0);
  connection.receive(wire('ack', { msgKind: 3, msgId: 7n }), 0);
  return connection;
}

/** Everything a connection says, in words. Once it has closed it says no more. */
function converse(connection: MsipConnection, input: Uint8Array, sizeOf: () => number): string {
  const told: string[] = [];
  for (const piece of piecesOf(input, sizeOf)) {
    const isOver = connection.state === 'closed';
    const events = connection.receive(piece, 1);
    if (isOver && events.length > 0) throw new Error('it goes on after its end');
    told.push(...events.map(eventText));
  }
  const ends = told.filter((event) => event.startsWith('end-')).length;
  if (ends !== (connection.state === 'closed' ? 1 : 0)) throw new Error(`it ends ${ends} times`);
  return told.join(' ');
}

function eventText(event: MsipEvent): string {
  if (event.type === 'transmit') return Buffer.from(event.bytes).toString('hex');
  return event.type === 'frame' ? describe(event.frame) : `end-${event.error?.code ?? 'normally'}`;
}
