// `node tools/run.mjs packages/sctp/test/fuzz/dtls-run.ts --seconds 60 --seed 1`: conversations and chains for as long as
// wanted. Ends with code 1 at the first finding; its seed belongs into corpus/dtls-findings.json.

import { parseArgs } from 'node:util';
import { checkChain, checkConversation } from './dtls-checks.ts';

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
    checkConversation(seed);
    for (let chain = 0; chain < 10; chain++) checkChain(seed * 10 + chain);
  }
  console.log(`${seed - first} conversations from seed ${first} on, nothing found`);
} catch (error) {
  console.log(`seed ${seed}:`, error);
  process.exitCode = 1;
}
