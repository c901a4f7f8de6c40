// What a client says while a hook decides waits in line, however much one read of the network brought.
import { expect, it } from 'vitest';
import { writePacket } from '../../src/mqtt/packets/packet.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { connectRaw } from '../support/raw-connected.ts';
import { startBroker } from '../support/test-broker.ts';

it('150,000 messages of one read wait for their hooks one after another, without a step for each pair of them', async () => {
  let asked = 0;
  const onPublish = async () => {
    asked++;
    return true;
  };
  const { connect } = await startBroker({ hooks: { onPublish } });
  const client = await connect('busy');
  const packet = writePacket({ type: 'publish', topicName: 't' }, { protocolVersion: 5, packetIdentifierSize: 2 });
  const read = new Uint8Array(packet.length * 150_000);
  for (let at = 0; at < read.length; at += packet.length) read.set(packet, at);
  client.transport.write(read);
  await client.publish('t', '', { qos: 1 });
  expect(asked).toBe(150_001);
}, 30_000);

it('what was said before a connection failed is done before the session lets go', async () => {
  const onPublish = new PendingHook<boolean>();
  const started = await startBroker({ hooks: { onPublish: onPublish.ask } });
  const { broker } = started;
  const order: string[] = [];
  broker.on('subscribed', ({ topicFilter }) => order.push(topicFilter));
  broker.on('disconnected', () => order.push('disconnected'));
  const client = await connectRaw(started, 'a', 5, { properties: { maximumPacketSize: 40 } });
  client.write(
    { type: 'publish', topicName: 't' },
    // Its SUBACK is larger than the client takes, which ends the connection; what follows was said before that.
    { type: 'subscribe', packetIdentifier: 1, subscriptions: Array.from({ length: 60 }, () => ({ topicFilter: 'x' })) },
    { type: 'subscribe', packetIdentifier: 2, subscriptions: [{ topicFilter: 'y' }] },
  );
  await onPublish.asked;
  onPublish.answer(true);
  await client.closed;
  expect(order.slice(-2)).toEqual(['y', 'disconnected']);
});
