// What is no CONNECT, or one the broker does not accept. §3.1.4, §3.2.2, §4.13
import { describe, expect, it } from 'vitest';
import type { PacketInput } from '../../src/mqtt/packets/packet.ts';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { RawClient } from '../support/raw-client.ts';
import { startBroker } from '../support/test-broker.ts';

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;
const SUBSCRIPTIONS = [{ topicFilter: 'a', qos: 0 }] as const;
const OTHERS: PacketInput[] = [
  { type: 'publish', topicName: 'a' },
  { type: 'puback', packetIdentifier: 1 },
  { type: 'pubrel', packetIdentifier: 1 },
  { type: 'subscribe', packetIdentifier: 1, subscriptions: SUBSCRIPTIONS },
  { type: 'unsubscribe', packetIdentifier: 1, topicFilters: ['a'] },
  { type: 'pingreq' },
  { type: 'disconnect' },
  { type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'x' } },
  { type: 'connack' },
];

describe('not a CONNECT', () => {
  for (const packet of OTHERS) {
    it(`[MQTT-3.1.0-1] ${packet.type} as the first packet closes without an answer`, async () => {
      const { transport } = await startBroker();
      const client = new RawClient(transport());
      client.write(packet);
      expect(await client.closed).toEqual([]);
    });
  }

  it('[MQTT-3.1.0-2] [MQTT-4.13.1-1] a second CONNECT is a protocol error', async () => {
    const { transport } = await startBroker();
    const client = new RawClient(transport());
    client.write({ type: 'connect', clientId: 'client' }, { type: 'connect', clientId: 'client' });
    const packets = await client.closed;
    expect(packets).toMatchObject([{ type: 'connack' }, { type: 'disconnect', reasonCode: ReasonCode.ProtocolError }]);
  });

  it('[MQTT-3.1.2-1] another protocol name is told 0x84 and closed', async () => {
    const { transport } = await startBroker();
    const client = new RawClient(transport());
    client.write('10 0e 0004 4d515458 05 02 0000 00 0001 61');
    expect(await client.closed).toMatchObject([{ type: 'connack', reasonCode: ReasonCode.UnsupportedProtocolVersion }]);
  });

  it('[MQTT-3.1.2-2] [MQTT-3.2.2-7] another version is told 0x84 and closed', async () => {
    const { transport } = await startBroker();
    const client = new RawClient(transport());
    client.write('10 0e 0004 4d515454 06 02 0000 00 0001 61');
    expect(await client.closed).toMatchObject([
      { type: 'connack', reasonCode: ReasonCode.UnsupportedProtocolVersion, sessionPresent: false },
    ]);
  });

  it('[MQTT-3.1.2-3] [MQTT-3.1.4-1] a reserved flag in CONNECT is malformed', async () => {
    const { transport } = await startBroker();
    const client = new RawClient(transport());
    client.write('10 0e 0004 4d515454 05 03 0000 00 0001 61');
    expect(await client.closed).toMatchObject([{ type: 'connack', reasonCode: ReasonCode.MalformedPacket }]);
  });

  it('closes a CONNECT above its limit before it is complete', async () => {
    const { transport } = await startBroker({ limits: { connectSize: 1000 } });
    const client = new RawClient(transport());
    client.write('10 80 08 0004');
    expect(await client.closed).toEqual([]);
  });
});

describe('a CONNECT is refused', () => {
  it('[MQTT-3.1.4-2] [MQTT-4.12.0-4] [MQTT-4.13.2-1] by what the hook answers', async () => {
    const answers = new Map<string, boolean | number>([
      ['no', false],
      ['password', ReasonCode.BadUserNameOrPassword],
      ['banned', ReasonCode.Banned],
    ]);
    const { connect, broker } = await startBroker({
      hooks: { authenticate: ({ clientId }) => answers.get(clientId) ?? true },
    });
    for (const [name, reasonCode] of [
      ['no', ReasonCode.NotAuthorized],
      ['password', ReasonCode.BadUserNameOrPassword],
      ['banned', ReasonCode.Banned],
    ] as const) {
      const client = await connect(name);
      expect(client.connack.reasonCode).toBe(reasonCode);
      await client.closed;
    }
    expect(broker.statistics.connected).toBe(0);
    expect(broker.statistics.connectionsRefused).toBe(3);
  });

  it('[MQTT-3.1.3-8] [MQTT-3.2.2-8] a client identifier that is not wanted is told 0x85', async () => {
    const { connect } = await startBroker({ hooks: { authenticate: () => ReasonCode.ClientIdentifierNotValid } });
    const client = await connect('odd');
    expect(client.connack.reasonCode).toBe(ReasonCode.ClientIdentifierNotValid);
    await client.closed;
  });

  it('[MQTT-4.12.0-1] an Authentication Method that is not supported is told 0x8C', async () => {
    const { connect } = await startBroker();
    const client = await connect('client', { connect: { properties: { authenticationMethod: 'SCRAM-SHA-1' } } });
    expect(client.connack.reasonCode).toBe(ReasonCode.BadAuthenticationMethod);
    await client.closed;
  });

  it('[MQTT-3.2.2-6] [MQTT-3.2.2-7] Session Present is 0 then, and the session stays for who may have it', async () => {
    const { connect } = await startBroker({ hooks: { authenticate: (_client, { username }) => username !== 'thief' } });
    const owner = await connect('client', { connect: LASTING });
    await owner.subscribe('a', 1);
    const thief = await connect('client', { connect: { ...LASTING, username: 'thief' } });
    expect(thief.connack).toMatchObject({ reasonCode: ReasonCode.NotAuthorized, sessionPresent: false });
    await thief.closed;
    expect(await owner.messages()).toEqual([]); // still connected
    await owner.disconnect();
    expect((await connect('client', { connect: LASTING })).connack.sessionPresent).toBe(true);
  });

  it('[MQTT-3.1.4-6] [MQTT-3.14.0-1] nothing that follows is processed or answered', async () => {
    const { connect, transport } = await startBroker({
      hooks: { authenticate: ({ clientId }) => Promise.resolve(clientId !== 'refused') },
    });
    const watcher = await connect('watcher');
    await watcher.subscribe('#', 0);
    const client = new RawClient(transport());
    client.write(
      { type: 'connect', clientId: 'refused' },
      { type: 'publish', topicName: 'a', payload: 'smuggled', retain: true },
      { type: 'pingreq' },
    );
    expect(await client.closed).toMatchObject([{ type: 'connack', reasonCode: ReasonCode.NotAuthorized }]);
    expect(await watcher.messages()).toEqual([]);
  });

  for (const kind of ['throws', 'rejects'] as const) {
    it(`[MQTT-3.1.4-2] a hook that ${kind} refuses with 0x80`, async () => {
      const authenticate = () => {
        if (kind === 'throws') throw new Error('no database');
        return Promise.reject(new Error('no database'));
      };
      const { connect, broker } = await startBroker({ hooks: { authenticate } });
      const errors: unknown[] = [];
      broker.on('error', ({ error }) => errors.push(error));
      const client = await connect('client');
      expect(client.connack.reasonCode).toBe(ReasonCode.UnspecifiedError);
      await client.closed;
      expect(errors).toHaveLength(1);
    });
  }

  it('a will the client may not publish refuses the connection', async () => {
    const { connect } = await startBroker({ hooks: { authorize: (_client, _action, topic) => topic !== 'secret' } });
    const client = await connect('client', { connect: { will: { topicName: 'secret', payload: '' } } });
    expect(client.connack.reasonCode).toBe(ReasonCode.NotAuthorized);
    await client.closed;
  });

  it('the limit on sessions refuses new ones with 0x97, not those that are there', async () => {
    const { connect } = await startBroker({ limits: { sessions: 1 } });
    const first = await connect('first', { connect: LASTING });
    await first.disconnect();
    const second = await connect('second');
    expect(second.connack.reasonCode).toBe(ReasonCode.QuotaExceeded);
    await second.closed;
    expect((await connect('first', { connect: LASTING })).connack).toMatchObject({
      reasonCode: 0,
      sessionPresent: true,
    });
  });
});
