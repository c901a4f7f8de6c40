import { describe, expect, it } from 'vitest';
import { Session } from '../../src/mqtt/session.ts';

describe('Session', () => {
  it('starts empty, without allocating what it may never need', () => {
    const session = new Session();
    expect([
      session.hasReceived,
      session.outgoing.count,
      session.identifiers.count,
      session.packetIdentifierSize,
    ]).toEqual([false, 0, 0, 2]);
    expect(session.snapshot()).toEqual({
      packetIdentifierSize: 2,
      lastPacketIdentifier: 0,
      outgoing: [],
      received: [],
    });
  });

  it('can be stored as plain data and restored', () => {
    const session = new Session<string>({ packetIdentifierSize: 4 });
    session.identifiers.continueAfter(70_000);
    session.outgoing.addSent(70_000, 2, 'a');
    session.outgoing.addQueued(70_001, 1, 'b');
    session.received.add(5);
    session.received.restore([6]);
    const snapshot = JSON.parse(JSON.stringify(session.snapshot()));
    const restored = Session.restore<string>(snapshot);
    expect(restored.snapshot()).toEqual(session.snapshot());
    expect([restored.packetIdentifierSize, restored.identifiers.acquire(), restored.hasReceived]).toEqual([
      4,
      70_002,
      true,
    ]);
  });

  it('pitfall: clear() gives back what was in flight, keeps what was only queued, and forgets what was received', () => {
    const session = new Session<string>();
    session.outgoing.addSent(1, 1, 'in flight');
    session.outgoing.addSent(2, 1, undefined);
    session.outgoing.addQueued(3, 1, 'queued');
    session.received.add(8);
    expect(session.clear()).toEqual(['in flight']);
    expect([session.outgoing.entries().map(({ stored }) => stored), session.hasReceived]).toEqual([['queued'], false]);
  });

  it('erases a stored PUBLISH that expired', () => {
    const session = new Session<string>();
    session.outgoing.addQueued(3, 1, 'queued');
    expect([session.erase(3), session.erase(3), session.identifiers.has(3)]).toEqual([true, false, false]);
  });
});
