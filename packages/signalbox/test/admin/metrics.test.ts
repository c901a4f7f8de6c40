// `/metrics` as a parser reads it that knows nothing of us, and the probes.

import { readFileSync } from 'node:fs';
import parse from 'parse-prometheus-text-format';
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../../src/broker/broker.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startAdmin } from './admin.ts';

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly metrics: readonly { readonly value?: string; readonly labels?: Readonly<Record<string, string>> }[];
}

describe('/metrics', () => {
  it('is what Prometheus reads, with a type and words for each name', async () => {
    const { ask, connect, broker } = await startAdmin({ limits: { topicLevels: 2 } });
    const client = await connect('client');
    await client.subscribe('a', 0);
    await client.publish('a', 'hello', { qos: 1, retain: true });
    await client.publish('a/b/c', 'x', { qos: 1 });
    await connect('refused', { connect: { properties: { authenticationMethod: 'none' } } }).catch(() => {});
    const { headers, text } = await ask('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parse(text) as readonly Family[];
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    const value = (name: string, labels: Readonly<Record<string, string>> = {}) => {
      const family = families.find((each) => each.name === `signalbox_${name}`);
      const found = family?.metrics.find((each) => {
        return Object.entries(labels).every(([label, wanted]) => each.labels?.[label] === wanted);
      });
      return Number(found?.value);
    };
    for (const { name, type, help } of families) {
      expect(name).toMatch(/^signalbox_[a-z0-9_]+$/);
      expect(type).toBe(name.endsWith('_total') ? 'COUNTER' : 'GAUGE');
      expect(help).toMatch(/^[A-Z1].*\.$/);
    }
    expect(value('connections')).toBe(1);
    expect(value('received_messages_total')).toBe(2);
    expect(value('sent_messages_total')).toBe(1);
    expect(value('retained_messages')).toBe(1);
    expect(value('subscriptions')).toBe(1);
    expect(value('dropped_messages_total', { reason: 'too-many-levels' })).toBe(1);
    expect(value('connects_refused_total', { code: '0x8c' })).toBe(1);
    expect(value('received_bytes_total')).toBe(broker.statistics.bytesReceived);
    expect(value('received_packets_total')).toBeGreaterThan(2);
    expect(value('event_loop_delay_seconds', { quantile: '0.99' })).toBeGreaterThanOrEqual(0);
    expect(value('resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(value('store_failing')).toBe(0);
  });
});

describe('/readyz', () => {
  it('says yes only while it listens, and why not', async () => {
    const { ask, broker } = await startAdmin();
    const before = await ask('/readyz');
    expect([before.status, before.json()]).toEqual([503, { isReady: false, reasons: ['it does not listen'] }]);
    await broker.listen('mqtt://127.0.0.1:0');
    const ready = await ask('/readyz');
    expect([ready.status, ready.json()]).toEqual([200, { isReady: true, reasons: [] }]);
    broker.redirect({ serverReference: 'other' });
    expect((await ask('/readyz')).status).toBe(503);
    broker.redirect(undefined);
    const closing = broker.close();
    expect((await ask('/readyz')).json()).toEqual({ isReady: false, reasons: ['it is closed'] });
    await closing;
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('says no while draining', async () => {
    const { ask, broker, connect } = await startAdmin({ clock: new ManualClock() });
    await broker.listen('mqtt://127.0.0.1:0');
    const client = await connect('a');
    await connect('b');
    const drained = broker.drain({ clientsPerSecond: 10, timeoutMs: 1e9 });
    expect(await client.next('disconnect')).toMatchObject({ reasonCode: ReasonCode.ServerShuttingDown });
    expect((await ask('/readyz')).json()).toEqual({ isReady: false, reasons: ['it is draining'] });
    broker.disconnect('b');
    await drained;
  });

  it('says no while the store has failed, and while the broker is overloaded', async () => {
    const { ask, broker } = await startAdmin();
    await broker.listen('mqtt://127.0.0.1:0');
    const { commits, intake } = exchangeOf(broker);
    commits.failure = new Error('disk full');
    intake.overload.isOn = true;
    expect((await ask('/readyz')).json()).toEqual({
      isReady: false,
      reasons: ['the store has failed', 'it is overloaded'],
    });
    const { text } = await ask('/metrics');
    expect(text).toMatch(/^signalbox_store_failing 1$/m);
    expect(text).toMatch(/^signalbox_overloaded 1$/m);
    expect(text).toMatch(/^signalbox_ready 0$/m);
    commits.failure = undefined;
    intake.overload.isOn = false;
    expect((await ask('/readyz')).status).toBe(200);
  });
});

describe('docs/guide/operate.md', () => {
  it('speaks of metrics that there are', async () => {
    const { ask, broker } = await startAdmin();
    broker.statistics.onDropped('qos0-offline'); // a counter with labels has no line before there is one
    const { text } = await ask('/metrics');
    const guide = readFileSync(new URL('../../../../docs/guide/operate.md', import.meta.url), 'utf8');
    const named = new Set([...guide.matchAll(/\bsignalbox_[a-z_]+/g)].map(([name]) => name));
    expect(named.size).toBeGreaterThan(3);
    const unknown = [...named].filter((name) => !new RegExp(`^# TYPE ${name} `, 'm').test(text));
    expect(unknown).toEqual([]);
  });
});
