// `client-program.ts URL FILE disk|process 4|5 FIRST`: a program with a session in a file that publishes numbers from FIRST on,
// odd ones at QoS 2, until it is killed; without FIRST it only sends what is left. It says `begin` before each publish(),
// `kept` when the store has it, `done` when the promise resolved.

import { connect } from '../../src/client/index.ts';
import { fileSessionStore } from '../../src/client/store/file-session-store.ts';
import { say } from '../support/say.mjs';

/** Enough for a kill, not enough to fill a disk. */
const MOST = 20_000;
const AT_ONCE = 20;

const [url = '', path = '', sync = 'disk', version = '5', first] = process.argv.slice(2);

const store = fileSessionStore(path, { sync: sync as 'disk' | 'process' });
const commit = store.commit.bind(store);
store.commit = async (changes) => {
  await commit(changes);
  for (const { key, value } of changes) {
    const [, number] = /<(\d+)>/.exec(key.startsWith('m') ? Buffer.from(value ?? []).toString('latin1') : '') ?? [];
    if (number !== undefined) say(`kept ${number}`);
  }
};

const client = await connect(url, {
  protocolVersion: Number(version) as 4 | 5,
  sessionStore: store,
  onProblem: (problem) => say(`problem ${problem.message}`),
});
say('connected');
if (first === undefined) {
  await client.flush({ timeoutMs: 20_000 });
  await client.close();
  say('flushed');
} else {
  for (let number = Number(first); number < Number(first) + MOST; number++) {
    await client.ready();
    say(`begin ${number}`);
    const published = client.publish('kills', `<${number}>`, { qos: number % 2 === 1 ? 2 : 1 });
    published.then(
      () => say(`done ${number}`),
      (error: Error) => say(`problem ${error.message}`),
    );
    if (number % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
