import { describe, expect, it } from 'vitest';
import { ClientConnection } from '../../src/mqtt/client-connection.ts';
import { Connection } from '../../src/mqtt/connection.ts';
import type { ConnectionEvent } from '../../src/mqtt/connection-events.ts';

/** Carries what each side transmits to the other until both are silent; what both were told besides. */
function talk(
  client: ClientConnection,
  server: Connection,
  first: ConnectionEvent<unknown>[],
): ConnectionEvent<unknown>[] {
  const told: ConnectionEvent<unknown>[] = [];
  let toServer = true;
  for (let events = first; events.length > 0; toServer = !toServer) {
    const next: ConnectionEvent<unknown>[] = [];
    for (const event of events) {
      if (event.type !== 'transmit') told.push(event);
      else next.push(...(toServer ? server : client).receive(event.bytes, 0));
    }
    events = next;
  }
  return told;
}

function connectedPair(): { client: ClientConnection; server: Connection } {
  const client = new ClientConnection();
  const server = new Connection({ role: 'server', automaticAcknowledge: true });
  talk(client, server, client.send({ type: 'connect', clientId: 'c' }, 0));
  for (const event of server.send({ type: 'connack' }, 0))
    if (event.type === 'transmit') client.receive(event.bytes, 0);
  return { client, server };
}

describe('ClientConnection', () => {
  it('does what a Connection of role client does', () => {
    const { client, server } = connectedPair();
    expect([client.side, client.state, server.state]).toEqual(['client', 'connected', 'connected']);
    const told = talk(client, server, client.send({ type: 'publish', topicName: 'a', qos: 2 }, 0));
    expect(told.map((event) => (event.type === 'packet' ? event.packet.type : event.type))).toEqual([
      'publish',
      'pubrec',
      'pubrel',
      'pubcomp',
      'settled',
    ]);
  });

  it('sends and receives nothing of a server', () => {
    const { client } = connectedPair();
    expect(() => client.send({ type: 'connack' }, 0)).toThrow(/only the other side/);
    const [said, close] = client.receive(Uint8Array.of(0xc0, 0), 0);
    expect(said).toMatchObject({ type: 'transmit', bytes: Uint8Array.of(0xe0, 1, 0x82) });
    expect(close).toMatchObject({ type: 'close', error: { code: 'PROTOCOL_ERROR' } });
  });

  it('refuses a CONNECT before it has sent its own', () => {
    const events = new ClientConnection().receive(Uint8Array.of(0x10, 0), 0);
    expect(events).toMatchObject([{ type: 'close', error: { message: 'only the other side sends this packet' } }]);
  });

  it('has nothing to send again before it is connected', () => {
    const connection = new ClientConnection({ resendIntervalMs: 10, offlinePublish: true });
    connection.send({ type: 'publish', topicName: 'a', qos: 1 }, 0);
    expect(connection.deadline).toBe(Infinity);
  });
});
