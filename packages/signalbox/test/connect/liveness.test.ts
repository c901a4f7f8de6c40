// Signs of life, and what happens without them; all of it on virtual time.

import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connect/connection.ts';
import type { ConnectionOptions } from '../../src/connect/connection-options.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { ManualConnectionClock, VirtualCarrier } from './support/virtual-carrier.ts';

const HEARTBEAT = new Datagram(Uint8Array.of(0), 65_535).toBytes();
const MESSAGE = new Datagram('x').toBytes();

function stage(options: ConnectionOptions) {
  const clock = new ManualConnectionClock();
  const carrier = new VirtualCarrier(clock);
  return { clock, carrier, connection: new Connection(carrier, { clock, ...options }) };
}

describe('keep-alive', () => {
  it('sends a heartbeat when nothing else was sent for the interval', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: { intervalMs: 1_000, timeoutMs: 60_000 } });
    await clock.advance(999);
    expect(carrier.written).toEqual([]);
    await clock.advance(1);
    expect(carrier.written).toEqual([HEARTBEAT]);
    void connection.send('x');
    await clock.advance(999);
    void connection.send('x');
    await clock.advance(999);
    expect(carrier.written).toEqual([HEARTBEAT, MESSAGE, MESSAGE]);
    await clock.advance(1);
    expect(carrier.written.at(-1)).toEqual(HEARTBEAT);
    expect(connection.statistics).toMatchObject({ heartbeatsSent: 2, messagesSent: 2 });
  });

  it('keeps heartbeats of the peer to itself', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: {} });
    carrier.receive(Uint8Array.from([...HEARTBEAT, ...MESSAGE, ...HEARTBEAT]));
    await clock.settle();
    expect(connection.statistics).toMatchObject({ heartbeatsReceived: 2, messagesReceived: 1, messagesUnread: 1 });
    expect(connection.statistics.bytesReceived).toBe(27);
  });

  it('gives a heartbeat to a program that has not asked for a keep-alive: its tag is like any other then', async () => {
    const { clock, carrier, connection } = stage({});
    carrier.receive(HEARTBEAT);
    expect(connection.reader.take()?.tag).toBe(65_535);
    void connection.send('x', { tag: 65_535 });
    await clock.settle();
    expect(connection.statistics.messagesSent).toBe(1);
  });

  it('ends a connection whose peer stands still, after three intervals', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: { intervalMs: 1_000 } });
    const waiting = new Outcome(connection.receive());
    await clock.advance(2_000);
    carrier.receive(HEARTBEAT);
    await clock.advance(2_999);
    expect(waiting.state).toBe('pending');
    await clock.advance(2);
    expect([waiting.code, carrier.calls]).toEqual(['PEER_SILENT', ['destroy']]);
    await clock.advance(1);
    expect(await connection.closed).toMatchObject({ code: 'PEER_SILENT' });
    expect(clock.scheduled).toBe(0);
  });

  it('does not call a peer silent that we did not listen to', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: { intervalMs: 1_000 }, receiveBuffer: 128 });
    carrier.receive(MESSAGE);
    expect(carrier.isPaused).toBe(true);
    await clock.advance(60_000);
    expect(connection.isOpen).toBe(true);
    connection.reader.take();
    await clock.advance(2_900);
    expect(connection.isOpen).toBe(true);
    await clock.advance(200);
    expect(connection.isOpen).toBe(false);
  });

  it('hears the peer that spoke while the machine was suspended', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: { intervalMs: 1_000 } });
    clock.jump(3_600_000);
    clock.soon(() => carrier.receive(HEARTBEAT)); // the network is looked at after the timers
    await clock.advance(1);
    expect(connection.isOpen).toBe(true);
  });

  it('sends no heartbeat behind what waits already, nor after the end of this side', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: { intervalMs: 1_000, timeoutMs: 1e6 } });
    carrier.isTaking = false;
    void connection.send('x');
    await clock.advance(10_000);
    expect(carrier.written).toEqual([MESSAGE]);
    carrier.isTaking = true;
    carrier.drain();
    await connection.endWriting();
    await clock.advance(10_000);
    expect(carrier.written).toEqual([MESSAGE]);
    expect(connection.isOpen).toBe(true);
  });

  it('expects nothing of a peer that has ended its side', async () => {
    const { clock, carrier, connection } = stage({ keepAlive: { intervalMs: 1_000 } });
    carrier.peerEnds();
    await clock.advance(60_000);
    expect([connection.isOpen, carrier.written.length]).toEqual([true, 60]);
  });
});

describe('the time without messages', () => {
  it('ends the connection when it is over; heartbeats are no messages', async () => {
    const { clock, carrier, connection } = stage({
      idleTimeoutMs: 10_000,
      keepAlive: { intervalMs: 1_000, timeoutMs: 60_000 },
    });
    const waiting = new Outcome(connection.receive());
    for (let second = 0; second < 9; second++) {
      await clock.advance(1_000);
      carrier.receive(HEARTBEAT);
    }
    await clock.advance(900);
    expect(waiting.state).toBe('pending');
    await clock.advance(3_000);
    expect(waiting.code).toBe('IDLE_TIMEOUT');
  });

  it('begins anew with each message, at most a quarter too late', async () => {
    const { clock, carrier, connection } = stage({ idleTimeoutMs: 10_000 });
    for (let count = 0; count < 20; count++) {
      await clock.advance(9_000);
      if (count % 2 === 0) carrier.receive(MESSAGE);
      else void connection.send('x');
    }
    await clock.advance(9_900);
    expect(connection.isOpen).toBe(true);
    await clock.advance(2_700);
    expect(connection.isOpen).toBe(false);
  });
});
