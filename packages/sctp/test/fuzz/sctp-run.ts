// `node tools/run.mjs packages/sctp/test/fuzz/sctp-run.ts --seconds 60 --seed 1`: conversations for as long as wanted. Ends
// with code 1 at the first finding; its seed belongs into corpus/sctp-findings.json.

import { parseArgs } from 'node:util';
import { checkHostilePeer, checkStrangers } from './sctp-checks.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const first = Number(values.seed);
const until = performance.now() + Number(values.seconds) * 1000;
let seed = first;
try {
  for (; performance.now() < until; seed++) {
    checkStrangers(seed);
    checkHostilePeer(seed);
  }
  console.log(`${seed - first} conversations from seed ${first} on, nothing found`);
} catch (error) {
  console.log(`seed ${seed}:`, error);
  process.exitCode = 1;
}
