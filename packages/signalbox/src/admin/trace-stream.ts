/** A trace as lines of JSON, for as long as somebody reads them. Who reads too slowly misses lines, and is told how many. */
import type { ServerResponse } from 'node:http';
import type { Broker } from '../broker/broker.ts';
import type { TracedPacket, TraceOptions } from '../broker/observation/tracing.ts';
import { UsageError } from '../mqtt/errors.ts';
import { packetToJson, packetToLine } from '../mqtt/packet-json.ts';
import { frameToJson, frameToLine } from '../msip/frame-json.ts';
import { AdminError } from './answer.ts';
import { Query } from './query.ts';

export const TRACE_PATH = '/api/v1/trace';
const PARAMETERS = ['clientId', 'topicFilter', 'limit', 'preview'] as const;

/** Lines that wait for a reader, in bytes. */
const MOST_WAITING_BYTES = 1024 * 1024;
/** So that a reader which is gone is noticed. */
const HEARTBEAT_MS = 15_000;
const LARGEST_LIMIT = 10_000;
const LARGEST_PREVIEW = 1_024;

/** Throws AdminError before anything was sent. */
export function streamTrace(broker: Broker, parameters: URLSearchParams, response: ServerResponse): void {
  const query = new Query(parameters, PARAMETERS);
  const clientId = query.text('clientId');
  const topicFilter = query.text('topicFilter');
  if (clientId === undefined && topicFilter === undefined) {
    throw new AdminError('BAD_REQUEST', 'clientId or topicFilter says what to trace');
  }
  const limit = query.integer('limit', { least: 1, most: LARGEST_LIMIT });
  const previewLength = query.integer('preview', { least: 0, most: LARGEST_PREVIEW }) ?? 32;
  const options: TraceOptions = {
    ...(clientId === undefined ? {} : { clientId }),
    ...(topicFilter === undefined ? {} : { topicFilter }),
    ...(limit === undefined ? {} : { limit }),
  };
  let missed = 0;
  const stop = start(broker, options, (traced) => {
    if (response.writableLength > MOST_WAITING_BYTES) {
      missed += traced.leftOut + 1;
      return;
    }
    response.write(lineOf({ ...traced, leftOut: traced.leftOut + missed }, previewLength));
    missed = 0;
  });
  const heartbeat = setInterval(() => response.write('\n'), HEARTBEAT_MS);
  heartbeat.unref();
  response.once('close', () => {
    stop();
    clearInterval(heartbeat);
  });
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
  response.flushHeaders();
}

function start(broker: Broker, options: TraceOptions, listener: (traced: TracedPacket) => void): () => void {
  try {
    return broker.trace(options, listener);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new AdminError(error.code === 'NOT_ALLOWED' ? 'BUSY' : 'BAD_REQUEST', error.message);
  }
}

function lineOf(traced: TracedPacket, previewLength: number): string {
  const { at, clientId, remoteAddress, direction, leftOut, protocol } = traced;
  const options = { previewLength };
  return `${JSON.stringify({
    at: new Date(at).toISOString(),
    clientId,
    remoteAddress,
    direction,
    leftOut,
    protocol,
    ...(protocol === 'mqtt'
      ? { text: packetToLine(traced.packet, options), packet: packetToJson(traced.packet, options) }
      : { text: frameToLine(traced.packet, options), packet: frameToJson(traced.packet, options) }),
  })}\n`;
}
