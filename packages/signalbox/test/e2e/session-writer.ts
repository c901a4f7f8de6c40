// `session-writer.ts FILE disk|process early|kept`: says what its session store holds, then commits until it is killed. It
// says of each commit when it begins, and that it is kept: when the store has, or (the liar) before.

import { fileSessionStore } from '../../src/client/store/file-session-store.ts';
import { say } from '../support/say.mjs';

const [path = '', sync = 'disk', says] = process.argv.slice(2);
const store = fileSessionStore(path, { sync: sync as 'disk' | 'process' });
const kept = await store.open();
const shown = Array.from(kept, ([key, value]) => `${key}=${value.length}:${value[0] ?? ''}`);
say(`have ${shown.sort().join(' ')}`);
for (let number = Number(new TextDecoder().decode(kept.get('last')) || 0) + 1; ; number++) {
  say(`begin ${number}`);
  if (says === 'early') say(`kept ${number}`);
  await store.commit([
    { key: `m${number}`, value: new Uint8Array((number * 997) % 5_000).fill(number) },
    { key: 'last', value: new TextEncoder().encode(`${number}`) },
    { key: `m${number - 4}`, value: undefined },
  ]);
  if (says !== 'early') say(`kept ${number}`);
}
