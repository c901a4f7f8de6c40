import { describe, expect, it } from 'vitest';
import { closing, connectedClient, connectedServer, Dialogue, sentHex } from '../support/dialogue.ts';

describe('time', () => {
  it('[MQTT-3.1.2-20] [MQTT-3.1.2-23@3.1.1] a client pings on an idle line, and not on a busy one', () => {
    const client = connectedClient({ connect: { keepAlive: 10 } });
    expect(client.connection.deadline).toBe(8500);
    expect(client.tick(8499)).toEqual([]);
    expect(sentHex(client.tick(8500))).toBe('c000');
    client.receive({ type: 'pingresp' });
    client.now = 12_000;
    client.send({ type: 'publish', topicName: 't' });
    expect(client.connection.deadline).toBe(16_000);
    client.receive({ type: 'publish', topicName: 't' });
    expect(client.connection.deadline).toBe(19_500);
  });

  it('a client that only sends pings all the same: nothing else tells whether somebody is there', () => {
    const client = connectedClient({ connect: { keepAlive: 10 } });
    for (client.now = 2_000; client.now <= 8_000; client.now += 2_000) client.send({ type: 'publish', topicName: 't' });
    expect(sentHex(client.tick(8500))).toBe('c000');
    expect(client.connection.deadline).toBe(13_500);
  });

  it('a client whose peer says nothing any more closes, without a word', () => {
    const client = connectedClient({ connect: { keepAlive: 10 } });
    client.tick(8500);
    expect(client.connection.deadline).toBe(13_500);
    const events = client.tick(13_500);
    expect([sentHex(events), closing(events)]).toMatchObject(['', { code: 'KEEP_ALIVE_TIMEOUT' }]);
    expect(client.connection.deadline).toBe(Infinity);
  });

  it('pitfall: bytes of a large packet show that the peer is there', () => {
    const client = connectedClient({ connect: { keepAlive: 10 } });
    client.tick(8500);
    client.now = 13_000;
    client.receive('30 7f 0001 74');
    expect(closing(client.tick(13_500))).toBe('open');
  });

  it.each([
    [5, 'e0018d'],
    [4, ''],
  ] as const)(
    '[MQTT-3.1.2-22] [MQTT-3.1.2-24@3.1.1] a server closes after one and a half times the keep alive (version %i)',
    (version, answer) => {
      const server = connectedServer({ version, connect: { keepAlive: 10 } });
      server.now = 5000;
      server.receive({ type: 'pingreq' });
      expect(server.connection.deadline).toBe(20_000);
      server.now = 19_000;
      server.receive('30 7f 0001 74'); // not a whole packet
      expect(server.tick(19_999)).toEqual([]);
      const events = server.tick(20_000);
      expect([sentHex(events), closing(events)]).toMatchObject([answer, { statement: 'MQTT-3.1.2-22' }]);
    },
  );

  it('intervals can be chosen', () => {
    const client = connectedClient({ pingIntervalMs: 500, pingResponseTimeoutMs: 200 });
    expect(sentHex(client.tick(1500))).toBe('c000');
    expect(client.connection.deadline).toBe(1700);
    const server = connectedServer({ pingRequestTimeoutMs: 300 });
    expect(server.connection.deadline).toBe(1300);
  });

  it('a server waits for CONNECT so long and no longer', () => {
    const server = new Dialogue({ role: 'server', connectTimeoutMs: 3000 }, 5);
    expect(server.connection.deadline).toBe(Infinity);
    server.connection.begin(1000);
    expect(server.connection.deadline).toBe(4000);
    expect(server.tick(3999)).toEqual([]);
    const events = server.tick(4000);
    expect([sentHex(events), closing(events)]).toMatchObject(['', { code: 'MAXIMUM_CONNECT_TIME' }]);
    const other = new Dialogue({ role: 'server', connectTimeoutMs: 3000 }, 5);
    other.connection.begin(1000);
    other.receive({ type: 'connect' });
    other.connection.begin(1000);
    expect(other.connection.deadline).toBe(Infinity);
    const unlimited = new Dialogue({ role: 'server' }, 5);
    unlimited.connection.begin(1000);
    expect(unlimited.connection.deadline).toBe(Infinity);
  });

  it('a client waits for CONNACK so long and no longer', () => {
    const client = new Dialogue({ role: 'client', connectTimeoutMs: 3000 }, 5);
    client.send({ type: 'connect' });
    expect(client.connection.deadline).toBe(4000);
    client.receive({ type: 'connack' });
    expect(client.connection.deadline).toBe(Infinity);
    client.end();
    client.now = 10_000;
    client.send({ type: 'connect' });
    expect(closing(client.tick(13_000))).toMatchObject({ code: 'MAXIMUM_CONNECT_TIME' });
  });
});
