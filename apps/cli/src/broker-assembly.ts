/**
 * From the configuration to what the library takes. One function for each part; whoever adds an option of a part reads it
 * here. Only startable things are made: nothing listens yet.
 */
import type { AccessControl } from 'signalbox/access';
import type { BrokerExtras, BrokerLimits, BrokerOptions, Durability } from 'signalbox/broker';
import { CommandError } from './command-error.ts';
import type { Configuration } from './config/configuration.ts';
import { LIMIT_NAMES } from './config/limit-options.ts';

/** Throws CommandError when a part cannot be as the configuration wants it. */
export async function brokerOptions(configuration: Configuration, access: AccessControl): Promise<BrokerOptions> {
  const { values } = configuration;
  return {
    ...(await storeOptions(configuration)),
    ...extrasOf(configuration),
    hooks: access.hooks,
    limits: limitsOf(configuration),
    queuePolicy: values.queuePolicy,
    publishRatePolicy: values.publishRatePolicy,
    systemTopicsIntervalMs: values.sysInterval,
  };
}

function limitsOf({ values }: Configuration): Partial<BrokerLimits> {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, values[`limits.${name}`]]));
}

export function extrasOf({ values }: Configuration): BrokerExtras {
  const { rewrites, autoSubscribe, retainedExpiry, responseInformation } = values;
  return {
    sharing: { strategy: values['sharing.strategy'], groups: values['sharing.groups'] ?? {} },
    ...(rewrites === undefined ? {} : { rewrites }),
    ...(autoSubscribe === undefined ? {} : { autoSubscribe }),
    ...(retainedExpiry === undefined ? {} : { retainedExpiry }),
    ...(responseInformation === undefined ? {} : { responseInformation }),
  };
}

/** A broker in memory needs no native code, and gets none. */
async function storeOptions(configuration: Configuration): Promise<BrokerOptions> {
  const { data, durability } = configuration.values;
  if (data === 'memory:') return durability === undefined ? {} : { durability };
  if (/^[a-z]+:(?!\\)/i.test(data))
    throw new CommandError(`${configuration.nameOf('data')} ${data}: must be a folder or memory:`);
  const { LmdbStore } = await import('@signalbox/lmdb');
  const store = new LmdbStore({
    path: data,
    durability: durability === 'process' || durability === 'memory' ? 'process' : 'disk',
  });
  return { store, ...(durability === undefined ? {} : { durability }) };
}

/** For whoever starts the broker: where things are kept, and what that is worth. */
export function storeWords({ values }: Configuration, durability: Durability): string {
  if (values.data === 'memory:') return 'kept in memory';
  const worth = {
    memory: 'written, but not waited for',
    process: 'acknowledged when they survive a crash of the broker',
    disk: 'acknowledged when they survive a power failure',
  } as const;
  return `kept in ${values.data}, ${worth[durability]}`;
}
