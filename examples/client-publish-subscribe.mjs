// Subscribes, publishes with each QoS, prints what comes back, and ends in good order:
//   node examples/client-publish-subscribe.mjs [url]
// Every line of it is explained in docs/guide/client.md.

import { connect } from 'signalbox';

const [url = 'mqtt://127.0.0.1:1883'] = process.argv.slice(2);

const client = await connect(url);
console.log(`connected as ${client.clientId}, MQTT ${client.protocolVersion === 5 ? '5.0' : '3.1.1'}`);

await client.subscribe('house/+/temperature', (message) => {
  console.log(`${message.topicName}: ${message.text} (QoS ${message.qos})`);
});

await client.publish('house/kitchen/temperature', '21.5'); // resolves when it is written
await client.publish('house/cellar/temperature', '12.0', { qos: 1 }); // when the server has it
await client.publish('house/attic/temperature', '27.3', { qos: 2 }); // when the server has it, once

await client.drain();
