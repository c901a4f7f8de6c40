import { describe, expect, it } from 'vitest';
import { Received, ReceivedIdentifiers } from '../../src/mqtt/received-identifiers.ts';

describe('ReceivedIdentifiers', () => {
  it('follows a message from delivery to completion', () => {
    const received = new ReceivedIdentifiers(2);
    expect(received.stageOf(3)).toBe(Received.Unknown);
    received.add(3);
    expect(received.stageOf(3)).toBe(Received.Delivered);
    received.advance(3, Received.Accepted);
    expect(received.stageOf(3)).toBe(Received.Accepted);
    received.remove(3);
    received.remove(3);
    received.advance(3, Received.Released);
    expect([received.stageOf(3), received.count]).toEqual([Received.Unknown, 0]);
  });

  it('only what was accepted survives a crash', () => {
    const received = new ReceivedIdentifiers(2);
    for (const identifier of [9, 4, 7]) received.add(identifier);
    received.advance(4, Received.Accepted);
    received.advance(7, Received.Released);
    expect([received.identifiers(), received.accepted()]).toEqual([
      [9, 4, 7],
      [4, 7],
    ]);
    const restored = new ReceivedIdentifiers(2);
    restored.add(7);
    restored.restore(received.accepted());
    expect([restored.stageOf(4), restored.stageOf(7), restored.count]).toEqual([
      Received.Accepted,
      Received.Delivered,
      2,
    ]);
  });

  it('expects every PUBREL again on a new network connection', () => {
    const received = new ReceivedIdentifiers(2);
    for (const identifier of [1, 2]) received.add(identifier);
    received.advance(2, Received.Released);
    received.expectReleaseAgain();
    expect([received.stageOf(1), received.stageOf(2)]).toEqual([Received.Delivered, Received.Accepted]);
  });
});
