/**
 * From the configuration to what the library takes. One function for each part; whoever adds an option of a part reads it
 * here. Only startable things are made: nothing listens yet.
 */
import { readFileSync } from 'node:fs';
import type { BrokerLimits, BrokerListenOptions, BrokerOptions } from 'signalbox/broker';
import { CommandError } from './command-error.ts';
import type { Configuration } from './config/configuration.ts';
import { LIMIT_NAMES } from './config/limit-options.ts';
import type { ListenerSettings } from './config/listener-options.ts';

/** Throws CommandError when a part cannot be as the configuration wants it. */
export function brokerOptions(configuration: Configuration): BrokerOptions {
  const { values } = configuration;
  return {
    ...storeOptions(configuration),
    limits: limitsOf(configuration),
    queuePolicy: values.queuePolicy,
    systemTopicsIntervalMs: values.sysInterval,
  };
}

export interface ListenerPlan {
  readonly url: string;
  readonly options: BrokerListenOptions;
}

/** Reads the files that listeners need. */
export function listenerPlans(configuration: Configuration): ListenerPlan[] {
  return configuration.listeners.map((listener) => ({
    url: listener.url,
    options: tlsOptions(listener, configuration),
  }));
}

function limitsOf({ values }: Configuration): Partial<BrokerLimits> {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, values[`limits.${name}`]]));
}

function storeOptions(configuration: Configuration): BrokerOptions {
  const { data } = configuration.values;
  if (data === 'memory:') return {};
  throw new CommandError(`${configuration.nameOf('data')} ${data}: only memory: is available in this version`);
}

function tlsOptions(listener: ListenerSettings, configuration: Configuration): BrokerListenOptions {
  const cert = read(listener, 'tls.cert', configuration);
  const key = read(listener, 'tls.key', configuration);
  if (cert === undefined || key === undefined) return {};
  const ca = read(listener, 'tls.ca', configuration);
  // A certificate authority for clients means that clients need a certificate.
  return { tls: ca === undefined ? { cert, key } : { cert, key, ca, requestCert: true, rejectUnauthorized: true } };
}

function read(
  listener: ListenerSettings,
  path: 'tls.cert' | 'tls.key' | 'tls.ca',
  configuration: Configuration,
): Buffer | undefined {
  const file = listener[path];
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch (error) {
    const name = configuration.values[path] === file ? configuration.nameOf(path) : `${listener.url} ${path}`;
    throw new CommandError(`${name} ${file}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}
