// The other end of the clients that are measured: our broker, for MQTT and MSIP. Whoever subscribes to `bench/topic` gets messages
// as fast as the broker makes them. `broker.mjs SIZE QOS`: prints its ports, of MQTT and of MSIP.

import { Broker } from 'signalbox/broker';

const payload = new Uint8Array(Number(process.argv[2])).fill(120);
const qos = process.argv[3] === '1' ? 1 : 0;
const BATCH = 256;

const broker = new Broker({
  hooks: {
    onSubscribe: () => {
      setImmediate(flood);
      return undefined;
    },
  },
});

let isFlooding = false;
async function flood() {
  if (isFlooding) return;
  isFlooding = true;
  while (broker.statistics.connected > 0) {
    for (let index = 0; index < BATCH; index++) await broker.publish({ topicName: 'bench/topic', payload, qos });
    await new Promise((resolve) => setImmediate(resolve));
  }
  isFlooding = false;
}

const mqtt = await broker.listen('mqtt://127.0.0.1:0');
const msip = await broker.listen('msip://127.0.0.1:0');
console.log(`${new URL(mqtt.url).port} ${new URL(msip.url).port}`);
