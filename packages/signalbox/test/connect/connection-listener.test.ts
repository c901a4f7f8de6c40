// Connections as they come, and a program that is slow to take them.

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Carrier, CarrierListener, CarrierProvider } from '../../src/connect/carrier.ts';
import { type ListenOptions, listen } from '../../src/connect/connect.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { ManualConnectionClock, VirtualCarrier } from './support/virtual-carrier.ts';

function stage(options: ListenOptions = {}) {
  const clock = new ManualConnectionClock();
  let onCarrier: (carrier: Carrier) => void = () => {};
  const carriers: CarrierListener = {
    url: 'virtual://here',
    connections: 0,
    refusedConnections: 0,
    failedHandshakes: 0,
    close: () => Promise.resolve(),
  };
  const provider: CarrierProvider = {
    schemes: ['virtual'],
    connect: () => Promise.reject(new Error('not here')),
    listen: (_url, _options, onNext) => {
      onCarrier = onNext;
      return Promise.resolve(carriers);
    },
  };
  const comes = (): VirtualCarrier => {
    const carrier = new VirtualCarrier(clock);
    onCarrier(carrier);
    return carrier;
  };
  const listening = listen('virtual://here', { clock, transports: [provider], maximumConnections: 3, ...options });
  return { clock, comes, listening };
}

describe('a listener', () => {
  it('keeps what was said by who has gone before the program took the connection', async () => {
    const { comes, listening } = stage();
    const listener = await listening;
    const carrier = comes();
    carrier.receive(new Datagram('hello').toBytes());
    carrier.close();
    const connection = await listener.accept();
    expect((await connection?.receive())?.text).toBe('hello');
    expect(await connection?.receive()).toBeUndefined();
  });

  it('holds no more connections for a slow program than there may be, however many come and go', async () => {
    const { clock, comes, listening } = stage();
    const listener = await listening;
    const all = Array.from({ length: 10 }, () => {
      const carrier = comes();
      carrier.receive(new Datagram('hello').toBytes());
      carrier.close(new Error('reset'));
      return carrier;
    });
    await clock.settle();
    expect(listener.statistics).toMatchObject({ waiting: 3, refused: 7 });
    expect(all.map(({ calls }) => calls.includes('destroy'))).toEqual([false, false, false, ...Array(7).fill(true)]);
    const taken = [await listener.accept(), await listener.accept(), await listener.accept()];
    expect(await Promise.all(taken.map(async (one) => (await one?.receive())?.text))).toEqual(Array(3).fill('hello'));
    const next = listener.accept();
    comes();
    expect((await next)?.isOpen).toBe(true);
    await listener.close();
  });

  it('closes with its signal, and leaves nothing behind on it when it is closed before', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const [first, second] = [await stage({ signal }).listening, await stage({ signal }).listening];
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    await first.close();
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    const next = second.accept();
    controller.abort();
    expect(await next).toBeUndefined();
  });
});
