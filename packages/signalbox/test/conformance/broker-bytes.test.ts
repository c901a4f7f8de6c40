// What the broker sends, byte by byte: its PUBLISH packets are written by an encoder of their own (broker/delivery/publish-encoder.ts),
// so that what holds for the core has to be shown for them once more.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Transport } from '../../src/transport/transport.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

const CONNECT_4 = (id: string) => `10 0d 0004 4d515454 04 02 0000 0001 ${id}`;
const CONNECT_4_KEPT = (id: string) => `10 0d 0004 4d515454 04 00 0000 0001 ${id}`;
const CONNECT_5 = (id: string) => `10 0e 0004 4d515454 05 02 0000 00 0001 ${id}`;

/** A peer that says bytes and hears bytes. */
class Peer {
  readonly transport: Transport;
  #heard = '';
  #onBytes: () => void = () => {};

  constructor({ transport }: TestBroker) {
    this.transport = transport();
    onTestFinished(() => this.transport.destroy());
    this.transport.start({
      onBytes: (bytes) => {
        this.#heard += Buffer.from(bytes).toString('hex');
        this.#onBytes();
      },
      onDrain: () => {},
      onClose: () => {},
    });
  }

  /** What the broker says to this, up to its answer to a ping. */
  async say(...hex: string[]): Promise<string> {
    // One after another, as answers leave at the end of what was read together, and PINGRESP before.
    for (const each of [...hex, 'c000']) {
      this.transport.write(Buffer.from(each.replaceAll(' ', ''), 'hex'));
      await turn();
    }
    while (!this.#heard.endsWith('d000')) {
      await new Promise<void>((resolve) => {
        this.#onBytes = resolve;
      });
    }
    const heard = this.#heard.slice(0, -4);
    this.#heard = '';
    return heard;
  }
}

const hex = (text: string) => text.replaceAll(' ', '');
const SUBSCRIBE_4 = '82 08 1234 0003 742f23 02';
const SUBSCRIBE_5 = '82 09 1234 00 0003 742f23 02';

async function begin() {
  const started = await startBroker();
  const [four, five, publisher] = [new Peer(started), new Peer(started), new Peer(started)];
  expect(await four.say(CONNECT_4('61'))).toBe('20020000');
  expect(await five.say(CONNECT_5('62'))).toMatch(/^20..0000/);
  await publisher.say(CONNECT_5('63'));
  return { started, four, five, publisher };
}

describe('bytes of the broker', () => {
  it('[MQTT-2.2.1-6] [MQTT-2.3.1-7@3.1.1] [MQTT-2.2.2-1] SUBACK and UNSUBACK repeat the identifier', async () => {
    const { four, five } = await begin();
    expect(await four.say(SUBSCRIBE_4)).toBe(hex('90 03 1234 02'));
    expect(await five.say(SUBSCRIBE_5)).toBe(hex('90 04 1234 00 02'));
    expect(await four.say('a2 07 4321 0003 742f23')).toBe(hex('b0 02 4321'));
    expect(await five.say('a2 08 4321 00 0003 742f23')).toBe(hex('b0 04 4321 00 00'));
  });

  it('[MQTT-2.2.1-2] [MQTT-2.3.1-5@3.1.1] [MQTT-4.3.1-1] [MQTT-4.3.1-1@3.1.1] [MQTT-3.3.2-1] [MQTT-3.3.2-1@3.1.1] [MQTT-2.2.2-1] PUBLISH at QoS 0', async () => {
    const { four, five, publisher } = await begin();
    await four.say(SUBSCRIBE_4);
    await five.say(SUBSCRIBE_5);
    await publisher.say('30 07 0003 742f61 00 78');
    expect(await four.say()).toBe(hex('30 06 0003 742f61 78'));
    expect(await five.say()).toBe(hex('30 07 0003 742f61 00 78'));
  });

  it('[MQTT-4.3.2-2] [MQTT-4.3.2-1@3.1.1] [MQTT-2.2.1-5] [MQTT-2.3.1-6@3.1.1] PUBLISH at QoS 1', async () => {
    const { four, five, publisher } = await begin();
    await four.say(SUBSCRIBE_4);
    await five.say(SUBSCRIBE_5);
    expect(await publisher.say('3a 09 0003 742f61 0707 00 78')).toBe(hex('40 02 0707'));
    expect(await four.say()).toBe(hex('32 08 0003 742f61 0001 78'));
    expect(await five.say()).toMatch(new RegExp(`^${hex('32 09 0003 742f61')}(?!0000)....${hex('00 78')}$`));
  });

  it('[MQTT-4.3.3-2] [MQTT-4.3.3-1@3.1.1] [MQTT-2.2.1-5] [MQTT-2.3.1-6@3.1.1] PUBLISH at QoS 2', async () => {
    const { four, publisher } = await begin();
    await four.say(SUBSCRIBE_4);
    expect(await publisher.say('34 09 0003 742f61 0808 00 78')).toBe(hex('50 02 0808'));
    expect(await publisher.say('62 02 0808')).toBe(hex('70 02 0808'));
    expect(await four.say()).toBe(hex('34 08 0003 742f61 0001 78'));
    expect(await four.say('50 02 0001')).toBe(hex('62 02 0001'));
    expect(await four.say('70 02 0001')).toBe('');
  });

  it('[MQTT-3.3.1-1@3.1.1] [MQTT-3.3.1-1] [MQTT-4.4.0-1] [MQTT-3.2.2-1] what is sent again has DUP and its identifier', async () => {
    const { started, publisher } = await begin();
    const first = new Peer(started);
    expect(await first.say(CONNECT_4_KEPT('64'), SUBSCRIBE_4)).toBe(hex('20 02 0000 90 03 1234 02'));
    await publisher.say('34 09 0003 742f61 0808 00 78', '32 09 0003 742f61 0809 00 79');
    const sent = await first.say();
    expect(sent).toBe(hex('34 08 0003 742f61 0001 78 32 08 0003 742f61 0002 79'));
    first.transport.destroy();
    const second = new Peer(started);
    const again = hex('20 02 0100 3c 08 0003 742f61 0001 78 3a 08 0003 742f61 0002 79');
    expect(await second.say(CONNECT_4_KEPT('64'))).toBe(again);
  });
});

describe('properties of a PUBLISH', () => {
  // Payload Format Indicator, Content Type, two User Properties of one name, Response Topic, Correlation Data, one more.
  const PROPERTIES = hex(
    '01 01 03 0001 63 26 0001 62 0001 31 26 0001 62 0001 32 08 0001 72 09 0002 00ff 26 0001 61 0001 33',
  );
  const LENGTH = (PROPERTIES.length / 2).toString(16).padStart(2, '0');
  const publish = (first: string, identifier = '') => {
    const body = hex(`0003 742f61 ${identifier} ${LENGTH} ${PROPERTIES} 78`);
    return hex(`${first} ${(body.length / 2).toString(16).padStart(2, '0')} ${body}`);
  };

  it(`[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] are passed on as they came, byte by byte, and not before 5.0`, async () => {
    const { four, five, publisher } = await begin();
    await four.say(SUBSCRIBE_4);
    await five.say(SUBSCRIBE_5);
    await publisher.say(publish('30'));
    expect(await five.say()).toBe(publish('30'));
    expect(await four.say()).toBe(hex('30 06 0003 742f61 78'));
    await publisher.say(publish('32', '0101'));
    const heard = await five.say();
    expect(heard).toBe(publish('32', heard.slice(14, 18))); // the identifier is the broker's own
  });

  it('[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] are kept with what is retained, and with what waits', async () => {
    const { started, five, publisher } = await begin();
    await publisher.say(publish('31'));
    expect(await five.say(SUBSCRIBE_5)).toBe(hex('90 04 1234 00 02') + publish('31'));
    const away = new Peer(started);
    const connect = '10 13 0004 4d515454 05 00 0000 05 1100000064 0001 65';
    await away.say(connect, SUBSCRIBE_5, '40 02 0001');
    away.transport.destroy();
    await publisher.say(publish('32', '0202'));
    const again = new Peer(started);
    const heard = await again.say(connect);
    const last = heard.slice(-publish('32', '0000').length);
    expect(last).toBe(publish('32', last.slice(14, 18)));
  });
});
