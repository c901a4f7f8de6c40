// `npm run bench`: the codec against mqtt-packet, the broker against Mosquitto and Aedes, the client against MQTT.js and
// rumqttc, links against bare sockets, SCTP against werift-sctp, side by side in one run.
// README.md says how it measures and how to read it.

import { judge, SUBJECT } from './bars.ts';
import { benchBroker, wantedScenarios } from './broker.ts';
import { benchClient, wantedClientRows } from './client.ts';
import { benchCodec, wantedRows } from './codec.ts';
import { benchConnect, wantedConnectRows } from './connect.ts';
import { chooseCores } from './cores.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { benchMsipClient, wantedMsipClientRows } from './msip-client.ts';
import type { Options } from './options.ts';
import { parseOptions, USAGE } from './options.ts';
import { benchReopen, wantedReopenings } from './reopen.ts';
import type { Run } from './results.ts';
import { saveResults } from './results.ts';
import type { Findings } from './rows.ts';
import { benchSctp, wantedSctpRows } from './sctp.ts';
import { renderTable } from './table.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function readOptions(args: readonly string[]): Options | undefined {
  try {
    const options = parseOptions(args);
    if (options === undefined) process.stdout.write(USAGE);
    else if (countWanted(options) > 0) return options;
    else throw new Error(`nothing is called ${options.only.join(', ')}`);
  } catch (error) {
    say(`bench: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 1;
  }
  return undefined;
}

function countWanted(options: Options): number {
  const parts = [
    wantedRows,
    wantedScenarios,
    wantedReopenings,
    wantedClientRows,
    wantedMsipClientRows,
    wantedConnectRows,
    wantedSctpRows,
  ];
  return parts.reduce((sum, wanted) => sum + wanted(options).length, 0);
}

/** One part failing must not cost the results of the other. */
async function attempt(name: string, part: () => Promise<Findings>): Promise<Findings> {
  try {
    return await part();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { rows: [], problems: [{ row: name, contestant: '*', text }], versions: {}, details: [] };
  }
}

function join(parts: readonly Findings[]): Findings {
  return {
    rows: parts.flatMap(({ rows }) => rows),
    problems: parts.flatMap(({ problems }) => problems),
    versions: Object.assign({}, ...parts.map(({ versions }) => versions)) as Record<string, string>,
    details: parts.flatMap(({ details }) => details),
  };
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  const cores = chooseCores();
  if (cores.subject === undefined) say('bench: no two cores, or no taskset: nothing is pinned, figures are rough');
  const run: Run = { date: new Date(), commit: describeCommit(), machine: describeMachine(), cores, options, args };
  const findings = join([
    await attempt('codec', () => benchCodec(options, cores, say)),
    await attempt('broker', () => benchBroker(options, cores, say)),
    await attempt('reopen', () => benchReopen(options, cores, say)),
    await attempt('client', () => benchClient(options, cores, say)),
    await attempt('msip-client', () => benchMsipClient(options, cores, say)),
    await attempt('sctp', () => benchSctp(options, cores, say)),
    await attempt('connect', () => benchConnect(options, cores, say)),
  ]);
  const verdicts = judge(findings.rows, findings.problems);
  process.stdout.write(`\n${renderTable(findings.rows, verdicts, findings.problems)}\n`);
  if (options.isSaved) process.stdout.write(`\n${saveResults(run, findings, verdicts)}\n`);
  const isHarmed = findings.problems.some(({ contestant }) => contestant === SUBJECT || contestant === '*');
  if (options.mustMeetBars && (isHarmed || verdicts.some(({ isMet }) => !isMet))) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
await main(process.argv.slice(2));
