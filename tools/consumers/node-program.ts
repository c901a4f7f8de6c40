// A program of somebody else, in strict TypeScript on Node: it is compiled against the published declarations, and never run. What
// stands behind @ts-expect-error has to be refused.

import { JwtAuthenticator } from '@signalbox/jwt';
import { LmdbStore } from '@signalbox/lmdb';
import { dtlsSctp, sctp } from '@signalbox/sctp';
import { connect, RefusedError } from 'signalbox';
import { AccessControl } from 'signalbox/access';
import { createAdminServer } from 'signalbox/admin';
import { Broker, memoryPair } from 'signalbox/broker';
import { answerRequests, listen, connect as openConnection } from 'signalbox/connect';
import { Connection, type Packet, readPacket } from 'signalbox/mqtt';
import { MsipClient } from 'signalbox/msip';

const broker = new Broker({
  store: new LmdbStore({ path: './data' }),
  hooks: { authenticate: (client, { username }) => username === client.clientId },
});
// @ts-expect-error there is no such hook
new Broker({ hooks: { authentcate: () => true } });

const client = await connect('mqtt://localhost', {
  keepAlive: 30,
  dial: async () => {
    const [near, far] = memoryPair();
    broker.attach(far);
    return near;
  },
});
const { reasonCode } = await client.publish('a/b', Uint8Array.of(1), { qos: 1 });
export const isNumber: number = reasonCode;
// @ts-expect-error there is no QoS 3
await client.publish('a/b', 'text', { qos: 3 });
// @ts-expect-error it is called keepAlive
await connect('mqtt://localhost', { keepalive: 30 });
for await (const message of await client.subscribe(['a/#', 'b'])) {
  const parts: [topicName: string, payload: Uint8Array, text: string] = [
    message.topicName,
    message.payload,
    message.text,
  ];
  await client.publish(parts[0], parts[1]);
}

const msip = new MsipClient({ host: 'localhost', port: 9000 });
msip.on('message', (topic, message) => [topic.length, message.length]);
export const msgId: bigint = msip.publish('room/1', 'hello');

const listener = await listen('sctp://127.0.0.1:9899', { transports: [sctp(), dtlsSctp()] });
for await (const connection of listener) void answerRequests(connection, ({ data }) => data);
await (await openConnection('tcp://127.0.0.1:7007')).send('hello');

export const core = new Connection({ role: 'client', protocolVersion: 5 });
export const names = (packet: Packet): string => packet.type;
export const others = [AccessControl, createAdminServer, JwtAuthenticator, RefusedError, readPacket];
