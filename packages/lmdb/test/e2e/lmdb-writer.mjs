// `lmdb-writer.mjs FOLDER early|flushed`: says how many values are there, then writes more until it is killed, and says of
// each that it is kept: when LMDB has flushed it, or (the liar) as soon as LMDB was told.
import { open } from 'lmdb';
import { say } from '../../../signalbox/test/support/say.mjs';

const [folder = '', says] = process.argv.slice(2);
const database = open({ path: folder, keyEncoding: 'uint32', encoding: 'binary' });
let count = 0;
while (database.get(count + 1) !== undefined) count++;
say(`have ${count}`);

/** @param {number} number */
function tell(number) {
  say(`kept ${number}`);
}

for (;;) {
  for (let each = 0; each < 5; each++) {
    count++;
    const number = count;
    const kept = database.put(number, Buffer.alloc(number % 7 === 0 ? 9000 : 300, number));
    if (says === 'early') tell(number);
    else kept.then(() => database.flushed).then(() => tell(number));
  }
  await new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}
