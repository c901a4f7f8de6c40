// The two deliveries that are acknowledged, between two Connections over a link that breaks: what stays in flight until
// when, what is sent again, and in which order everything leaves. §4.3, §4.5, §4.6
import { describe, expect, it } from 'vitest';
import { connectedClient, got, publish, sentHex } from '../support/dialogue.ts';
import { acknowledging, LinkedPair } from '../support/linked-pair.ts';

const topicName = 't';

for (const version of [4, 5] as const) {
  describe(`delivery in protocol version ${version}`, () => {
    it('[MQTT-4.3.2-1@3.1.1] QoS 1: a free identifier, no DUP, in flight until PUBACK', () => {
      const pair = new LinkedPair(version);
      const { outgoing } = pair.client.connection.session;
      const send = () => pair.client.send({ type: 'publish', topicName, qos: 1 });
      expect(pair.run(send, send)).toEqual(['client: publish 1', 'client: publish 2']);
      pair.run(() => pair.server.acknowledge(1));
      expect(outgoing.entries().map(({ packetIdentifier, stage }) => [packetIdentifier, stage])).toEqual([
        [2, 'puback'],
      ]);
      pair.cut();
      pair.connect();
      expect(pair.takeLog()).toEqual(['client: publish 2 again']);
      pair.run(() => pair.server.acknowledge(2));
      pair.cut();
      pair.connect();
      expect([pair.takeLog(), outgoing.count]).toEqual([[], 0]);
    });

    it('[MQTT-4.3.3-3] [MQTT-4.3.3-1@3.1.1] QoS 2: in flight until PUBREC, then as PUBREL until PUBCOMP, whenever the link breaks', () => {
      const pair = new LinkedPair(version);
      const { outgoing, identifiers } = pair.client.connection.session;
      expect(pair.run(() => pair.client.send({ type: 'publish', topicName, qos: 2 }))).toEqual(['client: publish 1']);
      for (let breaks = 0; breaks < 2; breaks++) {
        pair.cut();
        expect(outgoing.stageOf(1)).toBe('pubrec');
        pair.connect();
        expect(pair.takeLog()).toEqual(['client: publish 1 again']);
      }
      pair.run(() => pair.server.acknowledge(1));
      for (let breaks = 0; breaks < 2; breaks++) {
        pair.cut();
        expect([outgoing.stageOf(1), identifiers.count]).toEqual(['pubcomp', 1]);
        pair.connect();
        expect(pair.takeLog()).toEqual(['client: pubrel 1']);
      }
      expect(pair.run(() => pair.server.acknowledge(1))).toEqual(['server: pubcomp 1']);
      pair.cut();
      pair.connect();
      expect([pair.takeLog(), outgoing.count, identifiers.count]).toEqual([[], 0, 0]);
    });

    it('[MQTT-4.3.3-3] a PUBLISH that waits for PUBREC holds its place in the window and its identifier', () => {
      const client = connectedClient({ version, maximumInFlight: 1 });
      client.send({ type: 'publish', topicName, qos: 2 });
      client.receive({ type: 'pingresp' });
      expect([client.connection.vacancy, client.connection.session.identifiers.count]).toEqual([0, 1]);
      client.receive({ type: 'pubrec', packetIdentifier: 1 }, { type: 'pubcomp', packetIdentifier: 1 });
      expect([client.connection.vacancy, client.connection.session.identifiers.count]).toEqual([1, 0]);
    });

    it('[MQTT-4.5.0-2@3.1.1] a client acknowledges each message by its QoS, also one it never asked for and does not look at', () => {
      const client = connectedClient({ version, automaticAcknowledge: true });
      const events = client.receive(publish(0, 0), publish(7, 1), publish(8, 2), {
        type: 'pubrel',
        packetIdentifier: 8,
      });
      expect(sentHex(events)).toBe('40020007 50020008 70020008');
    });

    it('[MQTT-4.6.0-1@3.1.1] what is sent again keeps the order of the first sending', () => {
      const pair = new LinkedPair(version);
      for (const [qos, packetIdentifier] of [
        [1, 9],
        [2, 4],
        [1, 65_535],
        [1, 1],
        [2, 3],
      ] as const) {
        pair.client.send({ type: 'publish', topicName, qos, packetIdentifier });
      }
      pair.clock.settle();
      pair.cut();
      pair.connect();
      expect(pair.takeLog().slice(5)).toEqual([9, 4, 65_535, 1, 3].map((id) => `client: publish ${id} again`));
    });

    it('[MQTT-4.6.0-2@3.1.1] [MQTT-4.6.0-3@3.1.1] a client answers in the order of the messages, in whatever order its owner finishes them', () => {
      const pair = new LinkedPair(version);
      pair.run(
        ...([1, 2, 3, 1, 2] as const).map(
          (qos, index) => () =>
            pair.server.send({ type: 'publish', topicName, qos: qos === 3 ? 1 : qos, packetIdentifier: 10 + index }),
        ),
      );
      const log = pair.run(...[14, 13, 12, 11, 10].map((id) => () => pair.client.acknowledge(id)));
      const answers = (type: string) => log.filter((line) => line.startsWith(`client: ${type}`));
      expect(answers('puback')).toEqual([10, 12, 13].map((id) => `client: puback ${id}`));
      expect(answers('pubrec')).toEqual([11, 14].map((id) => `client: pubrec ${id}`));
    });

    it('[MQTT-4.6.0-4@3.1.1] PUBRELs leave in the order of the PUBRECs, not of the messages', () => {
      const client = connectedClient({ version });
      for (let count = 0; count < 3; count++) client.send({ type: 'publish', topicName, qos: 2 });
      const events = client.receive('50 02 0003', '50 02 0001', '50 02 0002');
      expect(sentHex(events)).toBe('62020003 62020001 62020002');
      expect(got(events)).toHaveLength(3);
    });

    it('[MQTT-4.3.3-1@3.1.1] whole exchanges, both ways at once, deliver each message once', () => {
      const pair = new LinkedPair(version);
      pair.client.onPacket = acknowledging;
      pair.server.onPacket = acknowledging;
      pair.run(
        ...[1, 2, 2, 1].flatMap((qos) =>
          [pair.client, pair.server].map(
            (party) => () => party.send({ type: 'publish', topicName, qos: qos as 1 | 2 }),
          ),
        ),
      );
      const messages = (received: string[]) => received.filter((line) => line.startsWith('publish'));
      expect(messages(pair.client.received)).toEqual([1, 2, 3, 4].map((id) => `publish ${id}`));
      expect(messages(pair.server.received)).toEqual([1, 2, 3, 4].map((id) => `publish ${id}`));
      for (const { connection } of [pair.client, pair.server]) {
        expect([connection.session.outgoing.count, connection.session.identifiers.count]).toEqual([0, 0]);
      }
    });
  });
}
