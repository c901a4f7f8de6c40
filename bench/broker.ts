// The broker benchmark: every scenario, round by round, on each broker in turn. A fresh process for each measurement,
// so that nobody profits or suffers from what came before; broker and load generator have a core each.

import type { BrokerProcess } from './broker/broker-process.ts';
import { startBroker } from './broker/broker-process.ts';
import type { Contestant } from './broker/contestants.ts';
import { contestants } from './broker/contestants.ts';
import { DURABLE_SCENARIOS } from './broker/durable.ts';
import type { LoadReport } from './broker/load-generator.ts';
import { compileLoadGenerator, runLoad } from './broker/load-generator.ts';
import { MSIP_SCENARIOS } from './broker/msip.ts';
import type { Scenario } from './broker/scenarios.ts';
import { SCENARIOS } from './broker/scenarios.ts';
import type { Cores } from './cores.ts';
import { pinned } from './cores.ts';
import type { Options } from './options.ts';
import { isNamed, isWanted } from './options.ts';
import type { Findings, Row } from './rows.ts';
import { addFigure } from './rows.ts';
import { rotated } from './statistics.ts';

const REFERENCE = 'mosquitto';
/** Setting up 10,000 connections or 100,000 filters and waiting for the last message take time as well. */
const RUN_SLACK_SECONDS = 60;

/** What was asked for; naming a scenario of the wide set is asking for it. */
export function wantedScenarios(options: Options): Scenario[] {
  return [...SCENARIOS, ...DURABLE_SCENARIOS, ...MSIP_SCENARIOS].filter(({ name, isWide }) => {
    if (!isWanted(options, 'broker', name)) return false;
    return !isWide || options.isWide || isNamed(options.only, name);
  });
}

interface Stand {
  readonly options: Options;
  readonly cores: Cores;
  readonly program: string;
}

async function runOnce(stand: Stand, scenario: Scenario, contestant: Contestant): Promise<LoadReport> {
  const { options, cores, program } = stand;
  const limitSeconds = options.seconds + options.warmSeconds + RUN_SLACK_SECONDS;
  const broker: BrokerProcess = await startBroker(contestant, cores.subject);
  try {
    const load = {
      ...scenario.load,
      ...contestant.load,
      port: broker.port,
      pid: broker.pid,
      seconds: options.seconds,
      warm: options.warmSeconds,
      limit: limitSeconds,
    };
    const args = Object.entries(load).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return await runLoad(pinned(cores.load, { command: program, args }), (limitSeconds + 20) * 1000);
  } finally {
    await broker.stop();
  }
}

/** In words, or undefined when every message arrived once, whole and in order. */
function damage(report: LoadReport): string | undefined {
  if (report.ok) return undefined;
  const { integrity = {}, protocolErrors, disconnects } = report;
  const counts = { ...integrity, sent: 0, received: 0, 'protocol errors': protocolErrors, disconnects };
  const found = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
  return [...(report.failure === undefined ? [] : [report.failure]), ...found].join(', ');
}

export async function benchBroker(
  options: Options,
  cores: Cores,
  onProgress: (text: string) => void,
): Promise<Findings> {
  const findings: Findings = { rows: [], problems: [], versions: {}, details: [] };
  const stand: Stand = { options, cores, program: compileLoadGenerator() };
  const general = findPresent(contestants(options.baseline), options, findings);
  for (const scenario of wantedScenarios(options)) {
    const present = scenario.contestants === undefined ? general : findPresent(scenario.contestants, options, findings);
    await benchScenario(stand, scenario, present, findings, onProgress);
  }
  return findings;
}

/** Those that take part; who is not installed is a problem of the whole run. */
function findPresent(candidates: readonly Contestant[], options: Options, findings: Findings): Contestant[] {
  const present: Contestant[] = [];
  for (const contestant of candidates) {
    if (options.without.includes(contestant.name)) continue;
    const version = contestant.version();
    if (version === undefined) {
      const problem = { row: '*', contestant: contestant.name, text: 'not installed' };
      if (!findings.problems.some(({ contestant: name }) => name === contestant.name)) findings.problems.push(problem);
    } else {
      findings.versions[contestant.name] = version;
      present.push(contestant);
    }
  }
  return present;
}

async function benchScenario(
  stand: Stand,
  scenario: Scenario,
  present: readonly Contestant[],
  findings: Findings,
  onProgress: (text: string) => void,
): Promise<void> {
  const rows = scenario.measures.map(
    ({ suffix, unit, better }): Row => ({
      name: scenario.name + suffix,
      unit,
      better,
      reference: scenario.reference ?? REFERENCE,
      figures: new Map(),
      disturbance: [],
    }),
  );
  findings.rows.push(...rows);
  const able = present.filter(({ protocolVersions, load }) =>
    protocolVersions.includes(Number({ version: 4, ...scenario.load, ...load }.version)),
  );
  for (let round = 0; round < stand.options.rounds; round++) {
    for (const contestant of rotated(able, round)) {
      onProgress(`${scenario.name}  round ${round + 1}  ${contestant.name}`);
      const harm = (text: string): void => {
        for (const row of rows) findings.problems.push({ row: row.name, contestant: contestant.name, text });
      };
      let report: LoadReport | undefined;
      try {
        report = await runOnce(stand, scenario, contestant);
        findings.details.push({ scenario: scenario.name, round, contestant: contestant.name, report });
        const text = damage(report);
        if (text !== undefined) harm(text);
      } catch (error) {
        harm(error instanceof Error ? error.message : String(error));
      }
      const disturbance = Math.max(report?.brokerWaiting ?? 0, report?.generatorWaiting ?? 0);
      for (const row of rows) row.disturbance.push(disturbance);
      const isMeasured = report !== undefined && report.failure === undefined;
      for (const [at, { read }] of scenario.measures.entries())
        addFigure(rows[at]!, contestant.name, isMeasured ? read(report!) : Number.NaN);
    }
  }
}
