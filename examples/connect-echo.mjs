// An echo over a connection without a broker, both sides in one program for once:
//   node examples/connect-echo.mjs [url]

import { connect, listen } from 'signalbox/connect';

const [url = 'tcp://127.0.0.1:0'] = process.argv.slice(2);

const listener = await listen(url);

/** @param {import('signalbox/connect').Connection} connection */
async function echo(connection) {
  try {
    for await (const message of connection) await connection.send(message);
  } finally {
    await connection.close();
  }
}

async function serve() {
  for await (const connection of listener) echo(connection).catch((error) => console.error(error.message));
}

const serving = serve();

const connection = await connect(listener.url);
await connection.sendAll(['one', 'two', 'three'], { tag: 7 });
for (let count = 0; count < 3; count++) {
  const message = await connection.receive();
  console.log(`${message?.tag}: ${message?.text}`);
}
await connection.close();

await listener.close();
await serving;
