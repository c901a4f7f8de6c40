// The brokers the client has to work with, each on free ports of this machine: our own, Debian's Mosquitto, Aedes from npm,
// those of other languages where brokers/install has put them, and whatever SIGNALBOX_BROKERS names
// (`name=mqtt://127.0.0.1:1884 …`: it runs already).

import { aedes } from './aedes.ts';
import { amqtt } from './amqtt.ts';
import type { KnownBroker } from './known-broker.ts';
import { mochi } from './mochi.ts';
import { moquette } from './moquette.ts';
import { mosquitto } from './mosquitto.ts';
import { command, inProcess } from './signalbox.ts';

const named = (process.env['SIGNALBOX_BROKERS'] ?? '').split(/\s+/).filter((entry) => entry !== '');
const others = named.map((entry): KnownBroker => {
  const [, name = '', url = ''] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
  const close = (): Promise<void> => Promise.resolve();
  return { name, versions: [4, 5], lacks: {}, start: () => Promise.resolve({ urls: { mqtt: url }, close }) };
});

const all = [inProcess, command, mosquitto, aedes, mochi, amqtt, moquette, ...others];

export const BROKERS = all.filter((broker): broker is KnownBroker => typeof broker !== 'string');

for (const reason of all.filter((broker) => typeof broker === 'string')) process.stderr.write(`left out: ${reason}\n`);
