// Packet Identifiers in a dialogue of two Connections: who chooses them, who repeats them, when they are free again.
import { describe, expect, it } from 'vitest';
import { connectedClient, connectedServer, sentHex } from '../support/dialogue.ts';
import { acknowledging, LinkedPair } from '../support/linked-pair.ts';

const topicName = 't';

for (const version of [4, 5] as const) {
  describe(`packet identifiers in protocol version ${version}`, () => {
    it('[MQTT-2.2.1-5] [MQTT-2.3.1-6@3.1.1] acknowledgements repeat the identifier of their PUBLISH, in both directions', () => {
      const pair = new LinkedPair(version);
      pair.client.onPacket = acknowledging;
      pair.server.onPacket = acknowledging;
      const log = pair.run(
        () => pair.client.send({ type: 'publish', topicName, qos: 1, packetIdentifier: 700 }),
        () => pair.client.send({ type: 'publish', topicName, qos: 2, packetIdentifier: 0xff01 }),
        () => pair.server.send({ type: 'publish', topicName, qos: 1, packetIdentifier: 0xff01 }),
        () => pair.server.send({ type: 'publish', topicName, qos: 2, packetIdentifier: 700 }),
      );
      const of = (sender: string, answerer: string, packetIdentifier: number) =>
        log.filter((line) => line.startsWith(`${sender}: publish ${packetIdentifier}`)).length === 1
          ? log.filter(
              (line) =>
                line.startsWith(`${answerer}: `) &&
                / (puback|pubrec|pubcomp) /.test(line) &&
                line.endsWith(` ${packetIdentifier}`),
            )
          : [];
      expect(of('client', 'server', 700)).toEqual(['server: puback 700']);
      expect(of('client', 'server', 0xff01)).toEqual(['server: pubrec 65281', 'server: pubcomp 65281']);
      expect(of('server', 'client', 0xff01)).toEqual(['client: puback 65281']);
      expect(of('server', 'client', 700)).toEqual(['client: pubrec 700', 'client: pubcomp 700']);
      expect(log.filter((line) => line.includes('pubrel'))).toEqual(['client: pubrel 65281', 'server: pubrel 700']);
      expect(log).toHaveLength(12);
    });

    it('[MQTT-2.2.1-6] [MQTT-2.3.1-7@3.1.1] SUBACK and UNSUBACK repeat the identifier of the request, and no other is possible', () => {
      const pair = new LinkedPair(version);
      const refused: string[] = [];
      pair.server.onPacket = (packet, server) => {
        if (packet.type !== 'subscribe' && packet.type !== 'unsubscribe') return;
        const { packetIdentifier } = packet;
        const answer = packet.type === 'subscribe' ? 'suback' : 'unsuback';
        const reasonCodes = packet.type === 'subscribe' || version === 5 ? [0] : [];
        try {
          server.send({ type: answer, packetIdentifier: packetIdentifier + 1, reasonCodes });
        } catch (error) {
          refused.push((error as { code: string }).code);
        }
        server.send({ type: answer, packetIdentifier, reasonCodes });
      };
      const log = pair.run(
        () => pair.client.send({ type: 'subscribe', packetIdentifier: 300, subscriptions: [{ topicFilter: 'a' }] }),
        () => pair.client.send({ type: 'unsubscribe', packetIdentifier: 0xfffe, topicFilters: ['a'] }),
      );
      expect(log).toEqual([
        'client: subscribe 300',
        'client: unsubscribe 65534',
        'server: suback 300',
        'server: unsuback 65534',
      ]);
      expect(refused).toEqual(['PACKET_IDENTIFIER_UNKNOWN', 'PACKET_IDENTIFIER_UNKNOWN']);
      expect(pair.client.received.slice(-2)).toEqual(['suback 300', 'unsuback 65534']);
      expect(pair.client.connection.session.identifiers.count).toBe(0);
    });

    it('[MQTT-2.3.1-2@3.1.1] each new packet of a client has an identifier that is free, also after all 65,535 were used', () => {
      const client = connectedClient({ version });
      const { identifiers } = client.connection.session;
      client.send({ type: 'publish', topicName, qos: 2 });
      client.send({ type: 'subscribe', subscriptions: [{ topicFilter: 'a' }] });
      client.send({ type: 'unsubscribe', topicFilters: ['a'] });
      client.send({ type: 'publish', topicName, qos: 1 });
      const others: number[] = [];
      for (let used = 5; used <= 65_535; used++) {
        client.send({ type: 'publish', topicName, qos: 1 });
        if (identifiers.last !== used) others.push(identifiers.last);
        client.receive(Uint8Array.of(0x40, 2, used >> 8, used & 0xff));
      }
      expect(others).toEqual([]);
      client.receive({ type: 'suback', packetIdentifier: 2, reasonCodes: [0] });
      const next = client.sent([1, 2].flatMap(() => client.send({ type: 'publish', topicName, qos: 1 })));
      expect(next).toMatchObject([{ packetIdentifier: 2 }, { packetIdentifier: 5 }]); // 1, 3 and 4 still wait
      expect(identifiers.count).toBe(5);
    });

    it('[MQTT-2.3.1-3@3.1.1] a client sends again under the same identifier, which is free after the last acknowledgement only', () => {
      const pair = new LinkedPair(version);
      pair.run(
        () => pair.client.send({ type: 'publish', topicName, qos: 1 }),
        () => pair.client.send({ type: 'publish', topicName, qos: 2 }),
      );
      pair.cut();
      const isTaken = (packetIdentifier: number) => {
        try {
          pair.client.send({ type: 'publish', topicName, qos: 1, packetIdentifier });
        } catch (error) {
          return (error as { code: string }).code === 'PACKET_IDENTIFIER_IN_USE';
        }
        return false;
      };
      pair.connect();
      expect(pair.takeLog()).toEqual(['client: publish 1 again', 'client: publish 2 again']);
      expect([isTaken(1), isTaken(2)]).toEqual([true, true]);
      pair.run(
        () => pair.server.acknowledge(1),
        () => pair.server.acknowledge(2),
      );
      expect(pair.client.connection.session.outgoing.stageOf(2)).toBe('pubcomp');
      expect(isTaken(2)).toBe(true);
      pair.run(() => pair.server.acknowledge(2));
      expect(pair.client.connection.session.identifiers.count).toBe(0);
      expect([isTaken(1), isTaken(2)]).toEqual([false, false]);
    });
  });
}

describe('PUBREL with an explanation', () => {
  const reasonCode = 0x92;
  const reasonString = 'not here any more';
  const userProperties: [string, string][] = [['where', 'elsewhere, or so it seems']];

  /** The PUBREL which one side sends by hand when the other announced these properties. */
  function pubrel(announced: object, properties: object) {
    return [
      connectedClient({ automaticRelease: false, connack: { properties: announced } }),
      connectedServer({ automaticRelease: false, connect: { properties: announced } }),
    ].map((dialogue) => {
      dialogue.send({ type: 'publish', topicName, qos: 2 });
      dialogue.receive({ type: 'pubrec', packetIdentifier: 1 });
      return dialogue.sent(dialogue.send({ type: 'pubrel', packetIdentifier: 1, reasonCode, properties }))[0];
    });
  }

  it('is sent where the receiver takes it', () => {
    const properties = { reasonString, userProperties };
    const expected = { type: 'pubrel', packetIdentifier: 1, reasonCode, properties };
    expect(pubrel({}, properties)).toEqual([expected, expected]);
  });

  it('[MQTT-3.6.2-2] goes without a reason string that would make it too large', () => {
    const properties = { reasonString };
    const bare = { type: 'pubrel', packetIdentifier: 1, reasonCode, properties: {} };
    const size = 2 + 2 + 1 + 1 + 3 + reasonString.length;
    expect(pubrel({ maximumPacketSize: size - 1 }, properties)).toEqual([bare, bare]);
    expect(pubrel({ maximumPacketSize: size }, properties)).toEqual([
      { ...bare, properties },
      { ...bare, properties },
    ]);
  });

  it('[MQTT-3.6.2-3] goes without user properties that would make it too large', () => {
    const properties = { userProperties };
    const bare = { type: 'pubrel', packetIdentifier: 1, reasonCode, properties: {} };
    const size = 2 + 2 + 1 + 1 + 5 + userProperties[0]!.join('').length;
    expect(pubrel({ maximumPacketSize: size - 1 }, properties)).toEqual([bare, bare]);
    expect(pubrel({ maximumPacketSize: size }, properties)).toEqual([
      { ...bare, properties },
      { ...bare, properties },
    ]);
  });

  it('is bare before 5.0', () => {
    const client = connectedClient({ version: 4, automaticRelease: false });
    client.send({ type: 'publish', topicName, qos: 2 });
    client.receive({ type: 'pubrec', packetIdentifier: 1 });
    const events = client.send({ type: 'pubrel', packetIdentifier: 1, reasonCode, properties: { reasonString } });
    expect(sentHex(events)).toBe('62020001');
  });

  it('is refused with a code that PUBREL does not have, and can still be sent', () => {
    const client = connectedClient({ automaticRelease: false });
    client.send({ type: 'publish', topicName, qos: 2 });
    client.receive({ type: 'pubrec', packetIdentifier: 1 });
    expect(() => client.send({ type: 'pubrel', packetIdentifier: 1, reasonCode: 0x97 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(client.sent(client.send({ type: 'pubrel', packetIdentifier: 1 }))).toMatchObject([
      { type: 'pubrel', reasonCode: 0 },
    ]);
  });
});
