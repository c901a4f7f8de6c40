import { describe, expect, it } from 'vitest';
import { connectedServer, gotTypes, publish, sentHex } from '../support/dialogue.ts';

describe('the hot lanes of a sink', () => {
  it('publish gets a view, released an identifier; nothing is built for them', () => {
    const server = connectedServer();
    const log: string[] = [];
    const sink = {
      transmit: (start: number, end: number) => log.push(`transmit ${end - start}`),
      packet: () => log.push('packet'),
      publish: (view: { topic: { name: string }; packetIdentifier: number; qos: number }) => {
        log.push(`publish ${view.topic.name} ${view.qos}`);
        if (view.qos > 0) server.connection.acknowledge(view.packetIdentifier, 0, sink);
      },
      released: (packetIdentifier: number) => {
        log.push(`released ${packetIdentifier}`);
        server.connection.acknowledge(packetIdentifier, 0, sink);
      },
      close: () => log.push('close'),
    };
    for (const packet of [publish(0, 0), publish(1, 1), publish(2, 2), publish(2, 2)])
      server.connection.receive(server.write(packet), 0, sink);
    server.connection.receive(server.write('62 02 0002'), 0, sink);
    expect(log).toEqual([
      'publish t 0',
      'publish t 1',
      'transmit 4',
      'publish t 2',
      'transmit 4',
      'transmit 4',
      'released 2',
      'transmit 4',
    ]);
  });

  it('identifiers of 32 bits go the same way', () => {
    const server = connectedServer({ packetIdentifierSize: 4, version: 4 });
    server.receive(publish(70_000, 2));
    expect(sentHex(server.acknowledge(70_000))).toBe('500400011170');
    expect(gotTypes(server.receive('62 04 00011170'))).toEqual(['pubrel']);
    expect(sentHex(server.acknowledge(70_000))).toBe('700400011170');
    server.send({ type: 'publish', topicName: 't', qos: 1, packetIdentifier: 4_000_000_000 });
    expect(server.receive('40 04 ee6b2800').at(-1)).toMatchObject({ type: 'settled', packetIdentifier: 4_000_000_000 });
  });
});
