// MSIP beside MQTT: the same broker by its two protocols, and the least that can be called an MSIP server, so that what the
// protocol costs is told from what the broker costs.

import { join } from 'node:path';
import { ROOT } from '../machine.ts';
import { type Contestant, mosquitto, signalbox } from './contestants.ts';
import { perCpuSecond, type Scenario } from './scenarios.ts';

const MSIP = 1;
const BY_MQTT = 'signalbox-mqtt';
const BY_MSIP = 'signalbox-msip';

const msip = { protocolVersions: [MSIP], load: { version: MSIP } } as const;
const byMsip: Contestant = { ...signalbox(BY_MSIP, ROOT, { scheme: 'msip' }), ...msip };
const byMqtt = signalbox(BY_MQTT, ROOT);

const relay: Contestant = {
  ...msip,
  name: 'msip-relay',
  version: () => 'as in this repository',
  command: (port) => ({
    command: process.execPath,
    args: [join(ROOT, 'bench', 'peers', 'msip-relay.mjs'), String(port)],
  }),
};

function msipScenario(name: string, load: Scenario['load'], contestants: readonly Contestant[]): Scenario {
  return { name, isWide: false, load, measures: [perCpuSecond], contestants, reference: BY_MQTT };
}

const pairs = { scenario: 'pairs', publishers: 100, outstanding: 20, window: 10 } as const;

export const MSIP_SCENARIOS: readonly Scenario[] = [
  msipScenario('msip-fan100-q0', { scenario: 'fanout', subscribers: 100, outstanding: 100, qos: 0 }, [
    byMsip,
    byMqtt,
    relay,
    mosquitto('mosquitto'),
  ]),
  msipScenario('msip-pairs-q0', { ...pairs, qos: 0 }, [byMsip, byMqtt, relay]),
  msipScenario('msip-pairs-q1', { ...pairs, qos: 1 }, [byMsip, byMqtt, relay]),
  msipScenario('msip-kept-q1', { ...pairs, qos: 1, persistent: 1 }, [byMsip, byMqtt]),
];
