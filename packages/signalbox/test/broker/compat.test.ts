// Listeners that overlook mistakes of known clients, beside listeners that do not.
import { expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import type { EntranceSettings } from '../../src/broker/entrance.ts';
import { memoryPair } from '../../src/transport/memory.ts';
import { startBroker } from '../support/test-broker.ts';

async function answer(compat: EntranceSettings['compat'], ...bytes: number[]): Promise<number[]> {
  const { broker } = await startBroker();
  const [near, far] = memoryPair();
  broker.attach(far, compat === undefined ? {} : { compat });
  onTestFinished(() => near.destroy());
  return new Promise((resolve) => {
    const received: number[] = [];
    near.start({
      onBytes: (chunk) => {
        received.push(...chunk);
        // PINGRESP, or SUBACK: where a SUBSCRIBE takes long, a ping sent behind it is answered first.
        if (received.at(-2) === 0xd0 || received.at(-5) === 0x90) resolve(received);
      },
      onDrain: () => {},
      onClose: () => resolve(received),
    });
    near.write(Uint8Array.from(bytes));
  });
}

const NO_ID = [0x10, 12, 0, 4, 77, 81, 84, 84, 4, 0, 0, 0, 0, 0];
const CONNECT = [0x10, 13, 0, 4, 77, 81, 84, 84, 4, 2, 0, 0, 0, 1, 97];
const PING = [0xc0, 0];

it('[MQTT-3.1.3-8@3.1.1] an empty Client Identifier with a session to be kept is refused, or gets a clean one', async () => {
  expect(await answer(undefined, ...NO_ID, ...PING)).toEqual([0x20, 2, 0, 2]);
  expect(await answer(['empty-client-id'], ...NO_ID, ...PING)).toEqual([0x20, 2, 0, 0, 0xd0, 0]);
});

it('[MQTT-3.3.1-2@3.1.1] DUP at QoS 0 ends the connection, or is overlooked', async () => {
  const publish = [0x38, 3, 0, 1, 97];
  expect(await answer(undefined, ...CONNECT, ...publish, ...PING)).toEqual([0x20, 2, 0, 0]);
  expect(await answer(['dup-at-qos-0'], ...CONNECT, ...publish, ...PING)).toEqual([0x20, 2, 0, 0, 0xd0, 0]);
});

it('[MQTT-2.2.2-1@3.1.1] [MQTT-2.2.2-2@3.1.1] reserved flags end the connection, or are overlooked', async () => {
  const subscribe = [0x80, 6, 0, 1, 0, 1, 97, 0];
  expect(await answer(undefined, ...CONNECT, ...subscribe)).toEqual([0x20, 2, 0, 0]);
  expect(await answer(['fixed-header-flags'], ...CONNECT, ...subscribe)).toEqual([0x20, 2, 0, 0, 0x90, 3, 0, 1, 0]);
});

it('a name that there is not is an error of who listens', async () => {
  const { broker } = await startBroker();
  const [, far] = memoryPair();
  const compat = ['everything'] as never;
  expect(() => broker.attach(far, { compat })).toThrow('there is no tolerance “everything”');
  await expect(broker.listen('mqtt://127.0.0.1:0', { compat })).rejects.toThrow('there is no tolerance “everything”');
});

it('a listener for a protocol that is not spoken is refused', async () => {
  await expect(new Broker().listen('coap://127.0.0.1:0')).rejects.toMatchObject({ code: 'BAD_URL' });
});
