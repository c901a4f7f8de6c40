// `killed-client-writer.ts URL FILE FIRST [finish]`: a program that publishes numbered messages of QoS 1 and 2 with its session in
// a file, and says of each that it is acknowledged. With `finish` it only sends what earlier lives of it left.

import { writeSync } from 'node:fs';
import { connect, fileSessionStore } from '../../src/client/index.ts';

const [url = '', path = '', first = '0', finish] = process.argv.slice(2);
const client = await connect(url, {
  clientId: 'killed',
  sessionStore: fileSessionStore(path, { sync: 'process' }),
  onProblem: (problem) => writeSync(1, `problem ${problem.message}\n`),
});
writeSync(1, 'connected\n');
if (finish !== undefined) {
  await client.flush({ timeoutMs: 20_000 });
  await client.close();
  writeSync(1, 'finished\n');
} else {
  for (let number = Number(first); ; number++) {
    await client.ready();
    for (const qos of [1, 2] as const) {
      client.publish(`killed/${qos}`, String(number), { qos }).then(
        () => writeSync(1, `acknowledged ${qos} ${number}\n`),
        () => {},
      );
    }
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
