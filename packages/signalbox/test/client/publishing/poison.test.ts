// Messages a server never takes: each connection ends over them. Which it is, when it is given up, and that nobody else is.
import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/client.ts';
import { memorySessionStore } from '../../../src/client/index.ts';
import type { PublishPacket } from '../../../src/mqtt/packets/publish.ts';
import { ReasonCode } from '../../../src/mqtt/reason-codes.ts';
import { Session } from '../../../src/mqtt/session.ts';
import { Outcome, outcomesOf } from '../support/outcome.ts';
import type { ServerLink } from '../support/server-link.ts';
import { textOf } from '../support/server-link.ts';
import { Stage } from '../support/stage.ts';

/** A server that ends the connection in place of an acknowledgement when it sees a message with this text. */
function allergic(stage: Stage, text: string, end: (link: ServerLink) => void): void {
  const { script } = stage;
  script.holds.add('puback').add('pubrec');
  script.onPublish = (packet: PublishPacket, link) => {
    if (link.isGone || link.isEnding) return;
    if (textOf(packet) !== text) link.answer();
    else {
      link.isEnding = true;
      stage.sessions.set(link.connect.clientId, new Session()); // it keeps nothing of what it cannot take
      end(link);
    }
  };
}

const disconnect =
  (reasonCode: number) =>
  (link: ServerLink): void =>
    link.disconnect(reasonCode);

async function again(stage: Stage, client: Client, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    client.reconnect();
    await stage.settle();
  }
}

describe('a message the server answers with DISCONNECT', () => {
  it.each([1, 2] as const)('is given up after three connections, alone, at QoS %s', async (qos) => {
    const stage = new Stage();
    allergic(stage, 'bad', disconnect(ReasonCode.PacketTooLarge));
    const client = await stage.connect();
    const bad = new Outcome(client.publish('topic', 'bad', { qos }));
    await stage.settle();
    await again(stage, client, 1);
    expect(bad.state).toBe('pending');
    await again(stage, client, 1);
    expect(bad.error).toMatchObject({ code: 'POISONED', cause: { code: 'REFUSED', reasonCode: 0x95 } });
    expect(client.statistics).toMatchObject({ poisoned: 1, inFlight: 0, queuedMessages: 0 });
    await again(stage, client, 1);
    expect(client.isConnected).toBe(true);
    expect(stage.links.length).toBe(4);
    expect(stage.link.messages).toEqual([]);
    expect(await stage.when(client.publish('topic', 'good', { qos }))).toEqual({ reasonCode: 0 });
  });

  it('among others is found out by sending one at a time, and they all arrive', async () => {
    const stage = new Stage();
    allergic(stage, 'm5', disconnect(ReasonCode.MalformedPacket));
    const client = await stage.connect();
    const all = outcomesOf(
      Array.from({ length: 20 }, (_, index) => client.publish('a', `m${index}`, { qos: index % 2 ? 1 : 2 })),
    );
    await stage.settle();
    for (let count = 0; count < 8; count++) await again(stage, client, 1);
    expect(all.map(({ state }) => state).filter((state) => state !== 'resolved')).toEqual(['rejected']);
    expect(all[5]!.code).toBe('POISONED');
    expect(client.isConnected).toBe(true);
    const { length } = stage.links;
    expect(length).toBeLessThanOrEqual(6);
    void outcomesOf([0, 1, 2].map((index) => client.publish('a', `later ${index}`, { qos: 1 })));
    await stage.settle();
    expect(stage.link.messages.slice(-3)).toEqual(['later 0', 'later 1', 'later 2']); // the whole window is there again
  });

  it('keeps an innocent one from blame whose acknowledgement went lost with the connection', async () => {
    const stage = new Stage();
    const { script } = stage;
    script.holds.add('puback');
    let isLate = true;
    script.onPublish = (packet, link) => {
      if (textOf(packet) !== 'bad') {
        if (!isLate) link.answer();
        return;
      }
      link.disconnect(ReasonCode.ProtocolError);
    };
    const client = await stage.connect();
    const [good, bad] = outcomesOf(['good', 'bad'].map((text) => client.publish('a', text, { qos: 1 })));
    await stage.settle();
    expect(good!.state).toBe('pending');
    isLate = false;
    await again(stage, client, 5);
    expect(good!.value).toEqual({ reasonCode: 0 });
    expect(bad!.code).toBe('POISONED');
  });

  it.each([
    ['the server is shut down', ReasonCode.ServerShuttingDown],
    ['the server is busy', ReasonCode.ServerBusy],
    ['somebody wanted it so', ReasonCode.AdministrativeAction],
    ['messages come too fast', ReasonCode.MessageRateTooHigh],
  ])('is not to blame when %s', async (_, reasonCode) => {
    const stage = new Stage();
    allergic(stage, 'x', disconnect(reasonCode));
    const client = await stage.connect();
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.settle();
    await again(stage, client, 30);
    expect(published.state).toBe('pending');
    stage.script.holds.clear();
    stage.script.onPublish = () => {};
    await again(stage, client, 1);
    expect(published.value).toEqual({ reasonCode: 0 });
  });

  it('counts in a row: one that got through begins anew', async () => {
    const stage = new Stage();
    allergic(stage, 'x', disconnect(ReasonCode.ProtocolError));
    const client = await stage.connect();
    for (let round = 0; round < 4; round++) {
      allergic(stage, 'x', disconnect(ReasonCode.ProtocolError));
      const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
      await stage.settle();
      await again(stage, client, 1);
      stage.script.holds.clear();
      stage.script.onPublish = () => {};
      await again(stage, client, 1);
      expect(published.state).toBe('resolved');
    }
    expect(client.statistics.poisoned).toBe(0);
  });

  it('is as often sent as the options say', async () => {
    const stage = new Stage();
    allergic(stage, 'x', disconnect(ReasonCode.ProtocolError));
    const client = await stage.connect({ poison: { disconnects: 1 } });
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.settle();
    expect(published.code).toBe('POISONED');
    const patient = new Stage();
    allergic(patient, 'x', disconnect(ReasonCode.ProtocolError));
    const other = await patient.connect({ poison: { disconnects: Infinity } });
    const waiting = new Outcome(other.publish('a', 'x', { qos: 1 }));
    await patient.settle();
    await again(patient, other, 50);
    expect(waiting.state).toBe('pending');
    await stage.when(client.close({ flush: false }));
    await patient.when(other.close({ flush: false }));
    expect(waiting.code).toBe('CLOSED');
  });

  it('leaves the session store too, and is a problem where an earlier life of the program published it', async () => {
    const sessionStore = memorySessionStore();
    const first = new Stage();
    allergic(first, 'x', disconnect(ReasonCode.QuotaExceeded));
    const before = await first.connect({ sessionStore, clientId: 'c' });
    void new Outcome(before.publish('a', 'x', { qos: 2 }));
    await first.settle();
    await first.when(before.close({ flush: false }));
    const second = new Stage();
    allergic(second, 'x', disconnect(ReasonCode.QuotaExceeded));
    second.sessions.set('c', new Session());
    const client = await second.connect({ sessionStore, clientId: 'c' });
    await again(second, client, 4);
    expect(second.problems).toMatchObject([{ code: 'POISONED' }]);
    await second.when(client.close());
    const third = new Stage();
    const last = await third.connect({ sessionStore, clientId: 'c' });
    expect(last.statistics).toMatchObject({ inFlight: 0, queuedMessages: 0 });
    await third.when(last.close());
  });
});

describe('a message over which connections end without a word', () => {
  it('is given up after twenty, in 3.1.1 as well', async () => {
    const stage = new Stage();
    allergic(stage, 'x', (link) => link.transport.closeByPeer());
    const client = await stage.connect({ protocolVersion: 4, sessionExpiryInterval: 100, cleanStart: false });
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.settle();
    await again(stage, client, 18);
    expect(published.state).toBe('pending');
    await again(stage, client, 1);
    expect(published.error).toMatchObject({ code: 'POISONED', cause: { code: 'CONNECTION_LOST' } });
  });

  it('is given up when it is never acknowledged on a connection that lives', async () => {
    const stage = new Stage();
    stage.script.holds.add('puback');
    const client = await stage.connect({ poison: { drops: 3 } });
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.clock.advance(6 * 60_000);
    expect(published.error).toMatchObject({ code: 'POISONED', cause: { code: 'ACKNOWLEDGE_TIMEOUT' } });
  });

  it('is kept while the server is silent altogether, or a SUBSCRIBE may be the reason', async () => {
    const stage = new Stage();
    const client = await stage.connect({ keepAlive: 10, poison: { drops: 2 } });
    stage.script.holds.add('pingresp').add('puback');
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.clock.advance(10 * 60_000);
    expect(stage.links.length).toBeGreaterThan(5);
    expect(published.state).toBe('pending');
    stage.script.holds.delete('pingresp');
    stage.script.holds.add('suback');
    void new Outcome(client.subscribe('b'));
    await again(stage, client, 1);
    for (let count = 0; count < 5; count++) {
      stage.link.transport.closeByPeer();
      await again(stage, client, 1);
    }
    expect(published.state).toBe('pending');
  });
});
