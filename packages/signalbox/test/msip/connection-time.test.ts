// What falls due on a connection of MSIP: HELLO and its answer, silence, PING. Time is a number here.
import { describe, expect, it } from 'vitest';
import { MsipClientConnection } from '../../src/msip/client-connection.ts';
import { connectedClient, greeted, HELLO, server, told, WELCOME } from './connections.ts';

describe('time at a server', () => {
  it('[MSIP-3.1-2] HELLO has its time, and 0 is for ever', () => {
    expect(server().deadline).toBe(10_000);
    expect(server({ helloTimeoutMs: 0 }).deadline).toBe(Number.POSITIVE_INFINITY);
    const greeting = server();
    greeting.receive(HELLO, 5);
    expect(greeting.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(greeting.tick(1_000_000)).toEqual([]);
  });

  it('[MSIP-3.8-3] silence is asked after at half of the limit, and any byte ends it', () => {
    const connection = greeted({ idleTimeoutMs: 100 });
    expect(connection.deadline).toBe(50);
    expect(told(connection.tick(50))).toEqual(['> ping id=0 kind=1 flags=0']);
    expect(connection.deadline).toBe(100);
    expect(connection.tick(60)).toEqual([]);
    connection.receive(Uint8Array.of(0x4d), 70);
    expect(connection.deadline).toBe(120);
    expect(told(connection.tick(130))).toEqual(['> ping id=0 kind=1 flags=0']);
    expect(told(connection.tick(170)).at(-1)).toBe('close IDLE_TIMEOUT');
  });
});

describe('time at a client', () => {
  it('[MSIP-3.1-11] the answer to HELLO has its time, and 0 is for ever', () => {
    for (const [helloTimeoutMs, deadline] of [
      [undefined, 10_003],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      const client = new MsipClientConnection(helloTimeoutMs === undefined ? {} : { helloTimeoutMs });
      client.begin(1);
      expect(client.deadline).toBe(Number.POSITIVE_INFINITY);
      client.send({ type: 'hello' }, 3);
      expect(client.deadline).toBe(deadline);
    }
  });

  it('[MSIP-3.8-2] without an interval there is neither PING nor an end', () => {
    const client = connectedClient();
    expect(client.deadline).toBe(Number.POSITIVE_INFINITY);
    client.send({ type: 'ping', msgId: 1n }, 5);
    expect(client.tick(1_000_000)).toEqual([]);
  });

  it('[MSIP-3.8-2] PING goes out at the interval; anything heard is a sign of life', () => {
    const client = connectedClient({ pingIntervalMs: 100, pongTimeoutMs: 250 });
    expect(client.deadline).toBe(100);
    expect(told(client.tick(100))).toEqual(['> ping id=1 kind=1 flags=0']);
    expect(told(client.tick(200))).toEqual(['> ping id=2 kind=1 flags=0']);
    expect(client.deadline).toBe(300);
    client.receive(Uint8Array.of(0x4d), 250);
    expect(told(client.tick(300))).toEqual(['> ping id=3 kind=1 flags=0']);
    for (const now of [400, 500]) client.tick(now);
    expect(told(client.tick(550))).toEqual(['> close id=0 kind=1 flags=0', 'close PONG_TIMEOUT']);
  });

  it('a PING of the owner is one, too', () => {
    const client = connectedClient({ pingIntervalMs: 100 });
    client.send({ type: 'ping', msgId: client.takeMsgId() }, 60);
    expect(client.tick(100)).toEqual([]);
    expect(told(client.tick(160)).at(-1)).toBe('close PONG_TIMEOUT');
  });

  it('begins anew with each network connection', () => {
    const client = connectedClient({ pingIntervalMs: 100 });
    client.tick(100);
    client.end(150);
    client.begin(180);
    client.send({ type: 'hello', msgId: 7n }, 180);
    client.receive(WELCOME, 190);
    expect(client.tick(200)).toEqual([]);
    expect(client.deadline).toBe(280);
  });
});
