// Subscribers whose sessions last: the broker has to keep each message for them before it acknowledges it. Who takes part
// keeps things on disk, each in its way; scenarios and contestants are of their own, because the others keep nothing.

import { join } from 'node:path';
import { ROOT } from '../machine.ts';
import { type Contestant, mosquitto, signalbox } from './contestants.ts';
import { perCpuSecond, type Scenario } from './scenarios.ts';

const REFERENCE = 'mosquitto-persistent';

/** Mosquitto writes its file as a whole every half hour and at its end: what it acknowledges in between is lost when it falls. */
const persistent = (folder: string): string[] => ['persistence true', `persistence_location ${folder}/`];

/** As much as Mosquitto can do about that: the whole file again after every change, at most once a second. */
const autosaving = (folder: string): string[] => [
  ...persistent(folder),
  'autosave_on_changes true',
  'autosave_interval 1',
];

const durable = (durability: string) => (folder: string) => [
  '--data',
  join(folder, 'data'),
  '--durability',
  durability,
];

export const DURABLE_CONTESTANTS: readonly Contestant[] = [
  signalbox('signalbox-process', ROOT, { store: durable('process') }),
  signalbox('signalbox-disk', ROOT, { store: durable('disk') }),
  mosquitto(REFERENCE, persistent),
  mosquitto('mosquitto-autosave', autosaving),
];

function durableScenario(name: string, isWide: boolean, load: Scenario['load']): Scenario {
  const measures = [{ ...perCpuSecond, unit: 'messages kept and out per broker-CPU-second' }];
  return {
    name,
    isWide,
    load: { scenario: 'pairs', publishers: 100, persistent: 1, ...load },
    measures,
    contestants: DURABLE_CONTESTANTS,
    reference: REFERENCE,
  };
}

export const DURABLE_SCENARIOS: readonly Scenario[] = [
  durableScenario('durable-pairs-q1', false, { qos: 1, window: 10 }),
  durableScenario('durable-pairs-q2', false, { qos: 2, window: 10 }),
  durableScenario('durable-sync-q1', true, { qos: 1, window: 1, batch: 1 }),
];
