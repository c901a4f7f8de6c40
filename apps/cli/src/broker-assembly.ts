/**
 * From the configuration to what the library takes. One function for each part; whoever adds an option of a part reads it
 * here. Only startable things are made: nothing listens yet.
 */
import type { BrokerLimits, BrokerOptions } from 'signalbox/broker';
import { CommandError } from './command-error.ts';
import type { Configuration } from './config/configuration.ts';
import { LIMIT_NAMES } from './config/limit-options.ts';

/** Throws CommandError when a part cannot be as the configuration wants it. */
export function brokerOptions(configuration: Configuration): BrokerOptions {
  const { values } = configuration;
  return {
    ...storeOptions(configuration),
    limits: limitsOf(configuration),
    queuePolicy: values.queuePolicy,
    publishRatePolicy: values.publishRatePolicy,
    systemTopicsIntervalMs: values.sysInterval,
  };
}

function limitsOf({ values }: Configuration): Partial<BrokerLimits> {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, values[`limits.${name}`]]));
}

function storeOptions(configuration: Configuration): BrokerOptions {
  const { data } = configuration.values;
  if (data === 'memory:') return {};
  throw new CommandError(`${configuration.nameOf('data')} ${data}: only memory: is available in this version`);
}
