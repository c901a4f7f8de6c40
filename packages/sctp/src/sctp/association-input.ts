// What the chunks of a packet do to an association: the table of states says whether, this file what (RFC 9260, §5.1, §6.2,
// §8.3, §8.5.1, §9). The packet was found to be for this association; INIT and COOKIE ECHO are its host's.

import type { AssociationCore } from './association-core.ts';
import { Cause, CHUNK_NAMES, type ChunkName, ChunkType, Parameter, TAG_REFLECTED, unknownRule } from './chunk-types.ts';
import { readCauses, textOf, writeCause } from './error-causes.ts';
import { readInit } from './init-chunk.ts';
import { type PacketReader, readUint32 } from './packet-reader.ts';
import { SackView } from './sack-chunk.ts';
import { SctpError, violation } from './sctp-error.ts';
import { STATES } from './states.ts';

/** One for all: it is used within one call only. */
const sack = new SackView();

type Handler = (core: AssociationCore, reader: PacketReader, now: number) => void;

/** What `take` means for each chunk. */
const HANDLERS: { readonly [name in ChunkName]: Handler } = {
  data: (core, reader) => {
    const fault = core.inbound!.onData(reader, core.writer);
    if (fault !== undefined) core.fault(fault);
  },
  init: nothing,
  'init-ack': onInitAck,
  sack: onSack,
  heartbeat: (core, reader) => {
    // A body that does not fit into a packet of ours does not go back.
    if (reader.end - reader.start > core.writer.capacity - 4) return;
    core.writer.put(ChunkType.HeartbeatAck, 0, reader.bytes.subarray(reader.start, reader.end));
  },
  'heartbeat-ack': (core, reader, now) => core.heartbeat.onAck(reader, now),
  abort: onAbort,
  shutdown: onShutdown,
  'shutdown-ack': nothing,
  error: onError,
  'cookie-echo': nothing,
  'cookie-ack': (core, _, now) => core.establish(now),
  'shutdown-complete': nothing,
};

function nothing(): void {}

/** Takes what is left of the packet the reader stands in. */
export function takeChunks(core: AssociationCore, reader: PacketReader, now: number): void {
  core.heartbeat.heard(now);
  while (!core.isEnded && reader.next()) {
    const name = CHUNK_NAMES[reader.type];
    if (name !== undefined) takeChunk(core, { name, reader }, now);
    else if (!skipUnknown(core, reader)) break;
  }
  if (!core.isEnded) core.inbound?.onPacketEnd(now);
}

function takeChunk(core: AssociationCore, chunk: { name: ChunkName; reader: PacketReader }, now: number): void {
  const { name, reader } = chunk;
  switch (STATES[core.state][name]) {
    case 'take':
      HANDLERS[name](core, reader, now);
      break;
    case 'end':
      endShutdown(core, { name, reader });
      break;
    case 'acknowledge':
      if (reader.end - reader.start >= 4) core.acknowledgeShutdown(now);
      break;
    case 'listen':
      if (reader.end - reader.start >= 4) core.outbound.onCumulativeTsn(readUint32(reader.bytes, reader.start), now);
      break;
    default: // 'discard'; 'host' and 'complete' are answered before a packet comes here
  }
}

/** Whether to go on behind a chunk of a type that is not known (§3.2). */
function skipUnknown(core: AssociationCore, reader: PacketReader): boolean {
  const { skips, reports } = unknownRule(reader.type, 8);
  if (reports && core.peer !== undefined) {
    const from = reader.start - 4;
    const most = Math.min(reader.end, from + core.writer.capacity - 8);
    core.writer.put(ChunkType.Error, 0, writeCause(Cause.UnrecognizedChunk, reader.bytes.slice(from, most)));
  }
  return skips;
}

function onInitAck(core: AssociationCore, reader: PacketReader, now: number): void {
  const init = readInit(reader.bytes, reader.start, reader.end);
  // It has to be alone in its packet (§3.3.3).
  if (init === undefined || !reader.isLast || init.initiateTag === 0) return;
  core.adopt(init);
  if (init.hasHostName) {
    core.fault({ cause: Cause.UnresolvableAddress, code: 'PROTOCOL_VIOLATION', message: 'a host name as address' });
  } else if (init.outboundStreams === 0 || init.inboundStreams === 0) {
    core.fault(violation('INIT ACK without streams', Cause.InvalidMandatoryParameter));
  } else if (init.cookie === undefined) {
    const missing = Uint8Array.of(0, 0, 0, 1, 0, Parameter.StateCookie);
    core.writer.put(ChunkType.Abort, 0, writeCause(Cause.MissingParameter, missing));
    core.finish(new SctpError('PROTOCOL_VIOLATION', 'INIT ACK without a cookie', [Cause.MissingParameter]));
  } else if (init.cookie.length > core.writer.capacity - 4) {
    core.fault({ cause: Cause.OutOfResource, code: 'OUT_OF_RESOURCES', message: 'a cookie above a packet' });
  } else {
    core.echo(init.cookie, now);
    if (init.unrecognized.length === 0) return;
    core.writer.put(ChunkType.Error, 0, writeCause(Cause.UnrecognizedParameters, init.unrecognized));
  }
}

function onSack(core: AssociationCore, reader: PacketReader, now: number): void {
  if (!sack.open(reader)) return;
  const fault = core.outbound.onSack(sack, now);
  if (fault !== undefined) core.fault(fault);
}

/** Whether this chunk may end the association with the tag its packet had (§8.5.1 B, C). */
function isTagRight(core: AssociationCore, reader: PacketReader): boolean {
  const isReflected = (reader.flags & TAG_REFLECTED) !== 0;
  const expected = isReflected ? core.peer?.initiateTag : core.identity.local.initiateTag;
  return reader.verificationTag === expected;
}

function onAbort(core: AssociationCore, reader: PacketReader): void {
  if (!isTagRight(core, reader)) return;
  const causes = readCauses(reader.bytes, reader.start, reader.end);
  const [first] = causes;
  const text = first === undefined ? '' : `: cause ${first.code} ${textOf(first.information)}`.trimEnd();
  const codes = causes.map(({ code }) => code);
  core.finish(new SctpError('PEER_ABORTED', `the peer aborted the association${text}`, codes));
}

function onShutdown(core: AssociationCore, reader: PacketReader, now: number): void {
  if (reader.end - reader.start < 4) return;
  core.outbound.onCumulativeTsn(readUint32(reader.bytes, reader.start), now);
  core.state = 'shutdown-received';
  core.sink?.peerShutdown();
}

function onError(core: AssociationCore, reader: PacketReader): void {
  const causes = readCauses(reader.bytes, reader.start, reader.end);
  if (core.state === 'cookie-echoed' && causes.some(({ code }) => code === Cause.StaleCookie)) {
    core.finish(new SctpError('STALE_COOKIE', 'the cookie of the peer came back too late', [Cause.StaleCookie]));
  } else if (causes.length > 0) core.sink?.peerError(causes);
}

/** SHUTDOWN ACK, or SHUTDOWN COMPLETE, of a shutdown that both sides want. */
function endShutdown(core: AssociationCore, { name, reader }: { name: ChunkName; reader: PacketReader }): void {
  if (name === 'shutdown-complete' && !isTagRight(core, reader)) return;
  if (name === 'shutdown-ack') core.completeShutdown();
  core.finish(undefined);
}
