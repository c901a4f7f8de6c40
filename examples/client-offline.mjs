// Publishes a message whether there is a server or not. Without one it is kept in a file, and the next run sends it, once:
//   node examples/client-offline.mjs [text] [url] [file]

import { ClientError, connect, fileSessionStore } from 'signalbox';

const [text = 'hello', url = 'mqtt://127.0.0.1:1883', file = './client-offline.session'] = process.argv.slice(2);

const client = await connect(url, {
  clientId: 'offline-example',
  awaitConnection: false,
  sessionStore: fileSessionStore(file),
});

const outcome = client.publish('journal', text, { qos: 2 }).then(
  () => 'sent',
  (error) => {
    if (error instanceof ClientError && error.code === 'CLOSED') return 'kept for the next run';
    throw error;
  },
);

for await (const { state } of client.status()) {
  if (state === 'connected') await client.flush(); // with what earlier runs have left
  if (state === 'connected' || state === 'waiting') break;
}
await client.close();
console.log(await outcome);
