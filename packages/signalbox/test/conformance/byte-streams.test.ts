// The reliable byte streams of the standard (§4.2; §7.1 of 3.1.1): the broker and a client of ours over each kind that has
// a listener, with more messages than fit into the buffers on the way.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { connect } from '../../src/transport/connect.ts';
import { TestClient } from '../support/test-client.ts';

const certificate = (name: string) => readFileSync(new URL(`../support/certificates/${name}`, import.meta.url));

const COUNT = 400;

async function startBroker(scheme: string) {
  const broker = new Broker({ systemTopicsIntervalMs: 0 });
  onTestFinished(() => broker.close());
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const tls = { cert: certificate('server.crt'), key: certificate('server.key') };
  const { url } = await broker.listen(scheme === 'unix' ? `unix://${folder}/b.sock` : `${scheme}://127.0.0.1:0`, {
    tls,
  });
  return async (clientId: string, protocolVersion: 4 | 5) => {
    const transport = await connect(url, { tls: { ca: certificate('ca.crt') } });
    onTestFinished(() => transport.destroy());
    return TestClient.connect(transport, { protocolVersion, connect: { clientId } });
  };
}

for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss', 'unix']) {
  it(`[MQTT-4.2-1] [MQTT-7.1.1-1@3.1.1] ${scheme} carries every byte in order, both ways`, async () => {
    const connectTo = await startBroker(scheme);
    for (const protocolVersion of [4, 5] as const) {
      const subscriber = await connectTo('subscriber', protocolVersion);
      await subscriber.subscribe('t', 1);
      const publisher = await connectTo('publisher', protocolVersion);
      const payloads = Array.from(
        { length: COUNT },
        (_, i) => `${i} ${String.fromCharCode(97 + (i % 26)).repeat(i * 11)}`,
      );
      const settled = Promise.all(payloads.map((payload) => publisher.publish('t', payload, { qos: 1 })));
      for (const payload of payloads) expect((await subscriber.message()).text === payload).toBe(true);
      expect(new Set(await settled)).toEqual(new Set([0]));
      await Promise.all([subscriber.disconnect(), publisher.disconnect()]);
    }
  });
}
