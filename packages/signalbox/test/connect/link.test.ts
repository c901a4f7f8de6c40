// A link over connections that fail: what waits, what is kept, what is told. Virtual time; the test is the network.

import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connect/connection.ts';
import { type Link, openLink } from '../../src/connect/link.ts';
import type { LinkOptions, LinkStatus } from '../../src/connect/link-options.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { DatagramReader } from '../../src/datagram/reader.ts';
import { Outcome } from '../client/support/outcome.ts';
import { ManualConnectionClock, VirtualCarrier } from './support/virtual-carrier.ts';

class Stage {
  readonly clock = new ManualConnectionClock();
  readonly carriers: VirtualCarrier[] = [];
  readonly statuses: LinkStatus['state'][] = [];
  readonly link: Link;
  /** What dialling leads to: a connection, or this error. */
  error: (Error & { code?: string }) | undefined = undefined;
  dials = 0;

  constructor(options: LinkOptions = {}) {
    const dial = async (_url: string, { sendBuffer = 1_000_000 }: LinkOptions): Promise<Connection> => {
      this.dials++;
      if (this.error !== undefined) throw this.error;
      const carrier = new VirtualCarrier(this.clock);
      this.carriers.push(carrier);
      return new Connection(carrier, { clock: this.clock, sendBuffer });
    };
    const { clock } = this;
    const backOff = { firstMs: 100, longestMs: 1_000, random: () => 1, ...options.backOff };
    const onStatus = ({ state }: LinkStatus): void => void this.statuses.push(state);
    this.link = openLink('tcp://there:1', { clock, dial, onStatus, ...options, backOff });
  }

  get carrier(): VirtualCarrier {
    return this.carriers.at(-1)!;
  }
}

function textsOf(carrier: VirtualCarrier): string[] {
  const texts: string[] = [];
  new DatagramReader().receive(carrier.stream, { onDatagram: ({ text }) => texts.push(text) > 0 });
  return texts;
}

const lost = (): Error => Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const refused = (): Error & { code: string } => Object.assign(new Error('refused'), { code: 'CONNECTION_REFUSED' });

describe('a link', () => {
  it('sends in order over one connection after another', async () => {
    const stage = new Stage();
    const sent = [new Outcome(stage.link.send('1')), new Outcome(stage.link.send('2'))];
    await stage.clock.settle();
    stage.carrier.close(lost());
    sent.push(new Outcome(stage.link.send('3')));
    await stage.clock.settle();
    expect(stage.link.statistics).toMatchObject({ queuedMessages: 1, connections: 1, failures: 1 });
    await stage.clock.advance(100);
    expect(stage.carriers.map(textsOf)).toEqual([['1', '2'], ['3']]);
    expect(sent.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
    expect(stage.statuses).toEqual(['connected', 'waiting', 'connecting', 'connected']);
  });

  it('waits longer after each failure, up to a limit, and begins anew after a good connection', async () => {
    const stage = new Stage();
    stage.error = refused();
    const times: number[] = [];
    for (let dials = 0; times.length < 7; await stage.clock.advance(50)) {
      if (stage.dials > dials) times.push(stage.clock.now());
      dials = stage.dials;
    }
    const waits = times.slice(2).map((time, index) => time - times[index + 1]!);
    expect(waits).toEqual([200, 400, 800, 1_000, 1_000]);
    stage.error = undefined;
    await stage.clock.advance(1_000);
    expect(stage.link.status.state).toBe('connected');
    stage.carrier.receive(new Datagram('useful').toBytes());
    stage.carrier.close(lost());
    await stage.clock.settle();
    expect(stage.link.status).toMatchObject({ state: 'waiting', delayMs: 100 });
    expect(stage.link.statistics.failures).toBe(1);
  });

  it('keeps what was not written when the connection fails, and tells what may have arrived', async () => {
    const stage = new Stage();
    await stage.clock.settle();
    stage.carrier.isTaking = false;
    const first = new Outcome(stage.link.send('may have arrived'));
    await stage.clock.settle();
    const others = Array.from({ length: 100 }, (_, index) => new Outcome(stage.link.send(`kept ${index}`)));
    await stage.clock.settle();
    stage.carrier.close(lost());
    await stage.clock.advance(100);
    expect([first.code, stage.link.statistics.uncertain]).toEqual(['UNCERTAIN', 1]);
    expect(textsOf(stage.carrier)).toEqual(others.map((_, index) => `kept ${index}`));
    expect(new Set(others.map(({ state }) => state))).toEqual(new Set(['resolved']));
  });

  it('hands over no more than may wait for the network: nothing is told to be sent that was not', async () => {
    const stage = new Stage({ sendBuffer: 30 });
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`);
    const sent = texts.map((text) => new Outcome(stage.link.send(text)));
    await stage.clock.settle();
    stage.carrier.isTaking = false;
    sent.push(...['a', 'b', 'c', 'd', 'e'].map((text) => new Outcome(stage.link.send(text))));
    for (let turn = 0; turn < 10; turn++) {
      await stage.clock.settle();
      stage.carrier.drain();
    }
    await stage.clock.settle();
    expect(new Set(sent.map(({ state }) => state))).toEqual(new Set(['resolved']));
    expect(textsOf(stage.carrier)).toEqual([...texts, 'a', 'b', 'c', 'd', 'e']);
  });

  it.each([undefined, null, 'not now'])('goes on when its dial rejects with %s', async (reason) => {
    let dials = 0;
    const dial = (): Promise<Connection> => {
      dials++;
      return Promise.reject(reason);
    };
    const { clock, link } = new Stage({ dial });
    await clock.advance(1_000);
    expect(dials).toBeGreaterThan(2);
    expect(link.status).toMatchObject({ state: 'waiting', error: { message: `dialling failed: ${reason}` } });
    await link.close();
    expect(await link.closed).toBeUndefined();
  });

  it('sends it again when told so', async () => {
    const stage = new Stage({ uncertain: 'resend' });
    await stage.clock.settle();
    stage.carrier.isTaking = false;
    const sent = ['1', '2'].map((text) => new Outcome(stage.link.send(text)));
    await stage.clock.settle();
    const last = new Outcome(stage.link.send('3'));
    stage.carrier.close(lost());
    await stage.clock.advance(100);
    expect(stage.carriers.map(textsOf)).toEqual([
      ['1', '2'],
      ['1', '2', '3'],
    ]);
    expect([...sent, last].map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
  });

  it('refuses what its queue has no room for', async () => {
    const stage = new Stage({ queue: { messages: 2 } });
    stage.error = refused();
    const sent = ['1', '2', '3'].map((text) => new Outcome(stage.link.send(text)));
    await stage.clock.settle();
    expect(sent.map(({ code, state }) => code ?? state)).toEqual(['pending', 'pending', 'QUEUE_FULL']);
    expect(stage.link.statistics).toMatchObject({ dropped: 1, queuedMessages: 2, queuedBytes: 18 });
  });

  it('drops the oldest when told so, by bytes too', async () => {
    const stage = new Stage({ queue: { bytes: 30, policy: 'drop-oldest' } });
    stage.error = refused();
    const sent = ['1', '2', '3', '4'].map((text) => new Outcome(stage.link.send(text)));
    const large = new Outcome(stage.link.send('x'.repeat(50)));
    await stage.clock.settle();
    expect(sent.map(({ code }) => code)).toEqual(['DROPPED', 'DROPPED', 'DROPPED', 'DROPPED']);
    expect([large.state, stage.link.statistics.dropped]).toEqual(['pending', 4]);
  });

  it('receives from each connection to its end', async () => {
    const stage = new Stage();
    await stage.clock.settle();
    const texts: string[] = [];
    const loop = new Outcome(
      (async () => {
        for await (const { text } of stage.link) texts.push(text);
      })(),
    );
    stage.carrier.receive(new Datagram('a').toBytes());
    await stage.clock.settle();
    stage.carrier.receive(new Datagram('b').toBytes());
    stage.carrier.peerEnds();
    await stage.clock.advance(5_000);
    stage.carrier.receive(new Datagram('c').toBytes());
    stage.carrier.close(lost());
    await stage.clock.advance(1_000);
    expect([texts, loop.state, stage.dials]).toEqual([['a', 'b', 'c'], 'pending', 3]);
    void stage.link.close();
    await stage.clock.advance(5_000);
    expect(loop.state).toBe('resolved');
  });

  it('gives up waiting for a message without losing one', async () => {
    const stage = new Stage();
    await stage.clock.settle();
    const timed = new Outcome(stage.link.receive({ timeoutMs: 50 }));
    await stage.clock.advance(50);
    expect(timed.code).toBe('TIMEOUT');
    stage.carrier.receive(new Datagram('kept').toBytes());
    expect((await stage.link.receive())?.text).toBe('kept');
  });

  it('discards what nobody reads of connections long gone', async () => {
    const stage = new Stage();
    for (let count = 0; count < 12; count++) {
      await stage.clock.advance(1_000);
      stage.carrier.receive(new Datagram('unread').toBytes());
      stage.carrier.close(lost());
    }
    await stage.clock.settle();
    expect(stage.link.statistics.discarded).toBe(4);
  });

  it('gives up after so many attempts, and tells everybody', async () => {
    const stage = new Stage({ backOff: { attempts: 3 } });
    stage.error = refused();
    const [sent, received] = [new Outcome(stage.link.send('x')), new Outcome(stage.link.receive())];
    await stage.clock.advance(10_000);
    expect([stage.dials, sent.code, received.code]).toEqual([3, 'CONNECTION_REFUSED', 'CONNECTION_REFUSED']);
    expect(await stage.link.closed).toBe(stage.error);
    await expect(stage.link.send('y')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('gives up at once on a mistake', async () => {
    const stage = new Stage();
    stage.error = Object.assign(new Error('no URL'), { code: 'BAD_URL' });
    await stage.clock.settle();
    expect([stage.dials, stage.link.status.state]).toEqual([1, 'closed']);
  });

  it('sends what waits before it closes, and connects no more', async () => {
    const stage = new Stage();
    await stage.clock.settle();
    const sent = Array.from({ length: 1_000 }, () => new Outcome(stage.link.send('x'.repeat(500))));
    const closing = new Outcome(stage.link.close());
    await stage.clock.advance(10_000);
    expect([closing.state, textsOf(stage.carrier).length, stage.dials]).toEqual(['resolved', 1_000, 1]);
    expect(new Set(sent.map(({ state }) => state))).toEqual(new Set(['resolved']));
    expect([await stage.link.closed, stage.clock.scheduled]).toEqual([undefined, 0]);
  });

  it('closes without waiting for ever: for a peer that takes nothing, a connection that is not there, a dial under way', async () => {
    const blocked = new Stage();
    await blocked.clock.settle();
    blocked.carrier.isTaking = false;
    const sent = new Outcome(blocked.link.send('x'));
    const closing = new Outcome(blocked.link.close({ timeoutMs: 300 }));
    await blocked.clock.advance(5_000);
    expect([closing.state, sent.state]).toEqual(['resolved', 'rejected']);

    const away = new Stage();
    away.error = refused();
    await away.clock.settle();
    const kept = new Outcome(away.link.send('x'));
    const gone = new Outcome(away.link.close());
    await away.clock.settle();
    expect([gone.state, kept.code, away.clock.scheduled]).toEqual(['resolved', 'CLOSED', 0]);

    const dialling = new Stage({
      dial: (_, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    });
    await dialling.link.close();
    expect(dialling.link.status.state).toBe('closed');
  });

  it.each([
    { queue: { messages: -1 } },
    { queue: { policy: 'drop-all' as never } },
    { backOff: { attempts: 0 } },
    { uncertain: 'maybe' as never },
    { receiveBuffer: 0 },
  ])('has no options like %j', (options) => {
    expect(() => openLink('tcp://a:1', options)).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }));
  });
});

describe('giving up at the moment something comes', () => {
  it('is too late: no message is lost', async () => {
    const stage = new Stage();
    await stage.clock.settle();
    const controller = new AbortController();
    const receiving = stage.link.receive({ signal: controller.signal, timeoutMs: 1_000 });
    stage.carrier.receive(new Datagram('just in time').toBytes());
    controller.abort();
    expect((await receiving)?.text).toBe('just in time');
    expect(stage.clock.scheduled).toBe(0);
  });
});
