// A session that outlives the program: what a later life finds, sends again and does not deliver twice.
import { describe, expect, it } from 'vitest';
import { CrashingStore } from './support/crashing-store.ts';
import { Outcome } from './support/outcome.ts';
import { life } from './support/program-life.ts';
import { textOf } from './support/server-link.ts';
import { Stage } from './support/stage.ts';

const types = (stage: Stage) => stage.link.packets.map(({ type }) => type);

describe('a message on its way when the program ends', () => {
  it.each([1, 2] as const)('is sent again by its next life, at QoS %s', async (qos) => {
    const { stage, client, crash, next } = await life();
    stage.script.holds.add('puback').add('pubrec');
    void client.publish('a', 'x', { qos, properties: { contentType: 'text', userProperties: [['k', 'v']] } });
    await stage.settle();
    const before = stage.link.of('publish')[0]!;
    stage.script.holds.clear();
    const store = crash();
    await next();
    expect(stage.link.connect.cleanStart).toBe(false);
    if (qos === 1)
      expect(stage.link.of('publish')[0]).toMatchObject({ ...before, packetIdentifier: expect.any(Number) });
    expect(stage.links.flatMap(({ messages }) => messages)).toEqual(qos === 1 ? ['x', 'x'] : ['x']);
    expect(stage.link.firstBytes.all.slice(1)).toEqual(qos === 1 ? [0x32] : [0x3c, 0x62]);
    expect(store.messages).toBe(0);
  });

  it('at QoS 2 keeps its Packet Identifier, so that it arrives once', async () => {
    const { stage, client, crash, next } = await life();
    stage.script.holds.add('pubcomp').add('pubrec');
    for (const text of ['1', '2', '3']) void client.publish('a', text, { qos: 2 });
    await stage.settle();
    const identifiers = stage.link.of('publish').map(({ packetIdentifier }) => packetIdentifier);
    crash();
    stage.sessions.get(client.clientId)!.received.remove(identifiers[1]!); // the second had not arrived
    stage.script.holds.clear();
    await next();
    expect(stage.links.flatMap(({ messages }) => messages)).toEqual(['1', '2', '3', '2']);
    expect(stage.link.of('publish')[0]!.packetIdentifier).toBe(identifiers[1]);
    expect(stage.link.of('pubrel').map(({ packetIdentifier }) => packetIdentifier)).toEqual(identifiers);
  });

  it('that the server has already is not sent again, only released', async () => {
    const { stage, client, crash, next } = await life();
    stage.script.holds.add('pubcomp');
    void client.publish('a', 'x', { qos: 2 });
    await stage.settle();
    const store = crash();
    stage.script.holds.clear();
    await next();
    expect(types(stage)).toEqual(['connect', 'pubrel']);
    expect(store.messages).toBe(0);
  });

  it('is not released before that is kept, on a later connection either', async () => {
    const { stage, store, client } = await life();
    stage.script.holds.add('pubrec');
    void client.publish('a', 'x', { qos: 2 });
    await stage.settle();
    store.isHeld = true;
    stage.link.answer();
    await stage.settle();
    await stage.interrupt(client);
    expect(types(stage)).toEqual(['connect']);
    store.release();
    await stage.settle();
    expect(types(stage)).toEqual(['connect', 'pubrel']);
  });

  it('that waited for a connection is sent by the next life, in order, with what is left of its expiry', async () => {
    const { stage, client, crash, next } = await life();
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.settle();
    for (const text of ['1', '2', '3'])
      void client.publish('a', text, { qos: 1, properties: { messageExpiryInterval: 60 } });
    void client.publish('a', 'short', { qos: 1, properties: { messageExpiryInterval: 5 } });
    await stage.clock.advance(10_000);
    const store = crash();
    stage.script.dial = () => 'accept';
    await next();
    expect(stage.link.of('publish').map((packet) => [textOf(packet), packet.properties.messageExpiryInterval])).toEqual(
      [
        ['1', 50],
        ['2', 50],
        ['3', 50],
      ],
    );
    expect(store.messages).toBe(0);
    expect(stage.problems).toMatchObject([{ code: 'EXPIRED' }]);
  });

  it('is told through onProblem when the server has forgotten the session: nobody else waits for it', async () => {
    const { stage, client, crash, next } = await life();
    stage.script.holds.add('pubrec').add('puback');
    void client.publish('a', 'two', { qos: 2 });
    void client.publish('a', 'one', { qos: 1 });
    await stage.settle();
    const store = crash();
    stage.sessions.clear();
    stage.script.holds.clear();
    await next();
    expect(stage.link.messages).toEqual(['one']);
    expect(stage.problems).toMatchObject([{ code: 'SESSION_LOST' }]);
    expect(store.messages).toBe(0);
  });

  it('is not sent before it is kept, nor acknowledged to the program', async () => {
    const { stage, store, client } = await life();
    store.isHeld = true;
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.settle();
    expect(stage.link.messages).toEqual([]);
    store.release();
    await stage.settle();
    expect(published.value).toEqual({ reasonCode: 0 });
  });

  it('shares its commit with others', async () => {
    const { stage, store, client } = await life();
    const before = store.commits;
    for (let count = 0; count < 500; count++) void client.publish('a', '', { qos: 1 });
    await stage.settle();
    expect(stage.link.messages.length).toBe(500);
    expect(store.commits - before).toBeLessThan(10);
  });

  it('keeps the order of messages of QoS 1, also of more than may be in flight', async () => {
    const { stage, client, crash, next } = await life({ maximumInFlight: 3 });
    stage.script.holds.add('puback');
    for (let index = 0; index < 10; index++) void client.publish('a', String(index), { qos: 1 });
    await stage.settle();
    crash();
    stage.script.holds.clear();
    await next();
    expect(stage.link.messages).toEqual(Array.from({ length: 10 }, (_, index) => String(index)));
  });
});

describe('the Client Identifier', () => {
  it('made up once is that of the next life, too', async () => {
    const { stage, client, crash, next } = await life();
    crash();
    const again = await next();
    expect(again.clientId).toBe(client.clientId);
    expect(stage.link.connect.clientId).toBe(client.clientId);
  });

  it('assigned by the server is that of the next life, too', async () => {
    const stage = new Stage();
    stage.script.announce({ assignedClientIdentifier: 'yours' });
    const store = new CrashingStore();
    await stage.connect({ sessionStore: store, clientId: '' });
    stage.link.transport.crash();
    stage.script.welcome();
    const client = await stage.connect({ sessionStore: store.crash(), clientId: '' });
    expect(client.clientId).toBe('yours');
    expect(stage.link.connect.clientId).toBe('yours');
  });
});

describe('close() with a session store', () => {
  it('leaves the session at the server, and what is not settled in the store', async () => {
    const { stage, store, client, next } = await life();
    stage.script.holds.add('puback');
    const published = new Outcome(client.publish('a', 'x', { qos: 1 }));
    await stage.settle();
    await stage.when(client.close({ flush: false }));
    expect(published.code).toBe('CLOSED');
    expect([store.isClosed, store.messages]).toEqual([true, 1]);
    expect(stage.link.of('disconnect')[0]!.properties).toEqual({});
    stage.script.holds.clear();
    await next();
    expect(stage.link.messages).toEqual(['x']);
  });
});
