// `npm run fuzz -- --seconds 60 --seed 1`: the fuzzer for as long as wanted. Ends with code 1 at the first finding.

import { parseArgs } from 'node:util';
import { describeFinding, Fuzzer } from './fuzzer.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);

if (values.help || !(seconds > 0) || !Number.isInteger(seed)) {
  console.log('npm run fuzz -- [--seconds 60] [--seed <integer>]');
  process.exit(values.help ? 0 : 1);
}

console.log(`seed ${seed}, ${seconds} s`);
const fuzzer = new Fuzzer(seed);
const until = performance.now() + seconds * 1000;
while (performance.now() < until) {
  const finding = fuzzer.run();
  if (finding !== undefined) {
    console.log(describeFinding(finding));
    process.exit(1);
  }
}
console.log(`${fuzzer.rounds} rounds, nothing found`);
