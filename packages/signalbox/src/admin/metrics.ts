/**
 * `/metrics`: the counters in the text format of Prometheus, version 0.0.4. Written by hand: it is a page of text, and every
 * library for it wants to own the counters, which the broker's hot path has as plain numbers.
 */
import type { Broker } from '../broker/broker.ts';
import { exchangeOf } from '../broker/broker.ts';
import { VERSION } from '../broker/version.ts';
import { reasonCodeName } from '../mqtt/reason-codes.ts';
import type { EventLoopDelay } from './event-loop.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

export function metrics(broker: Broker, delay: EventLoopDelay): string {
  const text = new MetricsText();
  writeConnections(text, broker);
  writeMessages(text, broker);
  writeKept(text, broker);
  writeOverload(text, broker);
  writeProcess(text, broker, delay);
  return text.toString();
}

function writeConnections(text: MetricsText, broker: Broker): void {
  const { statistics } = broker;
  text.gauge('connections', 'Clients connected.', statistics.connected);
  text.gauge('connections_maximum', 'Most clients connected at once.', statistics.connectedMaximum);
  text.counter('connections_accepted_total', 'Network connections accepted.', statistics.connectionsAccepted);
  const turnedAway = Object.entries(statistics.turnedAway).map(([reason, count]): Sample => [{ reason }, count]);
  text.counters('connections_turned_away_total', 'Connections closed before a CONNECT was looked at.', turnedAway);
  const refused = Object.entries(statistics.refused).map(([code, count = 0]): Sample => {
    return [{ code: `0x${Number(code).toString(16)}`, reason: reasonCodeName(Number(code)) }, count];
  });
  text.counters('connects_refused_total', 'CONNECTs refused, by reason code.', refused);
  text.counter(
    'authentications_failed_total',
    'Clients that presented something wrong.',
    statistics.authenticationsFailed,
  );
  text.counter(
    'authentications_delayed_total',
    'Attempts that waited for their turn.',
    statistics.authenticationsDelayed,
  );
  text.counter('bans_total', 'Addresses and client identifiers banned for a while.', statistics.bansImposed);
}

function writeMessages(text: MetricsText, broker: Broker): void {
  const { statistics } = broker;
  text.counter('received_bytes_total', 'Bytes received from clients.', statistics.bytesReceived);
  text.counter('sent_bytes_total', 'Bytes sent to clients.', statistics.bytesSent);
  text.counter(
    'received_packets_total',
    'Packets of MQTT and frames of MSIP received, of all types.',
    statistics.messagesReceived,
  );
  text.counter('sent_packets_total', 'Packets of MQTT and frames of MSIP sent, of all types.', statistics.messagesSent);
  text.counter('received_messages_total', 'PUBLISH packets received.', statistics.publishReceived);
  text.counter('sent_messages_total', 'PUBLISH packets sent.', statistics.publishSent);
  text.counter(
    'received_payload_bytes_total',
    'Payloads of PUBLISH packets received.',
    statistics.publishBytesReceived,
  );
  text.counter('sent_payload_bytes_total', 'Payloads of PUBLISH packets sent.', statistics.publishBytesSent);
  const dropped = Object.entries(statistics.dropped).map(([reason, count]): Sample => [{ reason }, count]);
  text.counters('dropped_messages_total', 'Messages not delivered, or refused, by reason.', dropped);
}

function writeOverload(text: MetricsText, broker: Broker): void {
  text.counter('overloads_total', 'How often the event loop became too late.', broker.statistics.overloads);
  text.gauge('overloaded', '1 while new connections are refused.', exchangeOf(broker).intake.overload.isOn ? 1 : 0);
}

function writeKept(text: MetricsText, broker: Broker): void {
  const { sessions, subscriptions, retained, census, commits, durability } = exchangeOf(broker);
  text.gauge('sessions', 'Sessions, connected or not.', sessions.size);
  text.counter('sessions_expired_total', 'Sessions that ended at their expiry.', broker.statistics.sessionsExpired);
  text.gauge('subscriptions', 'Subscriptions of all sessions.', subscriptions.size);
  text.gauge('retained_messages', 'Retained messages.', retained.count);
  text.gauge('retained_bytes', 'Bytes of retained messages.', retained.bytes);
  text.gauge('queued_messages', 'Messages waiting, of the last full count.', census.result.queuedMessages);
  text.gauge('queued_bytes', 'Bytes waiting, of the last full count.', census.result.queuedBytes);
  text.gauge('in_flight_bytes', 'Bytes sent, not acknowledged and kept.', census.result.inFlightBytes);
  text.gauge('store_failing', '1 while the store cannot keep what it is told.', commits.failure === undefined ? 0 : 1);
  text.gauges('durability_info', 'How long what is acknowledged lasts.', [[{ level: durability }, 1]]);
}

function writeProcess(text: MetricsText, broker: Broker, delay: EventLoopDelay): void {
  text.gauges('info', 'The version.', [[{ version: VERSION }, 1]]);
  text.gauge('ready', '1 when clients should come here.', broker.readiness.isReady ? 1 : 0);
  text.gauge('start_time_seconds', 'Start of the broker since 1970.', broker.statistics.startedAt / 1000);
  text.gauges('event_loop_delay_seconds', 'Lateness of the event loop in the last minute.', [
    [{ quantile: '0.5' }, delay.p50],
    [{ quantile: '0.99' }, delay.p99],
    [{ quantile: '1' }, delay.max],
  ]);
  const { rss, heapUsed } = process.memoryUsage();
  text.gauge('resident_memory_bytes', 'Memory of the process.', rss);
  text.gauge('heap_used_bytes', 'Heap in use.', heapUsed);
  const { user, system } = process.cpuUsage();
  text.counter('cpu_seconds_total', 'Processor time of the process.', (user + system) / 1e6);
}

class MetricsText {
  readonly #lines: string[] = [];

  gauge(name: string, help: string, value: number): void {
    this.#write('gauge', name, help, [[{}, value]]);
  }

  gauges(name: string, help: string, samples: readonly Sample[]): void {
    this.#write('gauge', name, help, samples);
  }

  counter(name: string, help: string, value: number): void {
    this.#write('counter', name, help, [[{}, value]]);
  }

  counters(name: string, help: string, samples: readonly Sample[]): void {
    this.#write('counter', name, help, samples);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #write(type: 'gauge' | 'counter', name: string, help: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return; // a label nobody has seen yet
    this.#lines.push(`# HELP signalbox_${name} ${help}`, `# TYPE signalbox_${name} ${type}`);
    for (const [labels, value] of samples) this.#lines.push(`signalbox_${name}${labelled(labels)} ${value}`);
  }
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
