// Received messages of QoS 2 of a session that outlives the program: delivered once, whenever it ends.
import { describe, expect, it } from 'vitest';
import { life } from './support/program-life.ts';

describe('a received message of QoS 2', () => {
  it('that was accepted is not delivered again by the next life', async () => {
    const { stage, client, crash, next } = await life();
    const seen: string[] = [];
    await stage.when(client.subscribe('a', (message) => void seen.push(message.text)));
    stage.link.post('a', 'x', { qos: 2 });
    await stage.clock.settle();
    stage.link.transport.isHalfOpen = true;
    expect(seen).toEqual(['x']);
    crash();
    const again = await next();
    await stage.when(again.subscribe('a', (message) => void seen.push(message.text)));
    expect(seen).toEqual(['x']);
  });

  it('is not acknowledged before it is kept, and is the same message when the answer was lost', async () => {
    const { stage, store, client, crash, next } = await life();
    const seen: string[] = [];
    await stage.when(client.subscribe('a', (message) => void seen.push(message.text)));
    store.isHeld = true;
    stage.link.post('a', 'x', { qos: 2 });
    await stage.settle();
    expect(stage.link.of('pubrec')).toEqual([]);
    stage.link.transport.isHalfOpen = true; // the answer does not arrive
    store.release();
    await stage.settle();
    const later = crash();
    expect([...later.kept.keys()].some((key) => key.startsWith('r'))).toBe(true);
    const again = await next();
    await stage.when(again.subscribe('a', (message) => void seen.push(message.text)));
    expect(seen).toEqual(['x']);
    expect(stage.link.settledIdentifiers).toEqual([1]);
    expect([...later.kept.keys()].some((key) => key.startsWith('r'))).toBe(false);
  });

  it('whose handler had not finished is delivered again by the next life', async () => {
    const { stage, client, crash, next } = await life();
    const seen: string[] = [];
    await stage.when(
      client.subscribe('a', (message) => {
        seen.push(message.text);
        return new Promise(() => {});
      }),
    );
    stage.link.post('a', 'x', { qos: 2 });
    await stage.settle();
    crash();
    const again = await next();
    await stage.when(again.subscribe('a', (message) => void seen.push(message.text)));
    expect(seen).toEqual(['x', 'x']);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('with the identifier of a session the server forgot is a new one', async () => {
    const { stage, store, client, crash, next } = await life();
    const seen: string[] = [];
    await stage.when(client.subscribe('a', (message) => void seen.push(message.text)));
    store.isHeld = true;
    stage.link.post('a', 'old', { qos: 2 });
    await stage.settle();
    stage.link.transport.isHalfOpen = true;
    store.release();
    await stage.settle();
    crash();
    stage.sessions.clear();
    const again = await next();
    await stage.when(again.subscribe('a', (message) => void seen.push(message.text)));
    stage.link.post('a', 'new', { qos: 2 });
    await stage.settle();
    expect(seen).toEqual(['old', 'new']);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });
});
